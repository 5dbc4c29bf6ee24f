"""How many people of an organisation stand alike in the ledger: long lists are counted from these sums."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = f"""INSERT INTO sentinel_stafftally (enrolment_id, lapses_on, last_on, people)
  SELECT enrolment_id, coalesce(lapses_on, '9999-12-31'), coalesce(
      (sampled_at[cardinality(sampled_at)] AT TIME ZONE '{settings.TIME_ZONE}')::date, '0001-01-01'), count(*)
    FROM sentinel_stafflatest WHERE left_at IS NULL GROUP BY 1, 2, 3"""


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0010_answers_of_employers")]

    operations = [
        migrations.CreateModel(
            name="StaffTally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("enrolment_id", "lapses_on", "last_on"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("lapses_on", models.DateField()),
                ("last_on", models.DateField()),
                ("people", models.IntegerField()),
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
            ],
            options={"db_table": "sentinel_stafftally"},
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
