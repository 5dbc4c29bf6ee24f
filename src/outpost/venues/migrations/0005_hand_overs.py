"""更换管理员: whom a manager has named to take the venue over."""

import django.db.models.deletion
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [("venues", "0004_temperatures_in_the_flow")]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("phone_hash", models.BinaryField()),
                ("former_phone_hash", models.BinaryField()),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("state", models.TextField(default="waiting")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hand_overs",
                        to="venues.venue",
                    ),
                ),
            ],
            options={
                "db_table": "venues_handover",
                "indexes": [models.Index(fields=["phone_hash"], name="venues_handover_phone")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["venue"],
                        condition=models.Q(("state", "waiting")),
                        name="venues_handover_one_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "agreed", "declined", "withdrawn"])),
                        name="venues_handover_state",
                    ),
                ],
            },
        ),
    ]
