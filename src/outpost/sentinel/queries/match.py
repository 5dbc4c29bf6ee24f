"""The set-based twin of `rules.judge` and `rules.CategoryRules.of`: how a narrow row is judged, and of some staff.

A narrow row (`queries.latest`) holds the person's few latest samples: they decide as `rules.kth_latest_decides` says.
Only where they cannot is the history counted. A property test holds this SQL against the pure rule. Everybody at once
is judged by `queries.everybody`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from outpost.core import clock
from outpost.core.actor import EVERYTHING, Reach
from outpost.core.db import RowCondition, rows_of, value_of
from outpost.health.rules import LATEST_KEPT
from outpost.sentinel.models import Category
from outpost.sentinel.queries import latest
from outpost.sentinel.queries.categories import rules_of, with_rules
from outpost.sentinel.rules import CategoryRules, Judgement, State, TestingRule, latest_joining_day, window


@dataclass(frozen=True, slots=True)
class Task:
    """One rule of one category for the dawn of one day.

    It holds for the staff of `job_type`; when that is empty, for all but the `others`, whose jobs have rules of their
    own. Without a rule they are counted and not judged. Whoever left after the dawn is judged, unless it is read at an
    instant of the day, `read_at`, by which they had left. `is_shown`: by what the employer is shown
    (`latest.as_shown`). `is_in_force`: the rule that holds and by which the narrow rows lapse, not one on trial or of
    an earlier run.
    """

    category: str
    rule: TestingRule | None
    on: date
    judges_new_joiners: bool = False
    job_type: str = ""
    others: tuple[str, ...] = ()
    read_at: datetime | None = None
    is_shown: bool = False
    is_in_force: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of one person: the samples inside the window and the last one before the judged day.

    `job_type` says by whose rule the person is judged: empty for the category's.
    """

    staff: UUID
    job_type: str
    rule: TestingRule
    samples: list[datetime]
    last_sampled_at: datetime | None

    def judgement(self, state: State, on: date) -> Judgement:
        """The same, ready to be put into words."""
        zone = clock.zone()
        local = tuple(at.astimezone(zone) for at in self.samples)
        return Judgement(state, self.rule, window(self.rule, on), self.rule.found(self.samples, zone), local)


_JUST = timedelta(microseconds=1)
_BETWEEN_JOBS = "\x1f"  # stands in no text of a ledger


def _history(t: str) -> str:
    return f"""health_testrecord h
        WHERE h.person_id = n.person_id AND NOT h.is_withdrawn AND NOT h.is_repeated
        AND h.sampled_at >= {t}.start_at AND h.sampled_at < {t}.end_at"""


def days(at: str) -> str:
    """SQL: on how many days these instants lie."""
    return f"count(DISTINCT ({at} AT TIME ZONE %(zone)s)::date)"


def _span(t: str) -> tuple[str, str]:
    return f"{t}.before_start", f"{t}.before_end"


def is_met(t: str) -> str:
    """SQL: whether the narrow row `n` meets the rule of the task `t`, the twin of `rules.kth_latest_decides`.

    No more days than samples can have been sampled. What the latest samples leave open is counted from the records,
    one person at a time, because hardly anybody is.
    """
    kept = latest.those_inside(*_span(t))
    return f"""CASE
    WHEN {latest.inside(*_span(t))} >= {t}.least AND (NOT {t}.counts_days OR
      (SELECT {days("kept.at")} FROM unnest({kept}) kept (at)) >= {t}.least) THEN true
    WHEN {latest.may_lack(f"{t}.before_start")} THEN {t}.least <=
      (SELECT CASE WHEN {t}.counts_days THEN {days("h.sampled_at")} ELSE count(*) END FROM {_history(t)})
    ELSE false END"""


def tasks_sql(t: str, where: str = "") -> str:
    """SQL: the tasks that `task_parameters` passes for the alias `t`, a row each, with that alias;
    only some of them with a `where`."""
    # OFFSET: or the planner would have the jobs split once a person instead of once a task. Quoted, because a bare 0
    # is cast first, and what is cast there keeps parallel workers away.
    return f"""(SELECT *, string_to_array(joined_jobs, '{_BETWEEN_JOBS}') AS jobs,
      CASE WHEN is_rest THEN '' ELSE joined_jobs END AS job_type,
      start_at - interval '1 microsecond' AS before_start, end_at - interval '1 microsecond' AS before_end
    FROM unnest(%({t}_categories)s::text[], %({t}_jobs)s::text[], %({t}_is_rest)s::bool[], %({t}_days)s::date[],
      %({t}_starts)s::timestamptz[], %({t}_ends)s::timestamptz[], %({t}_least)s::int[], %({t}_counts_days)s::bool[],
      %({t}_joined_by)s::date[], %({t}_stands_at)s::timestamptz[])
    WITH ORDINALITY AS t (category_id, joined_jobs, is_rest, on_day, start_at, end_at, least, counts_days, joined_by,
      stands_at, n) {where} OFFSET '0') {t}"""


