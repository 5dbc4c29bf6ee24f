"""Today's ledger at the instant of a reading: who stands in it, and who has left it since the day's match.

A match judges those who stood there at the dawn, and its run stays as it is. While its day lasts, whoever has left
since is no longer one of those who missed: figures, lists, files and messages of today leave them out by what stands
here. Once the day is over it reads as it was matched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from outpost.core import clock
from outpost.core.actor import Reach
from outpost.sentinel.models import Enrolment, MatchRun
from outpost.sentinel.queries import match
from outpost.sentinel.queries.latest import standing
from outpost.sentinel.queries.match import Task
from outpost.sentinel.rules import CategoryRules, State, TestingRule

_JUDGED = (State.MET, State.MISSED)

# Whoever was found stood there; of the others only those who were entered before the match.
_LEFT = """SELECT n.staff_id, n.enrolment_id, e.organization_id, f.id IS NOT NULL
  FROM sentinel_stafflatest n
  JOIN sentinel_enrolment e ON e.id = n.enrolment_id
  LEFT JOIN sentinel_matchfinding f ON f.run_id = %(run)s AND f.staff_id = n.staff_id
  WHERE n.left_at BETWEEN %(dawn)s AND %(at)s AND n.category_id = %(category)s
    AND (f.id IS NOT NULL OR n.created_at <= %(matched_at)s)"""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody whom a run counts and who has left since; `is_judged` by its rules, and by the duty as it stands."""

    run: UUID
    category: str
    enrolment: UUID
    organization: UUID
    is_judged: bool
    is_missed: bool


def leavers(runs: Iterable[MatchRun], *, at: datetime) -> list[Leaver]:
    """Who of these runs has left the ledger by the instant; nobody of the runs of days that are over."""
    today = clock.local_day(at)
    return [one for run in runs if run.on == today for one in _leavers(run, at)]


def _leavers(run: MatchRun, at: datetime) -> list[Leaver]:
    rows = _rows(run, at)
    states = match.states(tasks_of_run(run), [row[0] for row in rows]) if rows else {}
    return [
        Leaver(
            *(run.id, run.category_id, enrolment, organization),
            is_judged=is_missed or states.get(staff) in _JUDGED,
            is_missed=is_missed,
        )
        for staff, enrolment, organization, is_missed in rows
    ]


def within(left: Sequence[Leaver], enrolments: QuerySet[Enrolment]) -> list[Leaver]:
    """Those who stood in some organisations."""
    if not left:
        return []
    mine = set(enrolments.filter(id__in={one.enrolment for one in left}).values_list("id", flat=True))
    return [one for one in left if one.enrolment in mine]


def rules_of_run(run: MatchRun) -> CategoryRules:
    """The rules by which a run judged."""
    own = TestingRule.stored(run.window_days, run.least_tests, run.counts_days)
    by_job = {
        one["job_type"]: TestingRule.stored(one["window_days"], one["least_tests"], one["counts_days"])
        for one in run.job_rules
    }
    return CategoryRules(own, by_job)


def tasks_of_run(run: MatchRun) -> list[Task]:
    """The same as tasks."""
    joiners = run.judges_new_joiners
    return match.tasks_under(rules_of_run(run), run.category_id, run.on, judges_new_joiners=joiners)


def _rows(run: MatchRun, at: datetime) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "run": run.id,
        "category": run.category_id,
        "dawn": clock.day_start(run.on),
        "at": at,
        "matched_at": run.data_as_of_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, values)
        return list(cursor.fetchall())


def standing_now(reach: Reach) -> dict[str, int]:
    """By category, how many stand in the ledger now, within reach: as many as the list of staff has."""
    return dict(standing(reach).values_list("category_id").annotate(Count("staff_id")))
