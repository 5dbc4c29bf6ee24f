from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("venues", "0002_check_ins_by_day")]

    operations = [
        migrations.CreateModel(
            name="Conflict",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField()),
                ("digest", models.BinaryField()),
                ("venue_id", models.UUIDField()),
                ("checkpoint_id", models.UUIDField()),
                ("person_id", models.UUIDField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("temperature", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
            ],
            options={
                "db_table": "venues_conflict",
                "indexes": [models.Index(fields=["venue_id", "-received_at"], name="venues_conflict_venue")],
            },
        ),
    ]
