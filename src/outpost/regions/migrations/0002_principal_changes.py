import django.db.models.deletion
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrincipalChange",
            fields=[
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("phone_hash", models.BinaryField()),
                ("former_phone_hash", models.BinaryField()),
                ("state", models.TextField(default="waiting")),
                ("asked_by", models.TextField()),
                ("asked_label", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("import_id", models.UUIDField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="principal_changes",
                        to="regions.organization",
                    ),
                ),
            ],
            options={
                "db_table": "regions_principalchange",
                "indexes": [models.Index(fields=["import_id"], name="regions_principalchange_file")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("waiting", "agreed", "declined", "withdrawn"))),
                        name="regions_principalchange_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("organization",),
                        name="regions_principalchange_one_waits",
                    ),
                ],
            },
        ),
    ]
