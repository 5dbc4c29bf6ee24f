"""Who is overdue today and who will be, should no further sample be taken: 预警, the principal's first question."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.db import planned_with
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.sentinel.models import Category, StaffMember
from outpost.sentinel.queries import latest, match
from outpost.sentinel.queries.categories import categories
from outpost.sentinel.queries.staff import StaffRow, rows_of
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
    """How many are due of each kind, and those who were asked for, in the order of the ledger; nobody for whom no rule
    holds."""

    on: date
    counts: Counter[Due]
    due: dict[UUID, Due]


DAWNS = ("t0", "t1", "t2")  # today's and the next two, as the SQL calls them


def _missed(t: str) -> str:
    return f"({match.is_judged(t, f'away_{t}')} AND NOT {match.is_met(t)})"


_TODAY, _TOMORROW, _DAY_AFTER = map(_missed, DAWNS)
_NEXT = "".join(f"\n  JOIN {match.tasks_sql(t)} ON {t}.n = t0.n" for t in DAWNS[1:])
_AWAY = "".join(f"\n  {match.away(t, f'away_{t}')}" for t in DAWNS)

# What missing each of the three dawns comes to.
_STANDING = f"""WITH standing AS MATERIALIZED (
  SELECT n.staff_id, g.name, n.created_at, n.position, CASE
      WHEN {_TOMORROW} THEN CASE WHEN {_TODAY} THEN '{Due.OVERDUE}' ELSE '{Due.TODAY}' END
      WHEN {_TODAY} THEN '{Due.MADE_UP}'
      WHEN {_DAY_AFTER} THEN '{Due.TOMORROW}' END AS due
  FROM sentinel_stafflatest n
  JOIN (SELECT e.id, o.name FROM {{enrolments}}) g ON g.id = n.enrolment_id
  JOIN {match.tasks_sql("t0")} ON {match.concerns("t0")}{_NEXT}{_AWAY}
  WHERE n.left_at IS NULL AND {latest.may_have_missed("%(t0_categories)s", "%(t2_day)s", "%(t0_dawn)s")})"""
_COUNTED = """SELECT due, count(*) AS number, NULL::uuid AS staff_id, NULL AS name,
  NULL::timestamptz AS created_at, NULL::int AS position FROM standing WHERE due IS NOT NULL GROUP BY due"""
_ORDER = "name, created_at, position, staff_id"
_LISTED = f"""(SELECT due, NULL, staff_id, name, created_at, position FROM standing WHERE due = '{{kind}}'
  ORDER BY {_ORDER} LIMIT %(limit)s OFFSET %(offset)s)"""
# What is computed of each row is dear: it is computed where the rows are read, by all workers.
_PLANNING = {"work_mem": "256MB", "cpu_operator_cost": "0.02"}


def outlook(
    chosen: Chosen,
    *,
    actor: Actor,
    at: datetime,
    kinds: Iterable[Due] = Due,
    limit: int | None = None,
    offset: int = 0,
    actions: Sequence[str] = (SEE,),
) -> Outlook:
    """Judge today's dawn and the next two for the staff of a part of the ledger, as far as all these actions reach;
    of each of the `kinds` name `limit` people (None: all), from `offset` on.

    The twin of `rules.forecast` over sets; a spell off duty that is known today counts from its first day.
    """
    today = clock.local_day(at)
    ledger = Ledger(today, today, chosen, [actor.reach(action) for action in actions])
    known = categories(actor=actor, action=SEE)
    passed: dict[str, Any] = {"limit": limit, "offset": offset}
    for days, t in enumerate(DAWNS):
        passed |= match.task_parameters(match.tasks_of(known, today + timedelta(days=days)), t)
    listed = [_LISTED.replace("{kind}", kind) for kind in kinds]
    statement = f"{_STANDING} {' UNION ALL '.join([_COUNTED, *listed])} ORDER BY {_ORDER}"
    with planned_with(**_PLANNING):
        rows = ledger.rows(statement, **passed)
    counts = Counter({Due(due): number for due, number, *_ in rows if number is not None})
    return Outlook(today, counts, {staff: Due(due) for due, number, staff, *_ in rows if number is None})


_DAYS_AHEAD = {Due.OVERDUE: 0, Due.MADE_UP: 0, Due.TODAY: 1, Due.TOMORROW: 2}


def due_rows(
    found: Outlook,
    ids: Sequence[UUID] | None = None,
    *,
    actor: Actor,
    at: datetime,
    is_clear: bool | None = None,
) -> list[DueRow]:
    """Rows for those whom an outlook names, or some of them, in that order, each with the evidence of the dawn that
    decides; `is_clear` as `rows_of`."""
    ids = list(found.due) if ids is None else ids
    members = StaffMember.objects.filter(id__in=ids).select_related(
        "enrolment__category", "enrolment__organization__region"
    )
    by_id = {row.id: row for row in rows_of(list(members), actor=actor, at=at, is_clear=is_clear)}
    categories = {member.enrolment.category_id: member.enrolment.category for member in members}
    due = {staff: found.due[staff] for staff in ids}
    judged = _judgements(due, categories.values(), found.on, actor.reach(SEE))
    return [DueRow(by_id[staff], found.due[staff], judged[staff]) for staff in ids]


def _judgements(
    wanted: Mapping[UUID, Due], categories: Iterable[Category], on: date, reach: Reach
) -> dict[UUID, Judgement]:
    by_dawn = defaultdict(list)
    for staff, due in wanted.items():
        by_dawn[on + timedelta(days=_DAYS_AHEAD[due])].append(staff)
    return {
        one.staff: one.judgement(State.MISSED, dawn)
        for dawn, staff_due in by_dawn.items()
        for one in match.evidence(match.tasks_of(categories, dawn, reach=reach), staff_due)
    }
