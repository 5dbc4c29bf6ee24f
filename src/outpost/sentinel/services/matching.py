"""The nightly match: who missed the rule of the day, kept with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import copy_rows, hold_lock
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.sentinel.actions import RUN_MATCH
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.models import Category, JobRule, MatchFinding, MatchRun
from outpost.sentinel.queries import everybody, match
from outpost.sentinel.queries.everybody import Tally
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


# What was found counts as `rules.TestingRule.found` counts it.
_KEEP_FINDINGS = f"""INSERT INTO sentinel_matchfinding (run_id, staff_id, job_type, found, samples, last_sampled_at)
  SELECT (%(runs)s::uuid[])[t.n], missed.staff_id, t.job_type,
    CASE WHEN t.counts_days THEN (SELECT {match.days("one.at")} FROM unnest(missed.samples) one (at))
      ELSE cardinality(missed.samples) END, missed.samples, missed.last_at
  FROM missed JOIN {match.tasks_sql("t")} ON t.n = missed.n"""


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
    tasks = match.tasks_of(chosen, on)
    runs = {task.category: new_id() for task in tasks}
    as_of = match.data_as_of()
    tallies = everybody.tallies_while(_KEEP_FINDINGS, tasks, runs=[runs[task.category] for task in tasks])
    summaries = [
        _keep_run(runs[category.code], category, tallies[category.code, on], on, as_of)
        for category in chosen
        if category.code in runs
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


def _keep_run(id_: UUID, category: Category, tally: Tally, on: date, as_of: datetime) -> RunSummary:
    """Keep the run of which the findings are kept already."""
    before = MatchRun.objects.filter(category=category, on=on, is_latest=True).first()
    if before is not None:
        before.is_latest = False
        before.save(update_fields=["is_latest"])
    total = tally.total()
    run = MatchRun(
        id=id_,
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
        missed=total[State.MISSED],
        newly_missed=0 if before is None else _found_by_one(id_, before.id),
        newly_met=0 if before is None else _found_by_one(before.id, id_),
    )
    run.save(force_insert=True)
    _keep_counts(run, tally)
    return RunSummary(
        run.id, category.code, run.staff, run.judged, run.missed, run.newly_missed, run.newly_met
    )


def _kept(rule: JobRule) -> dict[str, str | int | bool | None]:
    return {name: getattr(rule, name) for name in ("job_type", "window_days", "least_tests", "counts_days")}


def _found_by_one(run: UUID, other: UUID) -> int:
    """How many one run found and the other did not."""
    one, two = (MatchFinding.objects.filter(run=each).values("staff") for each in (run, other))
    return one.difference(two).count()


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
