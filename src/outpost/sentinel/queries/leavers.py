"""Today's ledger at the instant of a reading: who stands in it, and who has left it since the day's match.

A match judges those who stood there at the dawn, and its run stays as it is. While its day lasts, whoever has left
since is no longer one of those who missed: figures, lists, files and messages of today leave them out by what stands
here. Once the day is over it reads as it was matched.

To an employer whoever's facts do not show (`narrow.StaffShown`) counts as missed whenever they were judged, whatever
the match has found: neither a number nor a list tells whether there are facts. Nor does an
act of theirs after the match (off duty, a later day of joining): whoever is judged no longer is not missed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet, Sum

from outpost.core import clock
from outpost.core.actor import Reach
from outpost.core.db import rows_of
from outpost.sentinel.models import Enrolment, MatchCount, MatchRun
from outpost.sentinel.narrow import StaffTally
from outpost.sentinel.queries import match
from outpost.sentinel.queries.latest import is_employers
from outpost.sentinel.queries.match import Task
from outpost.sentinel.rules import CategoryRules, State, TestingRule

_JUDGED = (State.MET, State.MISSED)

# Whoever was found stood there; of the others only those who were entered before the match.
_OF_RUNS = """SELECT n.staff_id, r.id, r.category_id, n.enrolment_id, e.organization_id, f.id IS NOT NULL,
    n.shown_from IS NULL
  FROM sentinel_matchrun r
  JOIN sentinel_stafflatest n ON n.category_id = r.category_id
  JOIN sentinel_enrolment e ON e.id = n.enrolment_id
  LEFT JOIN sentinel_matchfinding f ON f.run_id = r.id AND f.staff_id = n.staff_id
  WHERE r.id = ANY(%(runs)s) AND {which}
    AND (f.id IS NOT NULL OR n.created_at <= r.data_as_of_at)"""
_LEFT = "n.left_at BETWEEN %(dawn)s AND %(at)s"
_UNSEEN = "n.shown_from IS NULL AND (n.left_at IS NULL OR n.left_at >= %(dawn)s AND NOT ({left}))"


@dataclass(frozen=True, slots=True)
class OfRun:
    """Somebody whom a run counts; `is_judged` by its rules, and by the job and the duty as they stand, for a run keeps
    the names of those who missed alone. `is_unseen`: no fact of theirs shows to the employer."""

    staff: UUID
    run: UUID
    category: str
    enrolment: UUID
    organization: UUID
    is_judged: bool
    is_missed: bool
    is_unseen: bool


@dataclass(frozen=True, slots=True)
class Change:
    """By how many the figures of one organisation in a run read otherwise than they were kept."""

    category: str
    organization: UUID
    enrolment: UUID
    judged: int
    missed: int


def changes(left: Sequence[OfRun], unknown: Sequence[OfRun] = (), *, to_employers: bool) -> list[Change]:
    """What an instant and the reader make of the kept figures: without the leavers, and `to_employers` with the unseen
    (`unknown`) as missed.

    Whoever changed jobs or duty between the match and leaving is taken for what they were last; so that this never
    hides somebody who missed, as many are judged as missed.
    """
    judged: Counter[tuple[UUID, UUID]] = Counter()
    missed: Counter[tuple[UUID, UUID]] = Counter()
    for one in left:
        # Whether an unseen one missed is not told by what they count for among the judged either.
        tells = one.is_missed and not (to_employers and one.is_unseen)
        judged[one.run, one.enrolment] -= one.is_judged or tells
        missed[one.run, one.enrolment] -= one.is_missed
    for one in unknown:
        missed[one.run, one.enrolment] += one.is_judged - one.is_missed
    places = {(one.run, one.enrolment): one for one in (*left, *unknown)}
    kept = _kept(places)
    found = []
    for place, one in places.items():
        judged_then, missed_then = kept.get(place, (0, 0))
        judged_now = max(judged_then + judged[place], missed_then + missed[place])
        by = judged_now - judged_then, missed[place]
        found.append(Change(one.category, one.organization, one.enrolment, *by))
    return found


def _kept(places: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    runs, enrolments = {run for run, _ in places}, {enrolment for _, enrolment in places}
    counts = MatchCount.objects.filter(run__in=runs, enrolment__in=enrolments)
    rows = counts.values_list("run_id", "enrolment_id", "judged", "missed")
    return {(run, enrolment): (judged, missed) for run, enrolment, judged, missed in rows}


def leavers(runs: Iterable[MatchRun], *, at: datetime) -> list[OfRun]:
    """Who of these runs of one day has left the ledger by the instant; nobody when the day is over."""
    today = clock.local_day(at)
    return _of_runs([run for run in runs if run.on == today], _LEFT, at)


def unseen(runs: Iterable[MatchRun], reach: Reach, *, at: datetime) -> list[OfRun]:
    """Of whom of these runs of one day no fact shows to a reader of this reach, who takes for missed whoever of them is
    judged and nobody else, whatever was found; nobody for officers."""
    if not is_employers(reach):
        return []
    return within(unseen_by_employers(runs, at=at), Enrolment.objects.within(reach))


def unseen_by_employers(runs: Iterable[MatchRun], *, at: datetime) -> list[OfRun]:
    """The same, of all organisations."""
    known = list(runs)
    is_today = any(run.on == clock.local_day(at) for run in known)
    found = _of_runs(known, _UNSEEN.format(left=_LEFT if is_today else "false"), at)
    return [one for one in found if one.is_judged or one.is_missed]


def _of_runs(runs: Sequence[MatchRun], which: str, at: datetime) -> list[OfRun]:
    if not runs:
        return []
    values = {"runs": [run.id for run in runs], "dawn": clock.day_start(runs[0].on), "at": at}
    rows = rows_of(_OF_RUNS.replace("{which}", which), values)
    tasks = [task for run in runs for task in tasks_of_run(run)]
    states = match.states(tasks, [row[0] for row in rows]) if rows else {}
    return [
        OfRun(
            *(staff, run, category, enrolment, organization),
            is_judged=states.get(staff) in _JUDGED,
            is_missed=is_missed,
            is_unseen=is_unseen,
        )
        for staff, run, category, enrolment, organization, is_missed, is_unseen in rows
    ]


Placed = TypeVar("Placed", OfRun, Change)


def within(those: Sequence[Placed], enrolments: QuerySet[Enrolment]) -> list[Placed]:
    """Those of some organisations."""
    if not those:
        return []
    mine = set(enrolments.filter(id__in={one.enrolment for one in those}).values_list("id", flat=True))
    return [one for one in those if one.enrolment in mine]


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


def standing_now(reach: Reach) -> dict[str, int]:
    """By category, how many stand in the ledger now, within reach: as many as the list of staff has."""
    sums = StaffTally.objects.all()
    if not reach.everything:
        sums = sums.filter(enrolment__in=Enrolment.objects.within(reach))
    return dict(sums.values_list("enrolment__category").annotate(Sum("people")))
