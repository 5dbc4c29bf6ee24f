"""The facts of touched people who have several documents, gathered for their narrow rows (`latest`).

They are few, so theirs are read apart: the rows of everybody else meet the facts of their one document as ever. Samples
of two documents in the same minute are one sample.
"""

from django.db import connection

from outpost.health.rules import LATEST_KEPT
from outpost.people.documents import PAIRS
from outpost.sentinel.queries.latest import DOSES as OF_RECORDS

TOUCHED = "JOIN sentinel_linked_people p ON p.person_id = {of}.person_id"
SAMPLES = "SELECT person_id, name_hashes, oldest_first FROM sentinel_linked_samples"
_OF_LINKED = (
    "JOIN sentinel_linked k ON k.document_id = v.person_id WHERE NOT v.is_withdrawn GROUP BY k.person_id"
)
DOSES = f"SELECT k.person_id, array_agg(v.name_hash) AS name_hashes, {OF_RECORDS} {_OF_LINKED}"
"""`latest` puts its rows together by these three."""

_NOTE = f"""CREATE TEMPORARY TABLE sentinel_linked ON COMMIT DROP AS
SELECT l.person_id, l.document_id FROM sentinel_touched t JOIN ({PAIRS}) l ON l.person_id = t.person_id"""
_PEOPLE = """CREATE TEMPORARY TABLE sentinel_linked_people ON COMMIT DROP AS
SELECT DISTINCT person_id FROM sentinel_linked"""
_APART = "DELETE FROM sentinel_touched WHERE person_id IN (SELECT person_id FROM sentinel_linked)"
_AT_ALL = """CREATE TEMPORARY TABLE sentinel_linked_times ON COMMIT DROP AS
SELECT k.person_id, unnest(l.sampled_at) AS sampled_at
  FROM sentinel_linked k JOIN health_latestsamples l ON l.person_id = k.document_id"""
_NAMES = """CREATE TEMPORARY TABLE sentinel_linked_names ON COMMIT DROP AS
SELECT k.person_id, unnest(l.name_hashes) AS name_hash
  FROM sentinel_linked k JOIN health_latestsamples l ON l.person_id = k.document_id"""
_SAMPLES = f"""CREATE TEMPORARY TABLE sentinel_linked_samples ON COMMIT DROP AS
SELECT s.person_id, s.oldest_first, n.name_hashes
  FROM (SELECT person_id, array_agg(at ORDER BY at) AS oldest_first
          FROM (SELECT person_id, at, row_number() OVER (PARTITION BY person_id ORDER BY at DESC) AS place
                  FROM (SELECT person_id, min(sampled_at) AS at FROM sentinel_linked_times
                         GROUP BY person_id, date_trunc('minute', sampled_at)) one) placed
         WHERE place <= {LATEST_KEPT} GROUP BY person_id) s
  LEFT JOIN (SELECT person_id, array_agg(name_hash) AS name_hashes FROM sentinel_linked_names
              GROUP BY person_id) n ON n.person_id = s.person_id"""
_TABLES = (
    "sentinel_linked",
    *(f"sentinel_linked_{name}" for name in ("people", "times", "names", "samples")),
)


def set_apart() -> bool:
    """Take those with several documents out of `sentinel_touched` and gather their facts, until `drop`. Whether there
    are any."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE)
        if not cursor.rowcount:
            cursor.execute("DROP TABLE sentinel_linked")
            return False
        for statement in (_PEOPLE, _APART, _AT_ALL, _NAMES, _SAMPLES):
            cursor.execute(statement)
    return True


def drop() -> None:
    """The rows are written."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(_TABLES)}")
