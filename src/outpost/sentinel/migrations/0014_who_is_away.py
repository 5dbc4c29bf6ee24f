"""Who is off duty, beside the sums of the narrow rows: long lists take them out without going through all staff."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = f"""INSERT INTO sentinel_staffaway
    (person_id, spell_id, staff_id, enrolment_id, lapses_on, last_on, starts_on, ends_on)
  SELECT n.person_id, d.id, n.staff_id, n.enrolment_id, coalesce(n.lapses_on, '9999-12-31'), coalesce(
      (n.sampled_at[cardinality(n.sampled_at)] AT TIME ZONE '{settings.TIME_ZONE}')::date, '0001-01-01'),
      d.starts_on, d.ends_on
    FROM sentinel_stafflatest n JOIN sentinel_dutyspell d ON d.staff_id = n.staff_id
    WHERE n.left_at IS NULL AND d.ends_on IS DISTINCT FROM d.starts_on"""


def _of(ledger: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=f"sentinel.{ledger}",
    )


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0013_job_types_by_index")]

    operations = [
        migrations.CreateModel(
            name="StaffAway",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("person_id", "spell_id"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("person_id", models.UUIDField()),
                ("spell_id", models.UUIDField()),
                ("lapses_on", models.DateField()),
                ("last_on", models.DateField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("enrolment", _of("enrolment")),
                ("staff", _of("staffmember")),
            ],
            options={
                "db_table": "sentinel_staffaway",
                "indexes": [models.Index(fields=["ends_on"], name="sentinel_away_ends")],
            },
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
