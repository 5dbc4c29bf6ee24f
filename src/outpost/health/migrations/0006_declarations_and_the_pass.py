"""Declarations, dispositions, and the facts of the pass, read from the tests that are there."""

from decimal import Decimal

import django.contrib.postgres.fields
from django.db import migrations, models

_READ_TESTS = """
INSERT INTO health_passfacts (person_id, negative_at, positive_at)
SELECT person_id, max(sampled_at) FILTER (WHERE result = 'negative'), max(sampled_at) FILTER (WHERE result = 'positive')
  FROM health_testrecord WHERE NOT is_withdrawn AND result IN ('negative', 'positive') GROUP BY person_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0005_names_of_records"),
    ]

    operations = [
        migrations.CreateModel(
            name="PassFactsRow",
            fields=[
                ("person_id", models.UUIDField(primary_key=True, serialize=False)),
                ("negative_at", models.DateTimeField(null=True)),
                ("positive_at", models.DateTimeField(null=True)),
                ("declared_at", models.DateTimeField(null=True)),
                ("has_symptoms", models.BooleanField(null=True)),
                ("was_in_risk_area", models.BooleanField(null=True)),
                ("disposition", models.TextField(null=True)),
                ("disposed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "health_passfacts",
            },
        ),
        migrations.CreateModel(
            name="Declaration",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source", "record_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.TextField()),
                ("record_id", models.TextField()),
                ("id", models.UUIDField()),
                ("person_id", models.UUIDField()),
                ("declared_at", models.DateTimeField()),
                ("destination", models.TextField(blank=True, default="")),
                ("departure", models.TextField(blank=True, default="")),
                ("travelled_on", models.DateField(null=True)),
                ("travel_mode", models.TextField(blank=True, default="")),
                ("vehicle", models.TextField(blank=True, default="")),
                ("stopovers", models.TextField(blank=True, default="")),
                ("was_in_risk_area", models.BooleanField(null=True)),
                ("temperature", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                (
                    "symptoms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), null=True, size=None
                    ),
                ),
                ("sealed", models.BinaryField(null=True)),
                ("stated_hash", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("name_hash", models.BinaryField(null=True)),
                ("import_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "health_declaration",
                "indexes": [
                    models.Index(fields=["person_id", "declared_at"], name="health_declaration_person"),
                    models.Index(fields=["id"], name="health_declaration_id"),
                    models.Index(
                        condition=models.Q(("import_id__isnull", False)),
                        fields=["import_id"],
                        name="health_declaration_import",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("temperature__isnull", True),
                            models.Q(
                                ("temperature__gte", Decimal("34.0")), ("temperature__lte", Decimal("43.0"))
                            ),
                            _connector="OR",
                        ),
                        name="health_declaration_temperature",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DispositionRecord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person_id",
                        "started_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("person_id", models.UUIDField()),
                ("started_at", models.DateTimeField()),
                ("disposition", models.TextField()),
                ("means", models.TextField(blank=True, default="")),
                ("ground", models.TextField(blank=True, default="")),
                ("name_hash", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("agreed_by", models.TextField(blank=True, default="")),
                ("import_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "health_disposition",
                "indexes": [
                    models.Index(
                        condition=models.Q(("import_id__isnull", False)),
                        fields=["import_id"],
                        name="health_disposition_import",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("disposition__in", ["admitted", "isolation", "suspected", "confirmed"])
                        ),
                        name="health_disposition_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(_READ_TESTS, migrations.RunSQL.noop, elidable=True),
    ]
