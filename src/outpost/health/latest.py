"""Keeps samples true to the records, set-based: which records report one sample, and the few latest samples of each
person (`health_latestsamples`, one instant a sample) with the names that the records came with.

Records of one person in the same minute, or with the same tube on the same day, report one sample (the twin of
`rules.one_sample`). The earliest of them stands for it, the others are marked as repeated and counted nowhere. A new
record without such a companion is simply one more latest sample. Whoever has more than that to settle, and whoever's
records are replaced, withdrawn, moved or removed, is read anew from the records.

All happens in the transaction of the merge, which holds `health_testrecord` against every other writer
(`exchange.merge`). No second lock is needed: what is read here cannot change before it is committed, and nobody else
writes this table.

Vaccinations have no such row here, but followers are told of them alike. The facts of a pass follow where a kind has
some (`health.pass_facts`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings

from outpost.audit.versions import OF_UNDONE
from outpost.core.db import run, value_of
from outpost.health import followers, pass_facts
from outpost.health.rules import LATEST_KEPT
from outpost.people.documents import LINKED_PEOPLE

_MINUTE = "date_trunc('minute', {row}.sampled_at)"
_DAY = "({row}.sampled_at AT TIME ZONE '{zone}')::date"

_NOTE_TOUCHED = """
CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS
SELECT t.person_id FROM {rows} s JOIN {table} t USING ({key}) WHERE s.outcome = 'replaced'
UNION
SELECT s.person_id FROM {rows} s WHERE s.outcome = 'replaced'
"""
_TOUCHED = "SELECT person_id FROM health_touched"
_IS_TOUCHED = f"SELECT EXISTS ({_TOUCHED})"
_NEW = "SELECT person_id FROM {rows} WHERE outcome = 'new'"

# New records by person. Whoever has several, or some already, may have companions among them; of the others the
# smallest is the only one.
_NOTE_FRESH = """
CREATE TEMPORARY TABLE health_fresh ON COMMIT DROP AS
SELECT person_id, count(*) AS records, min(sampled_at) AS sampled_at, min(nullif(name_hash, '')) AS name_hash,
       max(sampled_at) FILTER (WHERE result = 'negative') AS negative_at,
       max(sampled_at) FILTER (WHERE result = 'positive') AS positive_at
  FROM {rows} r WHERE outcome = 'new' AND NOT is_withdrawn GROUP BY person_id ORDER BY person_id
"""
_ADD_UNKNOWN = """
INSERT INTO health_latestsamples (person_id, sampled_at, name_hashes)
SELECT f.person_id, ARRAY[f.sampled_at], array_remove(ARRAY[f.name_hash], NULL)
  FROM health_fresh f LEFT JOIN health_latestsamples l ON l.person_id = f.person_id
 WHERE l.person_id IS NULL AND f.records = 1
 ORDER BY f.person_id
"""
_TOUCH_SEVERAL = """
INSERT INTO health_touched SELECT person_id FROM health_fresh WHERE records > 1
"""
# Asked once the facts of passes are locked (`raise_tests`): nobody is linked from then on.
_TOUCH_SEVERAL_DOCUMENTS = f"""
INSERT INTO health_touched SELECT person_id FROM health_fresh WHERE person_id IN ({LINKED_PEOPLE})
"""
_NOTE_KNOWN = """
CREATE TEMPORARY TABLE health_known ON COMMIT DROP AS
SELECT r.person_id, r.source, r.record_id, r.sampled_at, r.tube, array_remove(ARRAY[f.name_hash], NULL) AS name_hashes
  FROM {rows} r JOIN health_fresh f ON f.person_id = r.person_id AND f.records = 1
  JOIN health_latestsamples l ON l.person_id = r.person_id
 WHERE r.outcome = 'new' AND NOT r.is_withdrawn
