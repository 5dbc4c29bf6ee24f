"""A phone that kept a check-out without network may send it twice: whether an account's own visit ended at that instant.
The application still reads no visit's person."""

from django.db import migrations

HAS_LEFT = """
CREATE FUNCTION venues_has_left(account uuid, visit uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM venues_checkin c
     WHERE c.person_id = (SELECT r.person_id FROM people_realname r WHERE r.account_id = account)
       AND c.day BETWEEN (at - interval '2 days')::date AND (at + interval '1 day')::date
       AND c.id = visit AND c.left_at = at)
$$;
REVOKE ALL ON FUNCTION venues_has_left(uuid, uuid, timestamptz) FROM PUBLIC;
"""
BACK = "DROP FUNCTION venues_has_left(uuid, uuid, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("venues", "0019_one_end_a_venue")]

    operations = [migrations.RunSQL(HAS_LEFT, BACK)]
