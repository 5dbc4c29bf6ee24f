"""The nightly match: who missed the rule of the day, kept with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.db import copy_rows, hold_lock
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.sentinel.actions import RUN_MATCH
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.models import Category, JobRule, MatchFinding, MatchRun
from outpost.sentinel.queries import match
from outpost.sentinel.queries.match import Evidence, Tally, Task
from outpost.sentinel.rules import State


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One category's kept run. `newly_*` compare it with the day's earlier run."""

    run: UUID
    category: str
    staff: int
    judged: int
    missed: int
    newly_missed: int
    newly_met: int


@transaction.atomic
def run_match(
    on: date, *, actor: Actor, at: datetime, categories: Sequence[str] | None = None
) -> list[RunSummary]:
    """Judge every category in which a rule is on, for the dawn of day `on`, and keep the runs.

    Repeating it with the same data makes the same findings; when records came late, the new run replaces the
    earlier one as the latest and says how many people are newly missed or newly met. Runs of one day wait for
    each other. Raises Refusal for a category that does not exist.
    """
    actor.require(RUN_MATCH)
    hold_lock("sentinel.match")
    chosen = _chosen(categories)
    tasks = {category: found for category in chosen if (found := match.tasks_of([category], on))}
    as_of = match.data_as_of()
    tallies = match.tallies([task for found in tasks.values() for task in found])
    summaries = [
        _keep_run(category, found, tallies[category.code, on], as_of) for category, found in tasks.items()
    ]
    audit.record(
        "sentinel.match_run",
        actor=actor,
        at=at,
        object_id=on.isoformat(),
        count=sum(summary.staff for summary in summaries),
        detail={"categories": len(summaries), "missed": sum(summary.missed for summary in summaries)},
    )
    return summaries


def _chosen(codes: Sequence[str] | None) -> QuerySet[Category]:
    # Locked as by whoever changes a rule: or the narrow rows would lapse by another one than the run keeps.
    active = (
        Category.objects.in_use().select_for_update(of=("self",), no_key=True).prefetch_related("job_rules")
    )
    if codes is None:
        return active
    chosen = active.filter(code__in=codes)
    for code in set(codes) - {category.code for category in chosen}:
        raise Refusal(CATEGORY_UNKNOWN, found=code, known="、".join(c.code for c in active))
    return chosen


def _keep_run(category: Category, tasks: Sequence[Task], tally: Tally, as_of: datetime) -> RunSummary:
    on = tasks[0].on
    before = MatchRun.objects.filter(category=category, on=on, is_latest=True).first()
    earlier = _missed_of(before)
    missed = set(tally.missed)
    if before is not None:
        before.is_latest = False
        before.save(update_fields=["is_latest"])
    total = tally.total()
    run = MatchRun(
        id=new_id(),
        category=category,
        on=on,
        window_days=category.window_days,
        least_tests=category.least_tests,
        counts_days=category.counts_days,
        job_rules=[_kept(rule) for rule in category.job_rules.all()],
        judges_new_joiners=category.judges_new_joiners,
        data_as_of_at=as_of,
        staff=total.total(),
        judged=total[State.MET] + total[State.MISSED],
        missed=len(missed),
        newly_missed=0 if before is None else len(missed - earlier),
        newly_met=0 if before is None else len(earlier - missed),
    )
    run.save(force_insert=True)
    _keep_counts(run, tally)
    _keep_findings(run, match.evidence(tasks, tally.missed))
    return RunSummary(
        run.id, category.code, run.staff, run.judged, run.missed, run.newly_missed, run.newly_met
    )


def _kept(rule: JobRule) -> dict[str, str | int | bool | None]:
    return {name: getattr(rule, name) for name in ("job_type", "window_days", "least_tests", "counts_days")}


def _missed_of(run: MatchRun | None) -> set[UUID]:
    if run is None:
        return set()
    return set(MatchFinding.objects.filter(run=run).values_list("staff_id", flat=True))


def _keep_counts(run: MatchRun, tally: Tally) -> None:
    copy_rows(
        "sentinel_matchcount",
        ["run_id", "enrolment_id", "staff", "judged", "missed"],
        (
            (
                run.id,
                enrolment,
                states.total(),
                states[State.MET] + states[State.MISSED],
                states[State.MISSED],
            )
            for enrolment, states in tally.counts.items()
        ),
    )


def _keep_findings(run: MatchRun, found: list[Evidence]) -> None:
    zone = clock.zone()
    copy_rows(
        "sentinel_matchfinding",
        ["run_id", "staff_id", "job_type", "found", "samples", "last_sampled_at"],
        (
            (
                *(run.id, one.staff, one.job_type),
                *(one.rule.found(one.samples, zone), one.samples, one.last_sampled_at),
            )
            for one in found
        ),
    )
