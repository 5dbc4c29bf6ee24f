"""离开打卡: venues where who came says when they leave, and how an account ends its own visits.

The application may not read whose visit a check-in is. These functions find the open visits of the person for whom an
account speaks, within the span that it is shown, and end one of them, with those of whom it brought along by the same
touch. Only where the venue offers it; what was ended once stays as it is.
"""

from django.db import migrations, models

OPEN = """
CREATE FUNCTION venues_open_visits(account uuid, since timestamptz, only_source text)
RETURNS TABLE (venue_id uuid, day date, id uuid, checkpoint_id uuid, occurred_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.venue_id, c.day, c.id, c.checkpoint_id, c.occurred_at FROM venues_checkin c
      JOIN venues_venue v ON v.id = c.venue_id AND v.checks_out
     WHERE c.person_id = (SELECT r.person_id FROM people_realname r WHERE r.account_id = account)
       AND c.day >= (since - interval '1 day')::date AND c.occurred_at >= since AND c.left_at IS NULL
       AND only_source IN ('', c.source)
     ORDER BY c.occurred_at DESC LIMIT 20
$$;
REVOKE ALL ON FUNCTION venues_open_visits(uuid, timestamptz, text) FROM PUBLIC;
"""
END = """
CREATE FUNCTION venues_end_visit(account uuid, visit uuid, since timestamptz, only_source text, at timestamptz)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH own AS (SELECT * FROM venues_open_visits(account, since, only_source) o
                  WHERE o.id = visit AND o.occurred_at < at),
         brought AS (SELECT r.person_id FROM people_realname r WHERE r.account_id = account
                     UNION SELECT d.person_id FROM people_dependant d
                            WHERE d.account_id = account AND d.confirmed_at IS NOT NULL),
         ended AS (UPDATE venues_checkin c SET left_at = at FROM own
                    WHERE c.venue_id = own.venue_id AND c.day = own.day AND c.occurred_at = own.occurred_at
                      AND c.checkpoint_id = own.checkpoint_id AND c.left_at IS NULL
                      AND c.person_id IN (SELECT person_id FROM brought) RETURNING 1)
    SELECT count(*)::int FROM ended
$$;
REVOKE ALL ON FUNCTION venues_end_visit(uuid, uuid, timestamptz, text, timestamptz) FROM PUBLIC;
"""
BACK = """
DROP FUNCTION venues_end_visit(uuid, uuid, timestamptz, text, timestamptz);
DROP FUNCTION venues_open_visits(uuid, timestamptz, text);
"""


class Migration(migrations.Migration):
    dependencies = [("venues", "0015_named_managers"), ("people", "0005_dependants")]

    operations = [
        migrations.AddField("venue", "checks_out", models.BooleanField(default=False, db_default=False)),
        migrations.RunSQL(OPEN + END, BACK),
    ]
