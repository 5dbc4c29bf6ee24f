"""Whose visit a check-in is, is read within an open case alone, and the database itself looks whether it is open.

The application has lost the right to read `person_id` of check-ins (`server/provision.py`). Two functions of the owner
read it for a case; both raise `insufficient_privilege` unless the case was agreed to by a second officer, is not
closed, rests on a positive result that stands, and holds the span. What is read beside its person lies at venues where
they were. The owner itself, who reads the table anyway, may name a person instead of a case: so the operator searches
at the server's own terminal, which is kept and told (`services.search_at_terminal`). What a case is stays as it was agreed to: a trigger lets nobody change it afterwards.
"""

from django.db import migrations

OPEN = """
CREATE FUNCTION tracing_open_case(wanted uuid, first timestamptz, last timestamptz) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    documents uuid[];
BEGIN
    SELECT array_agg(d.person_id) INTO documents
      FROM tracing_case c
      CROSS JOIN LATERAL (
        SELECT c.person_id
        UNION SELECT other.person_id FROM people_documentlink mine
          JOIN people_documentlink other ON other.group_id = mine.group_id
         WHERE mine.person_id = c.person_id AND mine.unlinked_at IS NULL AND other.unlinked_at IS NULL) d
     WHERE c.id = wanted AND c.approved_at IS NOT NULL AND c.closed_at IS NULL
       AND c.begins_at <= first AND last <= c.ends_at
       AND EXISTS (SELECT FROM health_testrecord t WHERE t.source = c.source AND t.record_id = c.record_id
                      AND t.result = 'positive' AND NOT t.is_withdrawn);
    IF documents IS NULL AND current_setting('role') = 'none' AND session_user::regrole = (
        SELECT f.proowner FROM pg_proc f WHERE f.oid = 'tracing_open_case(uuid, timestamptz, timestamptz)'::regprocedure
    ) THEN
        SELECT array_agg(d.person_id) INTO documents FROM (
            SELECT wanted AS person_id
            UNION SELECT other.person_id FROM people_documentlink mine
              JOIN people_documentlink other ON other.group_id = mine.group_id
             WHERE mine.person_id = wanted AND mine.unlinked_at IS NULL AND other.unlinked_at IS NULL) d;
    END IF;
    IF documents IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'visits are read within an open case alone';
    END IF;
    RETURN documents;
END $$;
REVOKE ALL ON FUNCTION tracing_open_case(uuid, timestamptz, timestamptz) FROM PUBLIC;
"""
VISITS = """
CREATE FUNCTION tracing_visits(wanted uuid, first timestamptz, last timestamptz)
RETURNS TABLE (person_id uuid, venue_id uuid, checkpoint_id uuid, occurred_at timestamptz, left_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    documents uuid[] := tracing_open_case(wanted, first, last);
BEGIN
    RETURN QUERY SELECT c.person_id, c.venue_id, c.checkpoint_id, c.occurred_at, c.left_at
      FROM venues_checkin c
     WHERE c.person_id = ANY(documents) AND c.occurred_at > first - interval '168 hours' AND c.occurred_at < last
       AND c.day BETWEEN (first AT TIME ZONE 'UTC')::date - 8 AND (last AT TIME ZONE 'UTC')::date + 1
     ORDER BY c.occurred_at, c.id;
END $$;
REVOKE ALL ON FUNCTION tracing_visits(uuid, timestamptz, timestamptz) FROM PUBLIC;
"""
# Usual and stated stays apart: the former reach back for hours, the latter for days, but few state their end.
# No parallel workers: to start them takes longer than the look-ups.
BESIDE = """
CREATE FUNCTION tracing_beside(wanted uuid, first timestamptz, last timestamptz, numbers int[], venues uuid[],
    begins timestamptz[], ends timestamptz[], usual timestamptz[], usual_on date[], longest timestamptz[],
    longest_on date[], last_on date[])
RETURNS TABLE (number int, person_id uuid, checkpoint_id uuid, occurred_at timestamptz, left_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    documents uuid[] := tracing_open_case(wanted, first, last);
BEGIN
    IF EXISTS (SELECT FROM unnest(begins, ends, usual, longest) AS w (begins, ends, usual, longest)
                WHERE (w.begins >= first - interval '4 hours' AND w.ends <= last + interval '4 hours'
                  AND w.usual >= w.begins - interval '168 hours' AND w.longest >= w.begins - interval '168 hours')
                   IS NOT TRUE)
       OR EXISTS (SELECT unnest(venues) EXCEPT SELECT v.venue_id FROM tracing_visits(wanted, first, last) v) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the person of the case was not there then';
    END IF;
    RETURN QUERY
    SELECT w.number, c.person_id, c.checkpoint_id, c.occurred_at, c.left_at
      FROM unnest(numbers, venues, begins, ends, usual, usual_on, last_on)
           AS w (number, venue_id, begins, ends, since, first_on, last_on)
      JOIN venues_checkin c ON c.venue_id = w.venue_id AND c.day BETWEEN w.first_on AND w.last_on
       AND c.occurred_at > w.since AND c.occurred_at < w.ends AND c.left_at IS NULL
     WHERE c.person_id <> ALL(documents)
    UNION ALL
    SELECT w.number, c.person_id, c.checkpoint_id, c.occurred_at, c.left_at
      FROM unnest(numbers, venues, begins, ends, longest, longest_on, last_on)
           AS w (number, venue_id, begins, ends, since, first_on, last_on)
      JOIN venues_checkin c ON c.venue_id = w.venue_id AND c.day BETWEEN w.first_on AND w.last_on
       AND c.occurred_at > w.since AND c.occurred_at < w.ends AND c.left_at > w.begins
     WHERE c.person_id <> ALL(documents);
END $$;
REVOKE ALL ON FUNCTION tracing_beside(uuid, timestamptz, timestamptz, int[], uuid[], timestamptz[], timestamptz[],
    timestamptz[], date[], timestamptz[], date[], date[]) FROM PUBLIC;
"""
KEPT = """
CREATE FUNCTION tracing_case_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_at IS NOT NULL THEN
            RAISE insufficient_privilege USING MESSAGE = 'a case waits for a second officer first';
        END IF;
    ELSIF OLD.closed_at IS NOT NULL
       OR (NEW.id, NEW.person_id, NEW.source, NEW.record_id, NEW.purpose, NEW.ground)
          IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.source, OLD.record_id, OLD.purpose, OLD.ground)
       OR (NEW.approved_at IS NOT NULL AND (NEW.begins_at, NEW.ends_at, NEW.asked_by)
          IS DISTINCT FROM (OLD.begins_at, OLD.ends_at, OLD.asked_by)) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a case stays as it was agreed to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tracing_case_kept BEFORE INSERT OR UPDATE ON tracing_case
    FOR EACH ROW EXECUTE FUNCTION tracing_case_kept();
"""
BACK = """
DROP TRIGGER tracing_case_kept ON tracing_case;
DROP FUNCTION tracing_case_kept();
DROP FUNCTION tracing_beside(uuid, timestamptz, timestamptz, int[], uuid[], timestamptz[], timestamptz[],
    timestamptz[], date[], timestamptz[], date[], date[]);
DROP FUNCTION tracing_visits(uuid, timestamptz, timestamptz);
DROP FUNCTION tracing_open_case(uuid, timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tracing", "0001_cases"),
        ("health", "0008_risk_areas"),
        ("people", "0006_document_links"),
        ("venues", "0010_gate_entries"),
    ]

    operations = [migrations.RunSQL(OPEN + VISITS + BESIDE + KEPT, BACK)]
