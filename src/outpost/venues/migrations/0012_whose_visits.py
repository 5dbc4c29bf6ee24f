"""Whose visit a check-in is: what the application still learns of it, now that it may not read `person_id` any more
(`server/provision.py`).

How many people came to a venue on a day, whether somebody is named by any visit (who is keeps their row of
`people_person` from being purged), and an account's own visits: of the person for whom it speaks, within the span
that it is shown. For a case see `tracing/migrations/0002_visits_of_a_case.py`. Earlier versions of visits forget whose
they were: an import is undone without it.
"""

from django.db import migrations

PEOPLE = """
CREATE FUNCTION venues_people_on(venue uuid, wanted date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(DISTINCT c.person_id) FROM venues_checkin c WHERE c.venue_id = venue AND c.day = wanted
$$;
REVOKE ALL ON FUNCTION venues_people_on(uuid, date) FROM PUBLIC;
"""
NAMED = """
CREATE FUNCTION venues_has_checked_in(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM venues_checkin c WHERE c.person_id = person)
$$;
REVOKE ALL ON FUNCTION venues_has_checked_in(uuid) FROM PUBLIC;
CREATE FUNCTION venues_has_conflict(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM venues_conflict c WHERE c.person_id = person)
$$;
REVOKE ALL ON FUNCTION venues_has_conflict(uuid) FROM PUBLIC;
"""
OWN = """
CREATE FUNCTION venues_own_visits(account uuid, first_on date, since timestamptz, only_source text, most int)
RETURNS TABLE (occurred_at timestamptz, checkpoint_id uuid, is_remote boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.occurred_at, c.checkpoint_id, c.is_remote FROM venues_checkin c
     WHERE c.person_id = (SELECT r.person_id FROM people_realname r WHERE r.account_id = account)
       AND c.day >= first_on AND c.occurred_at >= since AND only_source IN ('', c.source)
     ORDER BY c.occurred_at DESC LIMIT least(most, 500)
$$;
REVOKE ALL ON FUNCTION venues_own_visits(uuid, date, timestamptz, text, int) FROM PUBLIC;
"""
FORGET = """UPDATE audit_rowversion SET row = row - 'person_id'
 WHERE "table" = 'venues_checkin' AND row ? 'person_id'"""
BACK = """
DROP FUNCTION venues_own_visits(uuid, date, timestamptz, text, int);
DROP FUNCTION venues_has_conflict(uuid);
DROP FUNCTION venues_has_checked_in(uuid);
DROP FUNCTION venues_people_on(uuid, date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("venues", "0011_remote_check_ins"),
        ("people", "0006_document_links"),
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(PEOPLE + NAMED + OWN, BACK),
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
    ]
