"""Whoever leaves a venue leaves it: a second check-in there whose usual stay would go on ends with the one they touch,
and so does whoever came along by it. Else two scans at one door would leave half a stay standing."""

from django.db import migrations

END = """
CREATE OR REPLACE FUNCTION venues_end_visit(account uuid, visit uuid, since timestamptz, only_source text,
    at timestamptz)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH shown AS (SELECT * FROM venues_open_visits(account, since, only_source) o WHERE o.occurred_at < at),
         own AS (SELECT o.* FROM shown o JOIN shown touched ON touched.id = visit AND touched.venue_id = o.venue_id
                   JOIN venues_venue v ON v.id = o.venue_id JOIN venues_kind k ON k.code = v.kind_id
                  WHERE o.id = visit OR o.occurred_at + k.usual_minutes * interval '1 minute' > at),
         brought AS (SELECT r.person_id FROM people_realname r WHERE r.account_id = account
                     UNION SELECT d.person_id FROM people_dependant d
                            WHERE d.account_id = account AND d.confirmed_at IS NOT NULL),
         ended AS (UPDATE venues_checkin c SET left_at = at FROM own
                    WHERE c.venue_id = own.venue_id AND c.day = own.day AND c.occurred_at = own.occurred_at
                      AND c.checkpoint_id = own.checkpoint_id AND c.left_at IS NULL
                      AND c.person_id IN (SELECT person_id FROM brought) RETURNING 1)
    SELECT count(*)::int FROM ended
$$;
"""
BACK = """
CREATE OR REPLACE FUNCTION venues_end_visit(account uuid, visit uuid, since timestamptz, only_source text,
    at timestamptz)
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
"""


class Migration(migrations.Migration):
    dependencies = [("venues", "0018_turned_away")]

    operations = [migrations.RunSQL(END, BACK)]
