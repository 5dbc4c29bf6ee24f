from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0007_rules_and_objections"),
    ]

    operations = [
        migrations.CreateModel(
            name="RiskArea",
            fields=[
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("level", models.TextField()),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("added_by", models.TextField()),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "db_table": "health_riskarea",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["high", "medium"])), name="health_riskarea_level"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ends_on__isnull", True)),
                        fields=("name",),
                        name="health_riskarea_once",
                    ),
                ],
            },
        ),
    ]
