import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_real_names"),
        ("regions", "0002_principal_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Dependant",
            fields=[
                ("sealed", models.BinaryField()),
                ("name_hash", models.BinaryField()),
                ("surname_hash", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField()),
                ("content_hash", models.BinaryField()),
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.TextField(blank=True, default="")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.region"
                    ),
                ),
            ],
            options={
                "db_table": "people_dependant",
                "indexes": [models.Index(fields=["person"], name="people_dependant_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "person"), name="people_dependant_once")
                ],
            },
        ),
    ]
