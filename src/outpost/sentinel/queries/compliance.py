"""The compliance report: per category the rule, the totals and the people who missed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from outpost.core import clock
from outpost.core.actor import NOTHING, Actor, Reach
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.figures.declared import rate
from outpost.regions.queries import principal_of
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.models import (
    AS_ENTERED,
    Category,
    Enrolment,
    MatchCount,
    MatchFinding,
    MatchRun,
    StaffMember,
)
from outpost.sentinel.queries import match
from outpost.sentinel.queries.categories import rules_as_json, rules_of
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
from outpost.sentinel.rules import CategoryRules, Judgement, State

ACTION = SEE_COMPLIANCE
BATCH = 1000
PLACES = ("town", "organization")  # what narrows a day's list
ORDER = ("enrolment__organization__region_id", "enrolment__organization__name", *AS_ENTERED)


class Found(Protocol):
    """Who missed, read when it is asked for: pages of figures need nobody, a list only those of its page."""

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
    missed: Sequence[UUID] = ()
    reach: Reach = NOTHING

    def staff(self) -> QuerySet[StaffMember]:
        return StaffMember.objects.within(self.reach).filter(id__in=self.missed)

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


@dataclass(frozen=True, slots=True)
class Missed:
    """A staff member who missed the rule; names and phones are masked unless `is_clear`."""

    staff: UUID
    person_id: UUID
    organization: str
    town: str
    name: str
    phone: str
    principal: str
    principal_phone: str
    last_sampled_at: datetime | None
    judgement: Judgement
    is_clear: bool
    stands: bool  # in the ledger still, where a name leads

    @property
    def id(self) -> UUID:
        """What a list ticks."""
        return self.staff


def compliance(
    on: date,
    *,
    actor: Actor,
    at: datetime,
    categories: Sequence[str] | None = None,
    action: str = ACTION,
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
    touched = set(Enrolment.objects.within(reach).values_list("category_id", flat=True).distinct())
    met = [category for category in active if reach.everything or category.code in touched]
    if unknown := set(codes or ()) - {category.code for category in met}:
        known = "、".join(category.code for category in met)
        raise Refusal(CATEGORY_UNKNOWN, found="、".join(sorted(unknown)), known=known)
    return [category for category in met if codes is None or category.code in codes]


def _standings(categories: Sequence[Category], on: date, reach: Reach, at: datetime) -> list[Standing]:
    """As the day was matched, else as it is judged now; today with the staff of the ledger as it is."""
    runs = MatchRun.objects.filter(category__in=categories, on=on, is_latest=True).select_related("category")
    kept = {run.category_id: run for run in runs}
    found = [
        _kept(category, kept[category.code], reach, at)
        if category.code in kept
        else _judged_now(category, on, reach, at)
        for category in categories
    ]
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
    tally = match.tallies(tasks)[category.code, on]
    counts = [states for enrolment, states in tally.counts.items() if enrolment in enrolments]
    missed = sum(states[State.MISSED] for states in counts)
    judged = missed + sum(states[State.MET] for states in counts)
    staff = sum(states.total() for states in counts)
    return Standing(category, on, rules, None, staff, judged, missed, _JudgedNow(tasks, tally.missed, reach))


def _kept(category: Category, run: MatchRun, reach: Reach, at: datetime) -> Standing:
    counts = MatchCount.objects.filter(run=run)
    if not reach.everything:
        counts = counts.filter(enrolment__in=Enrolment.objects.within(reach))
    sums = counts.aggregate(
        staff=Sum("staff", default=0), judged=Sum("judged", default=0), missed=Sum("missed", default=0)
    )
    rules = rules_of_run(run)
    unknown = unseen([run], reach, at=at)
    found = _Kept(
        *(run, rules, reach),
        is_over=run.on != clock.local_day(at),
        unseen=frozenset(one.staff for one in unknown if one.is_judged),
        spared=frozenset(one.staff for one in unknown if not one.is_judged),
    )
    left = within(leavers([run], at=at), Enrolment.objects.within(reach))
    changed = changes(left, unknown, to_employers=is_employers(reach))
    judged = sums["judged"] + sum(one.judged for one in changed)
    missed = sums["missed"] + sum(one.missed for one in changed)
    return Standing(category, run.on, rules, run, sums["staff"], judged, missed, found, changed)


def people(
    standing: Standing, *, staff: Sequence[UUID] | None = None, is_clear: bool = False
) -> Iterator[Missed]:
    """The people who missed, or some of them, by town, organisation and record; masked unless `is_clear`.

    The caller has asked for the right and the purpose before it passes `is_clear`.
    """
    wanted = list(standing.found.staff().values_list("id", flat=True)) if staff is None else staff
    found = {one.staff: one for one in standing.found.evidence(wanted)}
    members = StaffMember.objects.filter(id__in=found).select_related("enrolment__organization__region")
    for member in members.order_by(*ORDER).iterator(BATCH):
        one = found[member.id]
        yield _missed(member, one, one.judgement(State.MISSED, standing.on), is_clear)


def missed_in(standing: Standing, *, town: str = "", organization: str = "") -> QuerySet[StaffMember]:
    """Who missed in a place, in no order: `town` is a region code, `organization` a part of the name."""
    wanted = standing.found.staff()
    if town:
        wanted = wanted.filter(enrolment__organization__region__code__startswith=town)
    if organization:
        wanted = wanted.filter(enrolment__organization__name__icontains=organization.strip())
    return wanted


def missed_page(
    standing: Standing,
    *,
    town: str = "",
    organization: str = "",
    is_clear: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Missed], int]:
    """The rows of one page and how many there are in all, by town, organisation and record.

    The places are those of `missed_in`. Only the rows of the page are opened, in clear only where all of them are the
    reader's own.
    """
    wanted = missed_in(standing, town=town, organization=organization)
    page = list(wanted.order_by(*ORDER).values_list("id", flat=True)[offset : offset + limit])
    return list(people(standing, staff=page, is_clear=is_clear)), wanted.count()


def _missed(member: StaffMember, one: Evidence, judgement: Judgement, is_clear: bool) -> Missed:
    organization = member.enrolment.organization
    stated, principal = member.stated(ring()), principal_of(organization)
    if not is_clear:
        stated, principal = stated.masked(), principal.masked()
    return Missed(
        staff=member.id,
        person_id=member.person_id,
        organization=organization.name,
        town=organization.region.name,
        name=stated.name,
        phone=stated.phone,
        principal=principal.name,
        principal_phone=principal.phone,
        last_sampled_at=one.last_sampled_at,
        judgement=judgement,
        is_clear=is_clear,
        stands=member.removed_at is None and member.enrolment.removed_at is None,
    )


def report(
    on: date,
    *,
    actor: Actor,
    at: datetime,
    categories: Sequence[str] | None = None,
    is_clear: bool = False,
) -> dict[str, Any]:
    """The report as JSON-ready values: `{"date", "categories": [{"code", …, "people": […]}]}`.

    Instants are ISO 8601 in the configured zone, windows are two inclusive days.
    """
    return as_report(on, compliance(on, actor=actor, at=at, categories=categories), is_clear=is_clear)


def as_report(
    on: date,
    standings: Sequence[Standing],
    *,
    shown: Mapping[str, Sequence[UUID]] | None = None,
    is_clear: bool = False,
) -> dict[str, Any]:
    """The same of standings that were read before; `shown`: by category the only staff to name."""
    only = shown or {}
    return {
        "date": on.isoformat(),
        "categories": [
            {
                "code": standing.category.code,
                "name": standing.category.name,
                "department": standing.category.department.name if standing.category.department else None,
                **rules_as_json(standing.rules),
                "staff": standing.staff,
                "judged": standing.judged,
                "missed": standing.missed,
                "people": [
                    _as_json(one)
                    for one in people(standing, staff=only.get(standing.category.code), is_clear=is_clear)
                ],
            }
            for standing in standings
        ],
    }


def _as_json(one: Missed) -> dict[str, Any]:
    days = one.judgement.window
    last = one.last_sampled_at
    return {
        "organization": one.organization,
        "name": one.name,
        "phone": one.phone,
        "principal": one.principal,
        "principal_phone": one.principal_phone,
        "last_sampled_at": last.astimezone(clock.zone()).isoformat() if last else None,
        "window": [days.first.isoformat(), days.last.isoformat()] if days else None,
        "required": one.judgement.required,
        "found": one.judgement.found,
    }
