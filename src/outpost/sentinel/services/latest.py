"""Keeps `sentinel_stafflatest` true: one narrow row a staff member, read wherever everybody is judged or counted.

Whatever changes a staff member, a spell off duty, the standing of an organisation, a rule or a fact of health calls
`follow` in its own transaction, after its rows are written. A lock on the narrow table makes one wait for the other:
what is read here cannot change before it is committed, and whoever comes later reads what was committed.
A test holds the rows against the ledger and the facts after every act, and `mend` does so every night.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from outpost.core.clock import zone
from outpost.core.db import planned_with, rows_of, run
from outpost.health.rules import LATEST_KEPT
from outpost.people.documents import LINKED_PEOPLE, PAIRS
from outpost.sentinel.queries.latest import DOSE_COLUMNS, DOSES, UNKNOWN_LAPSE
from outpost.sentinel.rules import LONGEST_WINDOW
from outpost.sentinel.services import away, linked, tallies

MENDED = "sentinel.latest_mended"

COLUMNS = (
    *("enrolment_id", "category_id", "job_type", "joined_on", "left_at", "sampled_at"),
    *DOSE_COLUMNS,
    *("created_at", "position", "shown_from", "lapses_on"),
)
# Whose name anything but the employer's word bears out: an officer's, or a fact that came under it.
_IS_BORNE_OUT = "NOT s.is_unconfirmed OR s.name_hash = ANY(l.name_hashes) OR s.name_hash = ANY(d.name_hashes)"
# The local midnight before the longest window that ends when the number was entered.
_SHOWN_FROM = f"""(date_trunc('day', coalesce(s.renumbered_at, s.created_at) AT TIME ZONE '{zone().key}')
    - interval '{LONGEST_WINDOW} days') AT TIME ZONE '{zone().key}'"""

# The k-th latest sample decides (`rules.kth_latest_decides`): the person lapses as soon as its day leaves the window.
_KTH_DAY = f"""CASE WHEN r.counts_days
      THEN (SELECT DISTINCT (at AT TIME ZONE '{zone().key}')::date FROM unnest(l.oldest_first) at
        ORDER BY 1 DESC OFFSET r.least - 1 LIMIT 1)
      ELSE (l.oldest_first[cardinality(l.oldest_first) - r.least + 1] AT TIME ZONE '{zone().key}')::date END"""
_RULE = f"""CROSS JOIN LATERAL (SELECT c.judges_new_joiners,
      CASE WHEN j.id IS NULL THEN c.window_days ELSE j.window_days END AS days,
      CASE WHEN j.id IS NULL THEN c.least_tests ELSE j.least_tests END AS least,
      CASE WHEN j.id IS NULL THEN c.counts_days ELSE j.counts_days END AS counts_days) r
  CROSS JOIN LATERAL (SELECT {_KTH_DAY} AS kth_day) k"""
_LAPSES_ON = f"""CASE WHEN r.days IS NULL THEN NULL
    WHEN k.kth_day IS NULL AND cardinality(l.oldest_first) = {LATEST_KEPT} THEN '{UNKNOWN_LAPSE}'::date
    ELSE greatest(s.joined_on + CASE WHEN r.judges_new_joiners THEN 0 ELSE r.days END, k.kth_day + r.days + 1) END"""


def _rows(*, of_touched: bool) -> str:
    """SQL: the rows as they should be, of everybody by one document, or of `sentinel_touched` by all of theirs."""

    def touched(alias: str, which: str) -> str:
        join = f"JOIN sentinel_touched p ON p.person_id = {alias}.person_id AND p.{which}"
        return join if of_touched else ""

    def with_linked(facts: str, of_linked: str) -> str:
        return f"{facts} UNION ALL {of_linked}" if of_touched else facts

    samples = f"""SELECT l.person_id, l.name_hashes, ARRAY(SELECT at FROM unnest(l.sampled_at) at ORDER BY at)
        AS oldest_first FROM health_latestsamples l {touched("l", "is_alone")}"""
    doses = f"""SELECT v.person_id, array_agg(v.name_hash) AS name_hashes, {DOSES} {touched("v", "is_alone")}
        WHERE NOT v.is_withdrawn GROUP BY v.person_id"""
    named = ", ".join(f"d.{name}" for name in DOSE_COLUMNS[:-1])
    return f"""SELECT s.person_id, s.id AS staff_id, s.enrolment_id, e.category_id, s.job_type, s.joined_on,
    least(s.removed_at, e.removed_at) AS left_at, coalesce(l.oldest_first, '{{}}') AS sampled_at,
    {named}, coalesce(d.has_doses_again, false) AS has_doses_again, s.created_at, s.position,
    CASE WHEN {_IS_BORNE_OUT} THEN {_SHOWN_FROM} END AS shown_from, {_LAPSES_ON} AS lapses_on
  FROM sentinel_staffmember s {touched("s", "is_own")}
  JOIN sentinel_enrolment e ON e.id = s.enrolment_id
  JOIN sentinel_category c ON c.code = e.category_id
  LEFT JOIN sentinel_jobrule j ON j.category_id = e.category_id AND j.job_type = s.job_type
  LEFT JOIN ({with_linked(samples, linked.SAMPLES)}) l ON l.person_id = s.person_id
  {_RULE}
  LEFT JOIN ({with_linked(doses, linked.DOSES)}) d ON d.person_id = s.person_id"""


def _columns(of: str) -> str:
    return ", ".join(f"{of}.{name}" for name in COLUMNS)


_FORGET = """DELETE FROM sentinel_stafflatest n USING sentinel_touched p WHERE n.person_id = p.person_id
  AND NOT EXISTS (SELECT FROM sentinel_staffmember s WHERE s.person_id = n.person_id AND s.id = n.staff_id)"""
_WRITE = f"""INSERT INTO sentinel_stafflatest (person_id, staff_id, {", ".join(COLUMNS)})
  {_rows(of_touched=True)}
  ON CONFLICT (person_id, staff_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}
  WHERE ROW({_columns("sentinel_stafflatest")}) IS DISTINCT FROM ROW({_columns("EXCLUDED")})"""


def _wrong(kept: str, *, of_touched: bool) -> str:
    """SQL: of whom a row of `kept` is not as it should be."""
    return f"""SELECT DISTINCT coalesce(a.person_id, n.person_id) AS person_id
  FROM ({_rows(of_touched=of_touched)}) a
  FULL JOIN {kept} n ON n.person_id = a.person_id AND n.staff_id = a.staff_id
  WHERE (a.staff_id IS NULL OR n.staff_id IS NULL
    OR ROW({_columns("a")}) IS DISTINCT FROM ROW({_columns("n")}))"""


_WRONG = f"""{_wrong("sentinel_stafflatest", of_touched=False)}
    AND coalesce(a.person_id, n.person_id) NOT IN ({LINKED_PEOPLE})"""
_KEPT_OF_TOUCHED = f"""(SELECT n.person_id, n.staff_id, {_columns("n")} FROM sentinel_stafflatest n
    {tallies.TOUCHED})"""
_COUNT_WRONG = f"SELECT count(*) FROM ({_wrong(_KEPT_OF_TOUCHED, of_touched=True)}) w"
# Whoever has several documents is named with each of them, their own among them; who has one is alone.
_NOTE = f"""CREATE TEMPORARY TABLE sentinel_touched ON COMMIT DROP AS
  SELECT DISTINCT c.person_id, l.document_id, l.document_id IS NULL AS is_alone,
    coalesce(l.document_id = c.person_id, true) AS is_own
  FROM ({{people}}) c LEFT JOIN ({PAIRS}) l ON l.person_id = c.person_id"""

Values = Mapping[str, Any] | Sequence[Any]

_OF_STAFF = "SELECT person_id FROM sentinel_staffmember WHERE id = ANY(%s)"
_KNOWN = "SELECT n.person_id FROM sentinel_stafflatest n JOIN ({people}) c ON c.person_id = n.person_id"


@contextmanager
def following(people: str, values: Values = ()) -> Iterator[None]:
    """Change the ledger inside: afterwards the rows of these people follow. `people`: SQL that gives `person_id`."""
    _lock()
    _note(people, values)
    yield
    _refresh()


def follow_people(people: str, values: Values = ()) -> None:
    """Bring the rows of these people up to the ledger and the facts."""
    with following(people, values):
        pass


def follow_staff(staff: Collection[UUID], *former: UUID) -> None:
    """The same for these staff members, and for who they were before their number was corrected (`former`)."""
    if staff:
        follow_people(f"{_OF_STAFF} UNION ALL SELECT unnest(%s::uuid[])", [list(staff), list(former)])


def follow_rule(category: str) -> None:
    """The same for everybody in a category, after one of its rules has changed."""
    follow_people("SELECT person_id FROM sentinel_stafflatest WHERE category_id = %s", [category])


def follow_facts(people: str) -> None:
    """The same after facts of people have changed; only of those who stand, or stood, in a ledger.

    A fact takes nobody out of it, so there is no row to forget.
    """
    _lock()
    _note(_KNOWN.format(people=people))
    _write(_WRITE)


@transaction.atomic
def mend() -> int:
    """Hold every row against the ledger and the facts, and every sum and spell against the rows; put right what is
    wrong and return of how many people."""
    _lock()
    with planned_with(work_mem="256MB"):
        wrong = _note(_WRONG)
    _refresh()
    wrong += _count_wrong_of_linked()
    follow_people(LINKED_PEOPLE)
    return max(wrong, tallies.recount(), away.mend())


def _count_wrong_of_linked() -> int:
    _note(LINKED_PEOPLE)
    [(found,)] = rows_of(_COUNT_WRONG)
    run("DROP TABLE sentinel_touched")
    return int(found)


def _lock() -> None:
    run("LOCK TABLE sentinel_stafflatest IN SHARE ROW EXCLUSIVE MODE")


def _note(people: str, values: Values = ()) -> int:
    found = run(_NOTE.format(people=people), values or None)
    run("ANALYZE sentinel_touched")
    return found


def _refresh() -> None:
    _write(f"WITH forgotten AS ({_FORGET}) {_WRITE}")


def _write(statement: str) -> None:
    with tallies.counting():
        run(statement)
    away.follow()
    run("DROP TABLE sentinel_touched, sentinel_summed")