def concerns(t: str) -> str:
    """SQL: whether the task is about the narrow row `n`, the twin of `rules.CategoryRules.of`."""
    return f"{t}.category_id = n.category_id AND (n.job_type = ANY({t}.jobs)) <> {t}.is_rest"


def is_judged(t: str, a: str) -> str:
    """SQL: whether the narrow row is judged; without a rule there is no `joined_by`."""
    return f"{a}.staff_id IS NULL AND n.joined_on <= {t}.joined_by"


# Who stood in the ledger at the dawn, or stands there still (`Task.read_at`); who joined later does not.
_IN_LEDGER = "(n.left_at IS NULL OR n.left_at >= t.stands_at) AND n.joined_on <= t.on_day"


def ledger(
    rows: str = "sentinel_stafflatest n", joined: str = "", spells: str = "sentinel_dutyspell d"
) -> str:
    """SQL: narrow rows `n` that stood in the ledger, each with its task `t` and, where a spell off duty covers its day
    (few), `a`; `spells`: those that can."""
    return f"""FROM {rows}
  JOIN {tasks_sql("t")} ON {concerns("t")}
  LEFT JOIN (SELECT DISTINCT d.staff_id, t.on_day FROM {tasks_sql("t")} JOIN {spells}
    ON d.starts_on <= t.on_day AND (d.ends_on IS NULL OR d.ends_on > t.on_day)) a
    ON a.staff_id = n.staff_id AND a.on_day = t.on_day AND t.least IS NOT NULL {joined}
  WHERE {_IN_LEDGER}"""


_STATE = f"""CASE
    WHEN t.least IS NULL THEN 'no_rule'
    WHEN a.staff_id IS NOT NULL THEN 'off_duty'
    WHEN n.joined_on > t.joined_by THEN 'new_joiner'
    WHEN {is_met("t")} THEN 'met' ELSE 'missed' END AS state"""
# For some people not all spells are gone through.
_THEIR_SPELLS = "(SELECT * FROM sentinel_dutyspell d WHERE d.staff_id = ANY(%(staff)s)) d"
_STATES = f"SELECT n.staff_id, {_STATE} {ledger(spells=_THEIR_SPELLS)} AND n.staff_id = ANY(%(staff)s)"
_OF_ROW = tasks_sql("t", "WHERE t.category_id = n.category_id")
_MISSES = f"""EXISTS (SELECT FROM (SELECT {{row}}.*) n JOIN LATERAL {_OF_ROW} ON {concerns("t")}
  WHERE n.joined_on <= t.joined_by AND NOT {is_met("t")})"""

WITH_EVIDENCE = f"""CROSS JOIN LATERAL (
    SELECT n.sampled_at[nullif({latest.before("t.before_end")}, 0)] AS last_at,
           {latest.may_lack("t.before_start")} AS may_lack) kept
  CROSS JOIN LATERAL (
    SELECT CASE WHEN kept.may_lack THEN
        (SELECT array_agg(h.sampled_at ORDER BY h.sampled_at) FROM {_history("t")})
      ELSE {latest.those_inside(*_span("t"))} END AS samples) found
  LEFT JOIN LATERAL (
    SELECT max(h.sampled_at) AS last_at FROM health_testrecord h
    WHERE kept.last_at IS NULL AND cardinality(n.sampled_at) = {LATEST_KEPT}
      AND h.person_id = n.person_id AND NOT h.is_withdrawn AND NOT h.is_repeated
      AND h.sampled_at < t.end_at) older ON true"""
"""SQL: joins that give `EVIDENCE` of a narrow row `n` under its task `t`."""
EVIDENCE = """n.staff_id, t.n, coalesce(found.samples, '{}') AS samples,
    coalesce(kept.last_at, older.last_at) AS last_at"""
_EVIDENCE_OF = f"""SELECT {EVIDENCE}
  FROM sentinel_stafflatest n
  JOIN {tasks_sql("t")} ON {concerns("t")} AND t.least IS NOT NULL
  {WITH_EVIDENCE}
  WHERE n.staff_id = ANY(%(staff)s)"""
_JUDGED = f"""SELECT {EVIDENCE}, {_STATE}
  {ledger(joined=WITH_EVIDENCE, spells=_THEIR_SPELLS)} AND t.least IS NOT NULL AND n.staff_id = ANY(%(staff)s)
  ORDER BY t.on_day"""


