"""Keeps `health_latestsamples` true to the records, set-based: the few latest sampling times of each person.

New records are merged into the times that are there, since the latest of a union are among the latest of its parts. A
replaced, withdrawn or moved record may take a time away, so the people it touches are read anew from the records.

Both happen in the transaction of the merge, which holds `health_testrecord` against every other writer
(`exchange.merge`). No second lock is needed: what is read here cannot change before it is committed, and nobody else
writes this table.

Vaccinations have no such row here, but followers are told of them alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from outpost.audit.versions import OF_UNDONE
from outpost.health import followers
from outpost.health.rules import LATEST_KEPT

_NOTE_TOUCHED = """
CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS
SELECT t.person_id FROM {rows} s JOIN {table} t USING (source, record_id) WHERE s.outcome = 'replaced'
UNION
SELECT s.person_id FROM {rows} s WHERE s.outcome = 'replaced'
"""
_TOUCHED = "SELECT person_id FROM health_touched"
_NEW = "SELECT person_id FROM {rows} WHERE outcome = 'new'"

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

_NOTE_UNDONE = (
    f"CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS SELECT DISTINCT person_id FROM ({OF_UNDONE}) u"
)

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


@dataclass(frozen=True, slots=True)
class Kept:
    """What follows from changes of one table of facts. `has_latest`: its people's latest samples are kept."""

    table: str
    has_latest: bool

    def before_merge(self, rows: str) -> None:
        """Note whose facts must be read anew: both the old and the new person of every record to be replaced.

        `rows`: the view of the rows that count, which `exchange.merge` hands to its hooks.
        """
        _run(_NOTE_TOUCHED.format(rows=rows, table=self.table))

    def after_merge(self, rows: str) -> None:
        """Bring what is kept up to the records as they are now."""
        if self.has_latest:
            _run(_ADD_TO_KNOWN.format(rows=rows))
            _run(_ADD_UNKNOWN.format(rows=rows))
        self._read_touched_anew(f"{_NEW.format(rows=rows)} UNION ALL {_TOUCHED}")

    def after_undo(self, import_id: str) -> None:
        """The same for everybody whose records an undone import had brought or replaced."""
        _run(_NOTE_UNDONE, {"table": self.table, "import": import_id})
        self._read_touched_anew(_TOUCHED)

    def before_removal(self) -> None:
        """Make room to note whose records are removed: rows (person_id) of `health_touched`, repeated ones too."""
        _run("CREATE TEMPORARY TABLE health_touched (person_id uuid) ON COMMIT DROP")

    def after_removal(self) -> None:
        """The same for those whose records were removed."""
        self._read_touched_anew(_TOUCHED)

    def _read_touched_anew(self, changed: str) -> None:
        _run("ANALYZE health_touched")
        if self.has_latest:
            _run(_FORGET)
            _run(_READ_ANEW)
        followers.tell(changed)
        _run("DROP TABLE health_touched")


TESTS = Kept("health_testrecord", has_latest=True)
VACCINATIONS = Kept("health_vaccination", has_latest=False)


def _run(statement: str, values: Mapping[str, str] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
