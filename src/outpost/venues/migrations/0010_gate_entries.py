"""What was stated at a gate: visits of people, and temperatures of those who had checked in by phone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("venues", "0009_inspected"),
    ]

    operations = [
        migrations.CreateModel(
            name="GateEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "venue_id", "day", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("venue_id", models.UUIDField()),
                ("day", models.DateField()),
                ("id", models.UUIDField()),
                ("checkpoint_id", models.UUIDField()),
                ("member_id", models.UUIDField()),
                ("person_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("temperature", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                ("second", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                ("is_isolated", models.BooleanField(null=True)),
                ("way", models.TextField()),
                ("green_channel", models.TextField(default="")),
                ("verdict", models.TextField(default="")),
            ],
            options={
                "db_table": "venues_gateentry",
            },
        ),
    ]
