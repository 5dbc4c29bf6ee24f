"""Abnormal temperatures at a gate, and what became of them."""

import django.db.models.deletion
from django.db import migrations, models


def of(table: str) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=table)


class Migration(migrations.Migration):
    dependencies = [("venues", "0007_members")]

    operations = [
        migrations.CreateModel(
            name="Abnormal",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("member_id", models.UUIDField()),
                ("person_id", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("occurred_at", models.DateTimeField()),
                ("first", models.DecimalField(decimal_places=1, max_digits=3)),
                ("second", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                ("isolated", models.BooleanField(null=True)),
                ("noted_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(blank=True, default="")),
                ("outcome", models.TextField(blank=True, default="")),
                ("venue", of("venues.venue")),
                ("checkpoint", of("venues.checkpoint")),
            ],
            options={
                "db_table": "venues_abnormal",
                "indexes": [models.Index(fields=["venue", "-occurred_at"], name="venues_abnormal_venue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["", "normal", "hospital", "home", "left"])),
                        name="venues_abnormal_outcome",
                    ),
                ],
            },
        ),
    ]