"""
# By days, so that the index of records by person and time is enough, however long the history.
_SAME_DAY = " = ".join(_DAY.format(row=row, zone="{zone}") for row in "tk")
_TOUCH_LINKED = f"""
INSERT INTO health_touched
SELECT k.person_id FROM health_known k JOIN health_testrecord t ON t.person_id = k.person_id
   AND t.sampled_at > k.sampled_at - interval '25 hours' AND t.sampled_at < k.sampled_at + interval '25 hours'
 WHERE NOT t.is_withdrawn AND (t.source, t.record_id) <> (k.source, k.record_id)
   AND ({_MINUTE.format(row="t")} = {_MINUTE.format(row="k")}
        OR (t.tube <> '' AND t.tube = k.tube AND {_SAME_DAY}))
"""
_ADD_TO_KNOWN = f"""
UPDATE health_latestsamples known SET sampled_at = ARRAY(
       SELECT at FROM unnest(known.sampled_at || k.sampled_at) AS at ORDER BY at DESC LIMIT {LATEST_KEPT}),
       name_hashes = CASE WHEN k.name_hashes <@ known.name_hashes THEN known.name_hashes
                     ELSE known.name_hashes || k.name_hashes END
  FROM health_known k
 WHERE k.person_id = known.person_id AND k.person_id NOT IN (SELECT person_id FROM health_touched)
"""

_NOTE_UNDONE = (
    f"CREATE TEMPORARY TABLE health_touched ON COMMIT DROP AS SELECT DISTINCT person_id FROM ({OF_UNDONE}) u"
)

_READ_RECORDS = f"""
CREATE TEMPORARY TABLE health_reports ON COMMIT DROP AS
SELECT t.source, t.record_id, t.person_id, t.sampled_at, t.is_repeated, t.name_hash,
       {_MINUTE.format(row="t")} AS minute, {_MINUTE.format(row="t")} AS sample,
       CASE WHEN t.tube <> '' THEN {_DAY.format(row="t", zone="{zone}")} || t.tube END AS tube
  FROM health_testrecord t JOIN (SELECT DISTINCT person_id FROM health_touched) p ON p.person_id = t.person_id
 WHERE NOT t.is_withdrawn
"""
# Each report takes the earliest minute of its companions, and theirs, until nothing changes.
_JOIN_COMPANIONS = """
UPDATE health_reports r SET sample = c.sample
  FROM (SELECT source, record_id, least(
                 min(sample) OVER (PARTITION BY person_id, minute),
                 CASE WHEN tube IS NOT NULL THEN min(sample) OVER (PARTITION BY person_id, tube) END) AS sample
          FROM health_reports) c
 WHERE c.source = r.source AND c.record_id = r.record_id AND c.sample < r.sample
"""
_CHOOSE = """
CREATE TEMPORARY TABLE health_chosen ON COMMIT DROP AS
SELECT source, record_id, person_id, sampled_at, name_hash, is_repeated AS was_repeated, row_number() OVER (
         PARTITION BY person_id, sample ORDER BY sampled_at, source, record_id) > 1 AS is_repeated
  FROM health_reports
"""
_MARK = """
UPDATE health_testrecord t SET is_repeated = c.is_repeated FROM health_chosen c
 WHERE t.source = c.source AND t.record_id = c.record_id AND c.is_repeated <> c.was_repeated
"""
_NOTE_LATEST = f"""
CREATE TEMPORARY TABLE health_anew ON COMMIT DROP AS
SELECT person_id,
       (array_agg(sampled_at ORDER BY sampled_at DESC) FILTER (WHERE NOT is_repeated))[1:{LATEST_KEPT}] AS sampled_at,
       array_remove(array_agg(DISTINCT name_hash), NULL) AS name_hashes
  FROM health_chosen GROUP BY person_id
"""
_FORGET = """
DELETE FROM health_latestsamples l USING health_touched p
 WHERE l.person_id = p.person_id AND p.person_id NOT IN (SELECT person_id FROM health_anew)
