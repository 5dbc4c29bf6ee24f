"""When each person lapses, in the narrow row: who is due and who missed are found by index."""

from django.conf import settings
from django.db import migrations, models

_ZONE = settings.TIME_ZONE
_FILL = f"""UPDATE sentinel_stafflatest n SET lapses_on =
    CASE WHEN k.kth_day IS NULL AND cardinality(r.sampled_at) = 16 THEN '1900-01-01'::date
    ELSE greatest(n.joined_on + CASE WHEN r.judges_new_joiners THEN 0 ELSE r.days END, k.kth_day + r.days + 1) END
  FROM (SELECT f.staff_id, f.sampled_at, c.judges_new_joiners,
      CASE WHEN j.id IS NULL THEN c.window_days ELSE j.window_days END AS days,
      CASE WHEN j.id IS NULL THEN c.least_tests ELSE j.least_tests END AS least,
      CASE WHEN j.id IS NULL THEN c.counts_days ELSE j.counts_days END AS counts_days
    FROM sentinel_stafflatest f JOIN sentinel_category c ON c.code = f.category_id
    LEFT JOIN sentinel_jobrule j ON j.category_id = f.category_id AND j.job_type = f.job_type) r
  CROSS JOIN LATERAL (SELECT CASE WHEN r.counts_days
      THEN (SELECT DISTINCT (at AT TIME ZONE '{_ZONE}')::date FROM unnest(r.sampled_at) at
        ORDER BY 1 DESC OFFSET r.least - 1 LIMIT 1)
      ELSE (r.sampled_at[cardinality(r.sampled_at) - r.least + 1] AT TIME ZONE '{_ZONE}')::date END AS kth_day) k
  WHERE n.staff_id = r.staff_id AND r.days IS NOT NULL"""
# The employer's samples begin later, so that others may lapse earlier: always looked at.
_VIEW = """CREATE OR REPLACE VIEW sentinel_staffshown AS
SELECT person_id, staff_id, enrolment_id, category_id, job_type, joined_on, left_at,
  CASE WHEN shown_from IS NULL THEN '{}'
    ELSE sampled_at[width_bucket(shown_from - interval '1 microsecond', sampled_at) + 1 :] END AS sampled_at,
  CASE WHEN shown_from IS NOT NULL THEN dose_1_on END AS dose_1_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_2_on END AS dose_2_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_3_on END AS dose_3_on,
  CASE WHEN shown_from IS NOT NULL THEN dose_4_on END AS dose_4_on,
  CASE WHEN shown_from IS NOT NULL THEN product_1 END AS product_1,
  CASE WHEN shown_from IS NOT NULL THEN product_2 END AS product_2,
  shown_from IS NOT NULL AND has_doses_again AS has_doses_again, created_at, position, shown_from,
  CASE WHEN lapses_on IS NOT NULL THEN '1900-01-01'::date END AS lapses_on
FROM sentinel_stafflatest"""


_LAST_SAMPLE = models.Func(
    models.F("sampled_at"),
    template="(%(expressions)s)[cardinality(%(expressions)s)]",
    output_field=models.DateTimeField(),
)


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0008_shown_to_the_employer")]

    operations = [
        migrations.AddField("stafflatest", "lapses_on", models.DateField(null=True)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "stafflatest", models.Index(fields=["category_id", "lapses_on"], name="sentinel_latest_lapses")
        ),
        migrations.AddIndex("stafflatest", models.Index(_LAST_SAMPLE, name="sentinel_latest_last")),
        migrations.RunSQL(_VIEW, migrations.RunSQL.noop),
    ]
