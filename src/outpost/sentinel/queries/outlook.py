"""Who is overdue today and who will be, should no further sample be taken: 预警, the principal's first question."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.db import planned_with
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.sentinel.models import Category
from outpost.sentinel.queries import latest, match
from outpost.sentinel.queries.categories import categories, with_rules
from outpost.sentinel.queries.holding import Holding, holdings
from outpost.sentinel.queries.staff import StaffRow, rows_by_id
from outpost.sentinel.queries.staff_filter import SEE
from outpost.sentinel.queries.statistics.ledger import Chosen, Ledger
from outpost.sentinel.rules import Judgement, State


class Due(Vocabulary):
    """Where somebody stands who has to be tested.

    OVERDUE: missed at today's dawn and still not made up for. MADE_UP: missed at today's dawn, but what was
    sampled since is enough for tomorrow's. TODAY and TOMORROW: a sample is needed by the end of that day.
    """

    OVERDUE = Word("overdue", "逾期未检", "Overdue", Tone.BAD)
    TODAY = Word("today", "今日应检", "Test today", Tone.WARNING)
    TOMORROW = Word("tomorrow", "明日应检", "Test by tomorrow", Tone.RUNNING)
    MADE_UP = Word("made_up", "已补检", "Made up for", Tone.GOOD)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A staff member who has to be tested, with what shows it."""

    staff: StaffRow
    due: Due
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many are due of each kind, and those who were asked for, in the order of the ledger, pages of several kinds
    one after the other; nobody for whom no rule holds. `categories`: by whose rules they were judged."""

    on: date
    counts: Counter[Due]
    due: dict[UUID, Due]
    categories: Sequence[Category]


DAWNS = ("t0", "t1", "t2")  # today's and the next two, as the SQL calls them


def _lapsed(t: str) -> str:
    return f"n.lapses_on <= {t}.on_day"


def _judged(t: str) -> str:
    return f"NOT {match.is_met(t)}"


_DAWN = "%(t0_dawn)s"
_KNOWN = f"{latest.is_known(_DAWN)} AND n.lapses_on <= %(t2_day)s"
_OPEN = latest.is_open(_DAWN)
_NEXT = "".join(f"\n  JOIN {match.tasks_sql(t)} ON {t}.n = t0.n" for t in DAWNS[1:])


# Of one person no two spells overlap: whoever is away at all three dawns is so by one.
_AWAY = "a.starts_on <= %(t0_day)s AND (a.ends_on IS NULL OR a.ends_on > %(t2_day)s)"
_COMES_OR_GOES = f"""SELECT DISTINCT a.staff_id, a.enrolment_id, a.lapses_on, a.last_on FROM sentinel_staffaway a
    WHERE a.starts_on <= %(t2_day)s AND (a.ends_on IS NULL OR a.ends_on > %(t0_day)s) AND NOT ({_AWAY})"""
_PLACES = "WITH g AS (SELECT e.id, o.name FROM {enrolments})"


def _off_duty(t: str) -> str:
    """SQL: whether a spell off duty covers that dawn. Asked of a row, not joined: where few rows are expected and many
    come, as of a department, the join goes through all spells for each. OFFSET: or all spells are read for a few."""
    return f"""EXISTS (SELECT FROM sentinel_staffaway a WHERE a.person_id = n.person_id AND a.staff_id = n.staff_id
    AND a.starts_on <= %({t}_day)s AND (a.ends_on IS NULL OR a.ends_on > %({t}_day)s) OFFSET '0')"""


def _standing(misses: Callable[[str], str], where: str) -> str:
    """SQL: what missing each of the three dawns comes to; `misses` of whoever is judged then."""
    today, tomorrow, day_after = (
        f"(n.joined_on <= {t}.joined_by AND {misses(t)} AND NOT {_off_duty(t)})" for t in DAWNS
    )
    # Whoever missed today's and goes off duty before tomorrow's has made up for nothing: only samples do.
    # OFFSET: or it is computed anew for each kind. Quoted as in `match.tasks_sql`.
    return f"""(SELECT n.staff_id, n.enrolment_id, g.name, n.created_at, n.position, CASE
      WHEN {today} THEN CASE WHEN {misses(DAWNS[1])} THEN '{Due.OVERDUE}' ELSE '{Due.MADE_UP}' END
      WHEN {tomorrow} THEN '{Due.TODAY}'
      WHEN {day_after} THEN '{Due.TOMORROW}' END AS due
  FROM sentinel_stafflatest n JOIN g ON g.id = n.enrolment_id
  JOIN {match.tasks_sql("t0")} ON {match.concerns("t0")}{_NEXT}
  WHERE n.left_at IS NULL AND n.category_id = ANY(%(t0_categories)s) AND {where} OFFSET '0') standing"""


def _by_day(lapses_on: str) -> str:
    """SQL: the same of who has lapsed or will have, and is on duty all the while."""
    return f"""CASE WHEN {lapses_on} <= %(t0_day)s THEN '{Due.OVERDUE}'
      WHEN {lapses_on} <= %(t1_day)s THEN '{Due.TODAY}' ELSE '{Due.TOMORROW}' END"""


def _summed(parts: str) -> str:
    return f"""{_PLACES} SELECT c.due AS kind, g.name, c.enrolment_id, c.number
  FROM (SELECT due, enrolment_id, sum(people)::int AS number FROM ({parts}) part
    GROUP BY due, enrolment_id HAVING sum(people) > 0) c JOIN g ON g.id = c.enrolment_id"""


def _people(standing: str) -> str:
    return f"SELECT due, enrolment_id, 1 AS people FROM {standing} WHERE due IS NOT NULL"


_JUDGED = _people(_standing(_judged, _OPEN))
_SUMMED = f"s.lapses_on > '{latest.UNKNOWN_LAPSE}' AND s.lapses_on <= %(t2_day)s AND s.last_on < %(t0_day)s"


def _of_sums(table: str, people: str) -> str:
    return f"""SELECT {_by_day("s.lapses_on")} AS due, s.enrolment_id, {people} AS people
    FROM {table} s JOIN g ON g.id = s.enrolment_id WHERE {_SUMMED}"""


# The sums tell of who is on duty (`narrow.StaffTally`): whoever is not is taken out of them. Who comes or goes within
# the three dawns is looked at alone; of who is away at all of them no dawn is missed.
_COUNTED = _summed(f"""{_of_sums("sentinel_stafftally", "s.people")}
  UNION ALL {_of_sums(f"(SELECT * FROM sentinel_staffaway a WHERE {_AWAY})", "-1")}
  UNION ALL {_of_sums(f"({_COMES_OR_GOES})", "-1")}
  UNION ALL {_people(_standing(_lapsed, f"{_KNOWN} AND n.staff_id IN (SELECT staff_id FROM ({_COMES_OR_GOES}) c)"))}
  UNION ALL {_JUDGED}""")


def _listed(among: str = "") -> str:
    return _standing(
        lambda t: f"CASE WHEN {latest.is_known(_DAWN)} THEN {_lapsed(t)} ELSE {_judged(t)} END",
        f"({_KNOWN} OR {_OPEN}) {among}",
    )


_ORDER = "ORDER BY name, created_at, position, staff_id"
_ALL = f"{_PLACES} SELECT staff_id, due FROM {_listed()} WHERE due = ANY(%(kinds)s) {_ORDER}"
# Of each kind the rows of its own organisations, `before` of them left out.
_PAGES = f"""{_PLACES} SELECT staff_id, due FROM
  (SELECT staff_id, due, k.before, row_number() OVER (PARTITION BY due {_ORDER}) AS place
    FROM {_listed("AND n.enrolment_id = ANY(%(held)s)")}
    JOIN unnest(%(kinds)s::text[], %(held)s::uuid[], %(before)s::int[]) k (kind, held, before)
      ON k.kind = due AND k.held = enrolment_id) page
  WHERE place > before AND place <= before + %(limit)s
  ORDER BY array_position(%(kinds)s::text[], due), place"""
# The same in one reading, and how many there are of every kind by whoever is its first: an employer has few people.
_SHOWN = f"""{_PLACES} SELECT staff_id, due, total, is_asked FROM
  (SELECT *, due = ANY(%(kinds)s) AND place > %(offset)s
      AND (%(limit)s::int IS NULL OR place <= %(offset)s + %(limit)s) AS is_asked FROM
    (SELECT staff_id, due, row_number() OVER (PARTITION BY due {_ORDER}) AS place,
        row_number() OVER ({_ORDER}) AS number, count(*) OVER (PARTITION BY due) AS total
      FROM {_listed()} WHERE due IS NOT NULL) placed) page
  WHERE is_asked OR place = 1
  ORDER BY CASE WHEN %(limit)s::int IS NULL THEN 0 ELSE array_position(%(kinds)s::text[], due) END, number"""
# What is computed of each row is dear: it is computed where the rows are read, by all workers.
_PLANNING = {"work_mem": "256MB", "cpu_operator_cost": "0.02"}


def outlook(
    chosen: Chosen,
    *,
    actor: Actor,
    at: datetime,
    kinds: Collection[Due] = tuple(Due),
    limit: int | None = None,
    offset: int = 0,
    actions: Sequence[str] = (SEE,),
    met: Iterable[Category] | None = None,
) -> Outlook:
    """Judge today's dawn and the next two for the staff of a part of the ledger, as far as all these actions reach;
    of each of the `kinds` name `limit` people (None: all), from `offset` on. `met`: the categories that the actor
    meets, where they were read already.

    The twin of `rules.forecast` over sets; a spell off duty that is known today counts from its first day.
    """
    today = clock.local_day(at)
    ledger = Ledger(today, today, chosen, [actor.reach(action) for action in actions])
    met = categories(actor=actor, action=SEE) if met is None else met
    known = with_rules(one for one in met if chosen.category in ("", one.code))
    passed: dict[str, Any] = {}
    for days, t in enumerate(DAWNS):
        passed |= match.task_parameters(match.tasks_of(known, today + timedelta(days=days)), t)

    def read(statement: str, **more: Any) -> list[tuple[Any, ...]]:
        return ledger.rows(statement, **passed, **more)

    find = _of_employer if ledger.is_shown else _of_everybody
    counts, named = find(read, [*kinds], limit, offset)
    return Outlook(today, Counter(counts), {staff: Due(due) for staff, due in named}, known)


_Read = Callable[..., list[tuple[Any, ...]]]
_Found = tuple[Mapping[Due, int], Iterable[tuple[UUID, str]]]


def _of_employer(read: _Read, kinds: list[Due], limit: int | None, offset: int) -> _Found:
    found = read(_SHOWN, kinds=kinds, limit=limit, offset=offset)
    counts = {Due(due): total for _staff, due, total, _is_asked in found}
    return counts, [(staff, due) for staff, due, _total, is_asked in found if is_asked]


def _of_everybody(read: _Read, kinds: list[Due], limit: int | None, offset: int) -> _Found:
    with planned_with(**_PLANNING):
        pages = holdings(_COUNTED, read, kinds=kinds, limit=limit or 0, offset=offset)
        if limit is None:
            named = read(_ALL, kinds=kinds)
        else:
            named = _paged(read, [(kind, pages[kind]) for kind in kinds if kind in pages], limit, offset)
    return {Due(kind): page.total for kind, page in pages.items()}, named


def _paged(
    read: _Read, pages: Iterable[tuple[Due, Holding]], limit: int, offset: int
) -> list[tuple[Any, ...]]:
    """One page of each kind, from the organisations that hold it."""
    held = [(kind.value, one, offset - page.before) for kind, page in pages for one in page.enrolments]
    if not held:
        return []
    kinds, enrolments, before = map(list, zip(*held, strict=True))
    return read(_PAGES, kinds=kinds, held=enrolments, before=before, limit=limit)


_DAYS_AHEAD = {Due.OVERDUE: 0, Due.MADE_UP: 0, Due.TODAY: 1, Due.TOMORROW: 2}


def due_rows(
    found: Outlook,
    ids: Sequence[UUID] | None = None,
    *,
    actor: Actor,
    at: datetime,
    is_clear: bool | None = None,
    rows: Mapping[UUID, StaffRow] | None = None,
) -> list[DueRow]:
    """Rows for those whom an outlook names, or some of them, in that order, each with the evidence of the dawn that
    decides; `is_clear` as `rows_of`. `rows`: of the ledger, where they were read already."""
    ids = list(found.due) if ids is None else ids
    if rows is None:
        rows = rows_by_id(ids, actor=actor, at=at, is_clear=is_clear)
    dawns = {staff: found.on + timedelta(days=_DAYS_AHEAD[found.due[staff]]) for staff in ids}
    judged = _judgements(dawns, found.categories, actor.reach(SEE))
    return [DueRow(rows[staff], found.due[staff], judged[staff]) for staff in ids]


def _judgements(
    dawns: Mapping[UUID, date], categories: Collection[Category], reach: Reach
) -> dict[UUID, Judgement]:
    """What shows that each of these missed the dawn that decides."""
    tasks = [task for dawn in set(dawns.values()) for task in match.tasks_of(categories, dawn, reach=reach)]
    found = match.evidence_by_day(tasks, list(dawns)) if tasks else {}
    return {staff: found[staff, dawn].judgement(State.MISSED, dawn) for staff, dawn in dawns.items()}
