"""Inspectors 检测员 of a venue, and the join code 申报码 by which they join."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import outpost.core.ids


def of_venue(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to="venues.venue"
    )


def own_id() -> models.UUIDField:
    return models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("venues", "0006_leaving_and_paper")]

    operations = [
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", own_id()),
                ("sealed", models.BinaryField()),
                ("phone_hash", models.BinaryField()),
                ("joined_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("venue", of_venue("members")),
            ],
            options={
                "db_table": "venues_member",
                "indexes": [models.Index(fields=["phone_hash"], name="venues_member_phone")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["venue", "phone_hash"],
                        condition=Q(removed_at__isnull=True),
                        name="venues_member_joins_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinCode",
            fields=[
                ("id", own_id()),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("most", models.SmallIntegerField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("venue", of_venue("join_codes")),
            ],
            options={
                "db_table": "venues_joincode",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["venue"],
                        condition=Q(revoked_at__isnull=True),
                        name="venues_joincode_one_lives",
                    ),
                ],
            },
        ),
    ]
