"""How many of a day's people had come before, and which department answers for a kind of venue."""

import django.db.models.deletion
from django.db import migrations, models

RETURNING = """
CREATE FUNCTION venues_returning_on(venue uuid, wanted date, since date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(DISTINCT c.person_id) FROM venues_checkin c
     WHERE c.venue_id = venue AND c.day = wanted AND c.person_id IN
       (SELECT b.person_id FROM venues_checkin b WHERE b.venue_id = venue AND b.day >= since AND b.day < wanted)
$$;
REVOKE ALL ON FUNCTION venues_returning_on(uuid, date, date) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("venues", "0013_whose_gate_entry"), ("regions", "0001_initial")]

    operations = [
        migrations.RunSQL(RETURNING, "DROP FUNCTION venues_returning_on(uuid, date, date)"),
        migrations.AddField(
            model_name="kind",
            name="department",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="regions.department",
            ),
        ),
    ]
