"""A sample that several records report counts once: all but the first are marked, the latest samples read anew."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

_REPORTS = """
CREATE TEMPORARY TABLE health_reports ON COMMIT DROP AS
SELECT source, record_id, person_id, sampled_at, date_trunc('minute', sampled_at) AS minute,
       date_trunc('minute', sampled_at) AS sample,
       CASE WHEN tube <> '' THEN (sampled_at AT TIME ZONE %s)::date || tube END AS tube
  FROM health_testrecord WHERE NOT is_withdrawn
"""
_JOIN_COMPANIONS = """
UPDATE health_reports r SET sample = c.sample
  FROM (SELECT source, record_id, least(
                 min(sample) OVER (PARTITION BY person_id, minute),
                 CASE WHEN tube IS NOT NULL THEN min(sample) OVER (PARTITION BY person_id, tube) END) AS sample
          FROM health_reports) c
 WHERE c.source = r.source AND c.record_id = r.record_id AND c.sample < r.sample
"""
_MARK = """
UPDATE health_testrecord t SET is_repeated = true
  FROM (SELECT source, record_id, row_number() OVER (
                 PARTITION BY person_id, sample ORDER BY sampled_at, source, record_id) AS place
          FROM health_reports) c
 WHERE t.source = c.source AND t.record_id = c.record_id AND c.place > 1
"""
_READ_ANEW = """
UPDATE health_latestsamples l SET sampled_at = c.sampled_at
  FROM (SELECT person_id, (array_agg(sampled_at ORDER BY sampled_at DESC))[1:16] AS sampled_at
          FROM health_testrecord WHERE NOT is_withdrawn AND NOT is_repeated GROUP BY person_id) c
 WHERE l.person_id = c.person_id
   AND l.person_id IN (SELECT person_id FROM health_testrecord WHERE is_repeated)
"""


def _settle(_apps: Any, editor: Any) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute(_REPORTS, [settings.TIME_ZONE])
        cursor.execute(_JOIN_COMPANIONS)
        while cursor.rowcount:
            cursor.execute(_JOIN_COMPANIONS)
        cursor.execute(_MARK)
        cursor.execute(_READ_ANEW)
        cursor.execute("DROP TABLE health_reports")


class Migration(migrations.Migration):
    dependencies = [("health", "0003_sixteen_latest_samples")]

    operations = [
        migrations.AddField(
            "testrecord", "is_repeated", models.BooleanField(default=False, db_default=False)
        ),
        migrations.RunPython(_settle, migrations.RunPython.noop, elidable=True),
    ]
