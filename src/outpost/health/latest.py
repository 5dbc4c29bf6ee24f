"""Keeps `health_latestsamples` true to the records, set-based: the few latest sampling times of each person.

New records are merged into the times that are there, since the latest of a union are among the latest of its parts. A
replaced, withdrawn or moved record may take a time away, so the people it touches are read anew from the records.

Both happen in the transaction of the merge, which holds `health_testrecord` against every other writer
(`exchange.merge`). No second lock is needed: what is read here cannot change before it is committed, and nobody else
writes this table.
"""

from django.db import connection

from outpost.health.rules import LATEST_KEPT

_NOTE_TOUCHED = """
CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS
SELECT t.person_id FROM {rows} s JOIN health_testrecord t USING (source, record_id) WHERE s.outcome = 'replaced'
UNION
SELECT s.person_id FROM {rows} s WHERE s.outcome = 'replaced'
"""

_IS_KNOWN = "EXISTS (SELECT FROM health_latestsamples l WHERE l.person_id = r.person_id)"

_ADD_TO_KNOWN = f"""
UPDATE health_latestsamples known SET sampled_at = ARRAY(
       SELECT at FROM unnest(known.sampled_at || fresh.sampled_at) AS at ORDER BY at DESC LIMIT {LATEST_KEPT})
  FROM (SELECT person_id, array_agg(sampled_at) AS sampled_at
          FROM {{rows}} r
         WHERE outcome = 'new' AND NOT is_withdrawn AND {_IS_KNOWN}
         GROUP BY person_id) AS fresh
 WHERE fresh.person_id = known.person_id
"""

# On its own: ON CONFLICT would cost as much again for each person, to find what cannot be there (one writer).
_ADD_UNKNOWN = f"""
INSERT INTO health_latestsamples (person_id, sampled_at)
SELECT person_id, (array_agg(sampled_at ORDER BY sampled_at DESC))[1:{LATEST_KEPT}]
  FROM {{rows}} r
 WHERE outcome = 'new' AND NOT is_withdrawn AND NOT {_IS_KNOWN}
 GROUP BY person_id
 ORDER BY person_id
"""

_NOTE_UNDONE = """
CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS
SELECT DISTINCT (row ->> 'person_id')::uuid AS person_id
  FROM audit_rowversion
 WHERE "table" = 'health_testrecord' AND cause IN (%s, 'undo:' || %s)
"""

_FORGET = """
DELETE FROM health_latestsamples l USING health_touched p
 WHERE l.person_id = p.person_id
   AND NOT EXISTS (SELECT FROM health_testrecord t WHERE t.person_id = p.person_id AND NOT t.is_withdrawn)
"""

_READ_ANEW = f"""
INSERT INTO health_latestsamples (person_id, sampled_at)
SELECT person_id, times
  FROM (SELECT p.person_id, ARRAY(
               SELECT t.sampled_at FROM health_testrecord t
                WHERE t.person_id = p.person_id AND NOT t.is_withdrawn
                ORDER BY t.sampled_at DESC LIMIT {LATEST_KEPT}) AS times
          FROM (SELECT DISTINCT person_id FROM health_touched) p) AS anew
 WHERE times <> '{{}}'
    ON CONFLICT (person_id) DO UPDATE SET sampled_at = EXCLUDED.sampled_at
"""


def before_merge(rows: str) -> None:
    """Note whose times must be read anew: both the old and the new person of every record to be replaced.

    `rows`: the view of the rows that count, which `exchange.merge` hands to its hooks.
    """
    _run(_NOTE_TOUCHED.format(rows=rows))


def after_merge(rows: str) -> None:
    """Bring the times up to the records as they are now."""
    _run(_ADD_TO_KNOWN.format(rows=rows))
    _run(_ADD_UNKNOWN.format(rows=rows))
    _read_touched_anew()


def after_undo(import_id: str) -> None:
    """Read anew the times of everybody whose records an undone import had brought or replaced."""
    _run(_NOTE_UNDONE, import_id, import_id)
    _read_touched_anew()


def before_removal() -> None:
    """Make room to note whose records are removed: rows (person_id) of `health_touched`, repeated ones too."""
    _run("CREATE TEMPORARY TABLE health_touched (person_id uuid) ON COMMIT DROP")


def after_removal() -> None:
    """Read anew the times of those whose records were removed."""
    _read_touched_anew()


def _read_touched_anew() -> None:
    _run("ANALYZE health_touched")
    _run(_FORGET)
    _run(_READ_ANEW)
    _run("DROP TABLE health_touched")


def _run(statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
