"""The compliance report: how each category stands on a day; who missed it: `missed`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from outpost.core import clock
from outpost.core.actor import NOTHING, Actor, Reach
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.figures.declared import rate
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.models import Category, Enrolment, MatchCount, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.queries import everybody, match
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.queries.latest import is_employers
from outpost.sentinel.queries.leavers import (
    Change,
    changes,
    leavers,
    rules_of_run,
    standing_now,
    unseen,
    within,
)
from outpost.sentinel.queries.match import Evidence, Task
from outpost.sentinel.queries.sight import sight_of
from outpost.sentinel.rules import CategoryRules, State

ACTION = SEE_COMPLIANCE


class Found(Protocol):
    """Who missed, within `reach`, read when it is asked for: pages of figures need nobody, a list only those of its
    page."""

    @property
    def reach(self) -> Reach: ...

    def staff(self) -> QuerySet[StaffMember]:
        """The staff members, in no order."""

    def evidence(self, staff: Sequence[UUID]) -> list[Evidence]:
        """What was found of some of them."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The findings of a run, within reach, whom its reader takes for missed beside them and whom not
    (`leavers.unseen`)."""

    run: MatchRun
    rules: CategoryRules
    reach: Reach
    is_over: bool
    unseen: frozenset[UUID] = frozenset()
    spared: frozenset[UUID] = frozenset()

    def staff(self) -> QuerySet[StaffMember]:
        kept = MatchFinding.objects.filter(run=self.run)
        is_found = Q(id__in=kept.values("staff_id")) | Q(id__in=self.unseen)
        found = StaffMember.objects.within(self.reach).filter(is_found).exclude(id__in=self.spared)
        return found if self.is_over else found.current()

    def evidence(self, staff: Sequence[UUID]) -> list[Evidence]:
        sight = sight_of(staff, self.reach)
        found = [
            (one.staff_id, one.job_type, one.samples, one.last_sampled_at)
            for one in MatchFinding.objects.filter(run=self.run, staff__in=staff)
        ]
        others = self.unseen.intersection(staff) - {one[0] for one in found}
        jobs = StaffMember.objects.filter(id__in=others).values_list("id", "job_type")
        found += [(one, job if job in self.rules.by_job else "", [], None) for one, job in jobs]
        return [
            Evidence(one, job, rule, [at for at in samples if sight.seen(one, at)], sight.seen(one, last))
            for one, job, samples, last in found
            if (rule := self.rules.of(job)) is not None  # who has none is not found
        ]


@dataclass(frozen=True, slots=True)
class _JudgedNow:
    """Who missed on a day that was not matched, within reach."""

    tasks: Sequence[Task] = ()
    reach: Reach = NOTHING

    def staff(self) -> QuerySet[StaffMember]:
        return StaffMember.objects.within(self.reach).filter(id__in=everybody.who_missed(self.tasks))

    def evidence(self, staff: Sequence[UUID]) -> list[Evidence]:
        return match.evidence(self.tasks, staff) if staff else []


@dataclass(frozen=True, slots=True)
class Standing:
    """One category at the dawn of one day, narrowed to the reader's scope; of today without those who have left since.

    `staff` of today are those of the ledger now, of a day that is over those whom the match counted. `run` is None when
    the day was not matched: then the figures are judged now and not kept.
    `rules` are those of the run, else those in force; `changes` what the instant makes of the run's counts.
    """

    category: Category
    on: date
    rules: CategoryRules
    run: MatchRun | None
    staff: int
    judged: int
    missed: int
    found: Found = field(default=_JudgedNow(), repr=False)
    changes: Sequence[Change] = field(default=(), repr=False)

    @property
    def met(self) -> int:
        return self.judged - self.missed


@dataclass(frozen=True, slots=True)
class Total:
    """The total row over the categories."""

    staff: int
    judged: int
    missed: int

    @property
    def rate(self) -> str:
        return rate(self.judged - self.missed, self.judged)


def compliance(
    on: date, *, actor: Actor, at: datetime, categories: Sequence[str] | None = None, action: str = ACTION
) -> list[Standing]:
    """Every category in the reader's scope of `action` for the dawn of day `on`, read at an instant, in the categories'
    order.

    The kept run of the day counts; a day that was never matched is judged now. Raises Refusal for an
    unknown category.
    """
    reach = actor.reach(action)
    return _standings(_in_scope(reach, categories), on, reach, at)


def total_of(standings: Sequence[Standing]) -> Total:
    """The total row of the categories that have been judged, with the staff of all."""
    return Total(
        sum(one.staff for one in standings),
        sum(one.judged for one in standings),
        sum(one.missed for one in standings),
    )


def standing_of(code: str, on: date, *, actor: Actor, at: datetime) -> Standing:
    """One category of a day. Raises Refusal NOT_FOUND for one out of reach, just as for one that does not exist."""
    reach = actor.reach(ACTION)
    found = [category for category in _in_scope(reach, None) if category.code == code]
    if not found:
        raise Refusal(NOT_FOUND)
    return _standings(found, on, reach, at)[0]


def _in_scope(reach: Reach, codes: Sequence[str] | None) -> list[Category]:
    active = Category.objects.in_use().select_related("department").prefetch_related("job_rules")
    if not reach.everything:
        active = active.filter(Exists(Enrolment.objects.within(reach).filter(category=OuterRef("pk"))))
    met = list(active)
    if unknown := set(codes or ()) - {category.code for category in met}:
        known = "、".join(category.code for category in met)
        raise Refusal(CATEGORY_UNKNOWN, found="、".join(sorted(unknown)), known=known)
    return [category for category in met if codes is None or category.code in codes]


def _standings(categories: Sequence[Category], on: date, reach: Reach, at: datetime) -> list[Standing]:
    """As the day was matched, else as it is judged now; today with the staff of the ledger as it is."""
    runs = MatchRun.objects.filter(category__in=categories, on=on, is_latest=True).select_related("category")
    kept = _kept({category.code: category for category in categories}, list(runs), reach, at)
    found = [kept.get(one.code) or _judged_now(one, on, reach, at) for one in categories]
    if on != clock.local_day(at):
        return found
    staff = standing_now(reach)
    return [replace(one, staff=staff.get(one.category.code, 0)) for one in found]


def _judged_now(category: Category, on: date, reach: Reach, at: datetime) -> Standing:
    read_at = at if on == clock.local_day(at) else None
    tasks = [replace(task, read_at=read_at) for task in match.tasks_of([category], on, reach=reach)]
    enrolments = set(Enrolment.objects.within(reach).filter(category=category).values_list("id", flat=True))
    rules = rules_of(category)
    if not tasks:
        staff = StaffMember.objects.current().filter(enrolment__in=enrolments).count()
        return Standing(category, on, rules, None, staff, 0, 0)
    tally = everybody.tallies(tasks)[category.code, on]
    counts = [states for enrolment, states in tally.counts.items() if enrolment in enrolments]
    missed = sum(states[State.MISSED] for states in counts)
    judged = missed + sum(states[State.MET] for states in counts)
    staff = sum(states.total() for states in counts)
    return Standing(category, on, rules, None, staff, judged, missed, _JudgedNow(tasks, reach))


def _kept(
    categories: Mapping[str, Category], runs: Sequence[MatchRun], reach: Reach, at: datetime
) -> dict[str, Standing]:
    """By category, as these runs of one day counted it."""
    mine = Enrolment.objects.within(reach)
    counts = MatchCount.objects.filter(run__in=runs)
    if not reach.everything:
        counts = counts.filter(enrolment__in=mine)
    sums = {
        run: sums
        for run, *sums in counts.values_list("run").annotate(*map(Sum, ("staff", "judged", "missed")))
    }
    unknown = unseen(runs, reach, at=at)
    changed = changes(within(leavers(runs, at=at), mine), unknown, to_employers=is_employers(reach))
    found = {}
    for run in runs:
        code, rules = run.category_id, rules_of_run(run)
        hidden = [one for one in unknown if one.run == run.id]
        people = _Kept(
            *(run, rules, reach),
            is_over=run.on != clock.local_day(at),
            unseen=frozenset(one.staff for one in hidden if one.is_judged),
            spared=frozenset(one.staff for one in hidden if not one.is_judged),
        )
        staff, judged, missed = sums.get(run.id, (0, 0, 0))
        ours = [one for one in changed if one.category == code]
        judged += sum(one.judged for one in ours)
        missed += sum(one.missed for one in ours)
        found[code] = Standing(categories[code], run.on, rules, run, staff, judged, missed, people, ours)
    return found