def task_parameters(tasks: Sequence[Task], t: str) -> dict[str, Any]:
    """What a statement takes that reads these tasks under the alias `t`."""
    windows = [_instants(task) for task in tasks]
    jobs = [_BETWEEN_JOBS.join((task.job_type,) if task.job_type else task.others) for task in tasks]
    passed: dict[str, list[Any]] = {
        "categories": [task.category for task in tasks],
        "jobs": jobs,
        "is_rest": [not task.job_type for task in tasks],
        "days": [task.on for task in tasks],
        "starts": [start for start, _ in windows],
        "ends": [end for _, end in windows],
        "least": [task.rule.least_tests if task.rule else None for task in tasks],
        "counts_days": [task.rule is not None and task.rule.counts_days for task in tasks],
        "joined_by": [joined_by(task) for task in tasks],
        "stands_at": [
            end if task.read_at is None else task.read_at + _JUST
            for task, (_, end) in zip(tasks, windows, strict=True)
        ],
    }
    latest_day = max((task.on for task in tasks), default=None)
    of_day = {
        "day": latest_day,
        "dawn": latest_day and clock.day_start(latest_day),
        "first_joined_by": min(filter(None, passed["joined_by"]), default=latest_day),
        "first_stands_at": min(passed["stands_at"], default=None),
    }
    return {"zone": settings.TIME_ZONE} | {f"{t}_{name}": value for name, value in (of_day | passed).items()}


def _instants(task: Task) -> tuple[datetime, datetime]:
    """The window; without a rule an empty one that ends at the dawn."""
    if task.rule is None:
        return clock.day_start(task.on), clock.day_start(task.on)
    return window(task.rule, task.on).instants(clock.zone())


def joined_by(task: Task) -> date | None:
    """The last day of joining with which somebody is judged; None without a rule."""
    if task.rule is None:
        return None
    return latest_joining_day(task.rule, task.on, judges_new_joiners=task.judges_new_joiners)


def tasks_of(categories: Iterable[Category], on: date, *, reach: Reach = EVERYTHING) -> list[Task]:
    """The rules of categories as tasks for one day; none for a category in which nobody is judged. `reach`: of who
    reads what comes of it."""
    is_shown = latest.is_employers(reach)
    return [
        replace(task, is_shown=is_shown, is_in_force=not is_shown)
        for one in with_rules(categories)
        for task in tasks_under(rules_of(one), one.code, on, judges_new_joiners=one.judges_new_joiners)
    ]


def tasks_under(rules: CategoryRules, category: str, on: date, *, judges_new_joiners: bool) -> list[Task]:
    """A task for each job type with a rule, switched off ones too, and one for the rest of the category.

    Raises Refusal DAY_OUT_OF_RANGE.
    """
    clock.check_day(on)
    if not rules.is_on:
        return []
    own = Task(category, rules.own, on, judges_new_joiners, others=tuple(rules.by_job))
    return [own, *(Task(category, rule, on, judges_new_joiners, job) for job, rule in rules.by_job.items())]


def states(tasks: Sequence[Task], staff: Sequence[UUID]) -> dict[UUID, State]:
    """The states of some staff members, for a list page; the tasks are of one day."""
    return {member: State(state) for member, state in rows_for(_STATES, tasks, staff=list(staff))}


def misses(tasks: Sequence[Task], table: str) -> RowCondition:
    """Whether a row of this table of narrow rows, on duty, missed: judged by itself, for a few; the tasks are of one
    day."""
    return RowCondition(_for_reader(_MISSES, tasks), task_parameters(tasks, "t"), table)


def rows_for(statement: str, tasks: Sequence[Task], **parameters: Any) -> list[tuple[Any, ...]]:
    """What a statement finds that reads these tasks as `t`, as their reader is shown it."""
    return rows_of(_for_reader(statement, tasks), task_parameters(tasks, "t") | parameters)


def _for_reader(statement: str, tasks: Sequence[Task]) -> str:
    return latest.as_shown(statement) if any(task.is_shown for task in tasks) else statement


def evidence(tasks: Sequence[Task], staff: Sequence[UUID]) -> list[Evidence]:
    """What was found of those of these staff members who have a rule, each by their own; the tasks are of one day."""
    return list(evidence_by_day(tasks, staff).values())


def evidence_by_day(tasks: Sequence[Task], staff: Sequence[UUID]) -> dict[tuple[UUID, date], Evidence]:
    """The same of several days, by staff member and day."""
    found = rows_for(_EVIDENCE_OF, tasks, staff=list(staff))
    return {
        (member, tasks[number - 1].on): _evidence(tasks[number - 1], member, samples, last)
        for member, number, samples, last in found
    }


def judged_by_day(tasks: Sequence[Task], member: UUID) -> list[tuple[date, Evidence, State]]:
    """How a staff member stands on each of several days on which they stand in the ledger under a rule, the first day
    first, and by what."""
    return [
        (task.on, _evidence(task, staff, samples, last), State(state))
        for staff, number, samples, last, state in rows_for(_JUDGED, tasks, staff=[member])
        for task in [tasks[number - 1]]
    ]


def _evidence(task: Task, member: UUID, samples: list[datetime], last: datetime | None) -> Evidence:
    if task.rule is None:
        raise ValueError("nobody is judged without a rule: no statement reads evidence of them")
    return Evidence(member, task.job_type, task.rule, samples, last)


def data_as_of() -> datetime:
    """The instant of the database: what the run has seen."""
    instant: datetime = value_of("SELECT now()")
    return instant