"""
_WRITE_ANEW = """
INSERT INTO health_latestsamples (person_id, sampled_at, name_hashes)
SELECT person_id, sampled_at, name_hashes FROM health_anew
    ON CONFLICT (person_id) DO UPDATE SET sampled_at = EXCLUDED.sampled_at, name_hashes = EXCLUDED.name_hashes
 WHERE ROW(health_latestsamples.sampled_at, health_latestsamples.name_hashes)
       IS DISTINCT FROM ROW(EXCLUDED.sampled_at, EXCLUDED.name_hashes)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What follows from changes of one table of facts.

    `has_samples`: its people's samples are kept. `part`: what it adds to the facts of a pass. `key` names its records.
    `tell`: who keeps something of these facts is told of the people, given by SQL (`followers`).
    """

    table: str
    has_samples: bool = False
    part: pass_facts.Part | None = None
    key: str = "source, record_id"
    tell: Callable[[str], None] | None = followers.tell

    def before_merge(self, rows: str) -> None:
        """Note whose facts must be read anew: both the old and the new person of every record to be replaced.

        `rows`: the view of the rows that count, which `exchange.merge` hands to its hooks.
        """
        _run(_NOTE_TOUCHED, rows=rows, table=self.table, key=self.key)

    def after_merge(self, rows: str) -> None:
        """Bring what is kept up to the records as they are now."""
        new = _NEW.format(rows=rows)
        if self.has_samples:
            _add_fresh(rows)
        elif self.part is not None:
            _run(f"INSERT INTO health_touched {new}")
        self._read_touched_anew(f"{new} UNION ALL {_TOUCHED}")

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
        is_touched = value_of(_IS_TOUCHED)  # nobody is where all records are new and have no companion
        if self.has_samples and is_touched:
            _read_samples_anew()
        if self.part is not None and is_touched:
            pass_facts.read_anew(self.part, _TOUCHED)
        if self.tell is not None:
            self.tell(changed)
        _run("DROP TABLE health_touched")


TESTS = Kept("health_testrecord", has_samples=True, part=pass_facts.TESTS)
VACCINATIONS = Kept("health_vaccination")
DECLARATIONS = Kept("health_declaration", part=pass_facts.DECLARATIONS, tell=followers.tell_of_declarations)
DISPOSITIONS = Kept(
    "health_disposition", part=pass_facts.DISPOSITIONS, key="person_id, started_at", tell=None
)

EXPOSURES = Kept("health_exposure", part=pass_facts.EXPOSURES, key="id", tell=None)


def follow_links(people: str) -> None:
    """Bring what is kept of facts up after documents of these people were linked or unlinked. Records and samples stay
    under the document they came with. `people`: SQL that gives `person_id`, under each document concerned."""
    for part in pass_facts.PARTS:
        pass_facts.read_anew(part, people)
    followers.tell(people)


def _add_fresh(rows: str) -> None:
    """Add new records that have no companion to the latest samples; note whose others must be read anew."""
    _run(_NOTE_FRESH, rows=rows)
    _run(_TOUCH_SEVERAL)
    _run("ANALYZE health_fresh (person_id, records)")
    _run(_NOTE_KNOWN, rows=rows)
    _run(_ADD_UNKNOWN)
    _run("ANALYZE health_known (person_id)")
    _run(_TOUCH_LINKED)
    _run(_ADD_TO_KNOWN)
    pass_facts.raise_tests("health_fresh")
    _run(_TOUCH_SEVERAL_DOCUMENTS)
    _run("DROP TABLE health_fresh, health_known")


def _read_samples_anew() -> None:
    _run(_READ_RECORDS)
    while _run(_JOIN_COMPANIONS):
        pass
    _run(_CHOOSE)
    _run(_MARK)
    _run(_NOTE_LATEST)
    _run("ANALYZE health_anew (person_id)")
    _run(_FORGET)
    _run(_WRITE_ANEW)
    _run("DROP TABLE health_reports, health_chosen, health_anew")


def _run(
    statement: str, values: Mapping[str, str] | None = None, *, rows: str = "", table: str = "", key: str = ""
) -> int:
    return run(statement.format(rows=rows, table=table, key=key, zone=settings.TIME_ZONE), values)
