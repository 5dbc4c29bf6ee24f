"""One narrow row a staff member, filled from the ledger and the facts that are there."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_FILL = """
INSERT INTO sentinel_stafflatest (person_id, staff_id, enrolment_id, category_id, job_type, joined_on, left_at,
  sampled_at, dose_1_on, dose_2_on, dose_3_on, dose_4_on, product_1, product_2, has_doses_again, created_at, position)
SELECT s.person_id, s.id, s.enrolment_id, e.category_id, s.job_type, s.joined_on, least(s.removed_at, e.removed_at),
  ARRAY(SELECT at FROM unnest(l.sampled_at) at ORDER BY at),
  d.dose_1_on, d.dose_2_on, d.dose_3_on, d.dose_4_on, d.product_1, d.product_2, coalesce(d.has_doses_again, false),
  s.created_at, s.position
FROM sentinel_staffmember s
JOIN sentinel_enrolment e ON e.id = s.enrolment_id
LEFT JOIN health_latestsamples l ON l.person_id = s.person_id
LEFT JOIN (
  SELECT v.person_id,
    max(v.given_on) FILTER (WHERE v.dose = 1) AS dose_1_on, max(v.given_on) FILTER (WHERE v.dose = 2) AS dose_2_on,
    max(v.given_on) FILTER (WHERE v.dose = 3) AS dose_3_on, max(v.given_on) FILTER (WHERE v.dose > 3) AS dose_4_on,
    substr(max(to_char(v.given_on, 'YYYYMMDD') || v.product_id COLLATE "C") FILTER (WHERE v.dose = 1), 9) AS product_1,
    substr(max(to_char(v.given_on, 'YYYYMMDD') || v.product_id COLLATE "C") FILTER (WHERE v.dose = 2), 9) AS product_2,
    count(*) > count(DISTINCT least(v.dose, 4)) AS has_doses_again
  FROM health_vaccination v WHERE NOT v.is_withdrawn GROUP BY v.person_id) d ON d.person_id = s.person_id
ORDER BY s.enrolment_id
"""


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0004_surnames"), ("health", "0003_sixteen_latest_samples")]

    operations = [
        migrations.CreateModel(
            name="StaffLatest",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person_id", "staff_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person_id", models.UUIDField()),
                (
                    "staff",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sentinel.staffmember",
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sentinel.enrolment",
                    ),
                ),
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
            ],
            options={
                "db_table": "sentinel_stafflatest",
                "indexes": [
                    models.Index(fields=["staff"], name="sentinel_latest_staff"),
                    models.Index(fields=["enrolment"], name="sentinel_latest_enrolment"),
                ],
            },
        ),
        # a new sample changes a row where it stands: no index holds one
        migrations.RunSQL("ALTER TABLE sentinel_stafflatest SET (fillfactor = 75)", migrations.RunSQL.noop),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
