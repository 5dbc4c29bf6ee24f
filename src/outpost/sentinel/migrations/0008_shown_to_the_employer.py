"""What of people's facts their employer is shown: a column of the narrow row, and the view that reads it.

Whoever stands in a ledger by now counts as confirmed: their facts came without names that could be compared.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = f"""UPDATE sentinel_stafflatest n
  SET shown_from = (date_trunc('day', created_at AT TIME ZONE '{settings.TIME_ZONE}') - interval '31 days')
    AT TIME ZONE '{settings.TIME_ZONE}'"""
_VIEW = """CREATE VIEW sentinel_staffshown AS
SELECT person_id, staff_id, enrolment_id, category_id, job_type, joined_on, left_at,
  CASE WHEN shown_from IS NULL THEN '{}'
    ELSE sampled_at[width_bucket(shown_from - interval '1 microsecond', sampled_at) + 1 :] END AS sampled_at,
  CASE WHEN shown_from IS NOT NULL THEN dose_1_on END AS dose_1_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_2_on END AS dose_2_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_3_on END AS dose_3_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_4_on END AS dose_4_on,
  CASE WHEN shown_from IS NOT NULL THEN product_1 END AS product_1,
  CASE WHEN shown_from IS NOT NULL THEN product_2 END AS product_2,
  shown_from IS NOT NULL AND has_doses_again AS has_doses_again, created_at, position, shown_from
FROM sentinel_stafflatest"""


def _of(ledger: str) -> "models.ForeignKey[models.Model]":
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=f"sentinel.{ledger}",
    )


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0007_who_answered"), ("health", "0005_names_of_records")]

    operations = [
        migrations.AddField(
            "staffmember", "is_unconfirmed", models.BooleanField(default=False, db_default=False)
        ),
        migrations.AddField("staffmember", "renumbered_at", models.DateTimeField(null=True)),
        migrations.AddField("stafflatest", "shown_from", models.DateTimeField(null=True)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="stafflatest",
            index=models.Index(
                fields=["category_id", "enrolment"],
                condition=models.Q(shown_from__isnull=True),
                name="sentinel_latest_unseen",
            ),
        ),
        migrations.RunSQL(_VIEW, "DROP VIEW sentinel_staffshown"),
        migrations.CreateModel(
            name="StaffShown",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person_id", "staff_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person_id", models.UUIDField()),
                ("staff", _of("staffmember")),
                ("enrolment", _of("enrolment")),
                ("category_id", models.TextField()),
                ("job_type", models.TextField()),
                ("joined_on", models.DateField()),
                ("left_at", models.DateTimeField(null=True)),
                (
                    "sampled_at",
                    django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None),
                ),
                ("dose_1_on", models.DateField(null=True)),
                ("dose_2_on", models.DateField(null=True)),
                ("dose_3_on", models.DateField(null=True)),
                ("dose_4_on", models.DateField(null=True)),
                ("product_1", models.TextField(null=True)),
                ("product_2", models.TextField(null=True)),
                ("has_doses_again", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("position", models.IntegerField(null=True)),
                ("shown_from", models.DateTimeField(null=True)),
            ],
            options={"db_table": "sentinel_staffshown", "managed": False},
        ),
    ]
