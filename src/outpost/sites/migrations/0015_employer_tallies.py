"""What is counted of each employer's people, and that of who is there now."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = """INSERT INTO sites_employertally
    (employer_id, contract_id, registered, entered, on_site, day, reported, reported_next, told, told_next)
  SELECT r.employer_id, r.contract_id, count(*) FILTER (WHERE r.removed_at IS NULL),
    count(*) FILTER (WHERE r.removed_at IS NULL AND s.is_inside IS NOT NULL), count(*) FILTER (WHERE s.is_inside),
    (now() AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE s.is_inside AND d.on_day),
    count(*) FILTER (WHERE s.is_inside AND d.on_next),
    count(*) FILTER (WHERE d.on_day AND r.removed_at IS NULL AND (r.unverified_since IS NULL OR s.is_inside IS NOT NULL)),
    count(*) FILTER (WHERE d.on_next AND r.removed_at IS NULL AND (r.unverified_since IS NULL OR s.is_inside IS NOT NULL))
  FROM sites_registration r
  LEFT JOIN (SELECT registration_id, bool_or(left_at IS NULL) AS is_inside FROM sites_stay GROUP BY 1) s
    ON s.registration_id = r.id
  LEFT JOIN (SELECT person_id, bool_or(day = (now() AT TIME ZONE %(zone)s)::date) AS on_day,
      bool_or(day = (now() AT TIME ZONE %(zone)s)::date + 1) AS on_next FROM health_dailyreport
    WHERE day >= (now() AT TIME ZONE %(zone)s)::date
      AND (temperature IS NULL OR temperature >= 35 OR symptoms <> '{}') GROUP BY 1) d ON d.person_id = r.person_id
  GROUP BY 1, 2"""


def _fill(apps, schema_editor) -> None:  # noqa: ANN001, ARG001 - as Django calls it
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_FILL, {"zone": settings.TIME_ZONE})


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0009_daily_reports"),
        ("sites", "0014_site_users"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmployerTally",
            fields=[
                (
                    "employer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="tally",
                        serialize=False,
                        to="sites.employer",
                    ),
                ),
                ("registered", models.IntegerField()),
                ("entered", models.IntegerField()),
                ("on_site", models.IntegerField()),
                ("day", models.DateField()),
                ("reported", models.IntegerField()),
                ("reported_next", models.IntegerField()),
                ("told", models.IntegerField()),
                ("told_next", models.IntegerField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.contract"
                    ),
                ),
            ],
            options={
                "db_table": "sites_employertally",
            },
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop, elidable=True),
    ]
