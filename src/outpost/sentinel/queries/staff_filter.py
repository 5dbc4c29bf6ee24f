"""Which staff a list, an export or a count wants: what can be filtered by, and how."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    Exists,
    Expression,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, as_not_found
from outpost.core.ledgers import plain
from outpost.core.spells import covering
from outpost.fields.specs import FieldValue
from outpost.health.conditions import Condition
from outpost.health.queries import vaccinations
from outpost.health.queries.pass_filter import decided_by
from outpost.people import queries as people
from outpost.sentinel.actions import SEE_STAFF
from outpost.sentinel.columns import STAFF, Audience
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Category, DutySpell, Enrolment, StaffMember
from outpost.sentinel.narrow import LAST_SAMPLE, NarrowRow, StaffAway, StaffShown
from outpost.sentinel.queries import match
from outpost.sentinel.queries.categories import typed_fields
from outpost.sentinel.queries.latest import UNKNOWN_LAPSE, standing
from outpost.sentinel.rules import UNMATCHED_AFTER, Recency, State

SEE = SEE_STAFF
ON_DUTY = DutyState.ON_DUTY.value

_HOURS: Mapping[Recency, tuple[timedelta, timedelta]] = {
    Recency.WITHIN_24H: (timedelta(hours=24), timedelta.min),
    Recency.WITHIN_48H: (timedelta(hours=48), timedelta(hours=24)),
    Recency.WITHIN_72H: (timedelta(hours=72), timedelta(hours=48)),
    Recency.OVER_72H: (UNMATCHED_AFTER, timedelta(hours=72)),
}


@dataclass(frozen=True, slots=True)
class StaffFilter:
    """Empty means any. `organization` is an enrolment's id; `name` is a whole name or a surname,
    `phone` and `document` are whole values.

    `recency` is a `rules.Recency`, `state` a `rules.State` at today's dawn, `dose` one of DOSES, `duty` a duty state
    today, `pass_reason` a `passes.Condition`, `word` one of WORDS. `fields` are values of the category's fields by
    their codes, `plain` those of other columns by name.
    """

    category: str = ""
    town: str = ""
    organization: UUID | None = None
    organization_name: str = ""
    name: str = ""
    phone: str = ""
    document: str = ""
    recency: str = ""
    state: str = ""
    dose: str = ""
    pass_reason: str = ""
    duty: str = ""
    word: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)


DOSES = ("none", "given_1", "given_2", "given_3", "due_1", "due_2", "due_3")
"""The highest dose on record (none, or exactly the first, second, third or later), or the dose due today."""


WORDS = ("unconfirmed",)
"""Whose word says that name and number belong together: only the employer's."""

FILTERED = tuple(column.name for column in plain(STAFF) if column.is_filter)
"""The plain columns that can be filtered by, each by its whole value."""

PRIVATE = frozenset({"name", "phone", "document"})
"""Parts of the filter that hold identities: where a filter is stored or stands in an address, these are sealed."""


def filter_of(params: Mapping[str, str]) -> StaffFilter:
    """The filter that parameters describe, all texts: the names of `StaffFilter`, `field.<code>` for extra fields.

    Raises Refusal when the value of an extra field is none; what is not known otherwise matches nothing.
    """
    category = params.get("category", "")
    texts = ("town", "organization_name", "name", "phone", "document")
    return StaffFilter(
        category=category,
        organization=_id(params.get("organization", "")),
        recency=_one_of(Recency, params.get("recency", "")),
        state=_one_of(State, params.get("state", "")),
        dose=_one_of(DOSES, params.get("dose", "")),
        pass_reason=_one_of(Condition, params.get("pass_reason", "")),
        duty=_one_of(DutyState, params.get("duty", "")),
        word=_one_of(WORDS, params.get("word", "")),
        fields=typed_fields(category, Audience.STAFF, params),
        plain={name: text for name in FILTERED if (text := params.get(name, ""))},
        **{name: params.get(name, "") for name in texts},
    )


def _id(text: str) -> UUID | None:
    """Raises Refusal NOT_FOUND for what names nothing."""
    with as_not_found():
        return UUID(text) if text else None


def _one_of(known: Iterable[str], text: str) -> str:
    """Raises Refusal NOT_FOUND for a value that no page offers."""
    if text and text not in set(known):
        raise Refusal(NOT_FOUND)
    return text


def filtered(
    wanted: StaffFilter,
    *,
    actor: Actor,
    at: datetime,
    action: str = SEE,
    tasks: Sequence[match.Task] | None = None,
) -> QuerySet[NarrowRow]:
    """The living staff that the actor may see and the filter wants, as their narrow rows, in no order; `tasks`: what
    `tasks_for` gives, where it was asked for already."""
    found = standing(actor.reach(action))
    if wanted.category:
        found = found.filter(category_id=wanted.category)
    if place := of_place(wanted):
        found = found.filter(enrolment__in=Enrolment.objects.filter(place))
    if person := _of_person(wanted, at):
        found = found.filter(staff__in=StaffMember.objects.filter(person))
    if wanted.recency:
        found = _of_recency(found, Recency(wanted.recency), at)
    if wanted.state:
        judged = tasks_for(wanted, actor=actor, at=at, action=action) if tasks is None else tasks
        found = _of_state(found, State(wanted.state), judged, clock.local_day(at))
    if wanted.dose:
        found = _of_dose(found, wanted.dose, clock.local_day(at))
    if wanted.pass_reason:
        found = _of_pass(found, Condition(wanted.pass_reason), at)
    if wanted.duty:
        found = of_duty(found, wanted.duty, clock.local_day(at))
    if wanted.word:
        found = found.filter(shown_from=None)
    return found


def of_place(wanted: StaffFilter) -> Q:
    """Which enrolments it wants."""
    condition = Q()
    if wanted.town:
        condition &= Q(organization__region__code__startswith=wanted.town)
    if wanted.organization:
        condition &= Q(id=wanted.organization)
    if wanted.organization_name:
        condition &= Q(organization__name__icontains=wanted.organization_name.strip())
    return condition


def _of_person(wanted: StaffFilter, at: datetime) -> Q:
    condition = people.stated_as(
        name=wanted.name, phone=wanted.phone, document=wanted.document, today=clock.local_day(at)
    )
    if wanted.plain:
        condition &= Q(**wanted.plain)
    if wanted.fields:
        condition &= Q(fields__contains=dict(wanted.fields))
    return condition


def _of_recency(found: QuerySet[NarrowRow], recency: Recency, at: datetime) -> QuerySet[NarrowRow]:
    """The twin of `rules.hours_bucket`; a sampling time ahead of the clock counts as just now."""
    found = found.alias(last=LAST_SAMPLE)
    if recency is Recency.UNMATCHED:
        return found.filter(Q(last__isnull=True) | Q(last__lt=at - UNMATCHED_AFTER))
    oldest, newest = _HOURS[recency]
    found = found.filter(last__gte=at - oldest)
    return found if recency is Recency.WITHIN_24H else found.filter(last__lt=at - newest)


def recency_of(at: datetime) -> Case:
    """The same of each row with its `last` sample."""
    buckets = (When(last__gte=at - oldest, then=Value(name)) for name, (oldest, _newest) in _HOURS.items())
    return Case(*buckets, default=Value(Recency.UNMATCHED), output_field=TextField())


def tasks_for(wanted: StaffFilter, *, actor: Actor, at: datetime, action: str = SEE) -> Sequence[match.Task]:
    """By which rules the state that a filter asks for is judged; none where it asks for no state."""
    if not wanted.state:
        return ()
    judged = Category.objects.filter(is_active=True)
    if wanted.category:
        judged = judged.filter(code=wanted.category)
    return match.tasks_of(judged, clock.local_day(at), reach=actor.reach(action))


def _of_state(
    found: QuerySet[NarrowRow], state: State, tasks: Sequence[match.Task], today: date
) -> QuerySet[NarrowRow]:
    """By the columns of the rows. Who has yet to join has no state."""
    found = found.alias(last=LAST_SAMPLE)
    ruled, in_time = _under(tasks), _under(tasks, in_time=True)
    if state is State.MISSED:
        missed = missed_in(found, tasks, today)
        return of_duty(found.filter(missed.lapsed | missed.judged), ON_DUTY, today)
    if state is State.MET:
        return of_duty(found.filter(in_time, _met_in(found, tasks, today)), ON_DUTY, today)
    joined = found.filter(joined_on__lte=today)
    if state is State.NEW_JOINER:
        return of_duty(joined.filter(ruled & ~in_time), ON_DUTY, today)
    if state is State.OFF_DUTY:
        return away(joined.filter(ruled), today)
    others = {task.category for task in tasks}  # the rest has no rule at all
    return found.filter(~Q(category_id__in=others) | Q(joined_on__lte=today) & ~ruled)


def _under(tasks: Sequence[match.Task], *, in_time: bool = False) -> Q:
    """Who is under one of these rules; only who has joined early enough to be judged, if `in_time`."""
    condition = Q(pk__in=[])
    for task in tasks:
        if task.rule is not None:
            jobs = Q(job_type=task.job_type) if task.job_type else ~Q(job_type__in=task.others)
            early = Q(joined_on__lte=match.joined_by(task)) if in_time else Q()
            condition |= Q(category_id=task.category) & jobs & early
    return condition


@dataclass(frozen=True, slots=True)
class Missed:
    """Who missed today's dawn if they are on duty, as conditions on narrow rows with their `last` sample: who has
    `lapsed`, and who is `judged` by itself: sampled since the dawn, or of whom it is not known."""

    lapsed: Q
    judged: Q


def missed_in(found: QuerySet[NarrowRow], tasks: Sequence[match.Task], today: date) -> Missed:
    """Who of these rows missed."""
    ruled = Q(category_id__in={task.category for task in tasks})
    misses = Q(match.misses(tasks, found.query.get_initial_alias()))
    return Missed(ruled & _is_known(today) & Q(lapses_on__lte=today), ruled & _is_open(today) & misses)


def _met_in(found: QuerySet[NarrowRow], tasks: Sequence[match.Task], today: date) -> Q:
    """Who of those that are judged did not."""
    misses = Q(match.misses(tasks, found.query.get_initial_alias()))
    return (_is_known(today) & Q(lapses_on__gt=today)) | (_is_open(today) & ~misses)


def _is_known(today: date) -> Q:
    unsampled = Q(last__isnull=True) | Q(last__lt=clock.day_start(today))
    return Q(lapses_on__gt=UNKNOWN_LAPSE) & unsampled


def _is_open(today: date) -> Q:
    return Q(lapses_on=UNKNOWN_LAPSE) | Q(last__gte=clock.day_start(today))


def _of_dose(found: QuerySet[NarrowRow], dose: str, today: date) -> QuerySet[NarrowRow]:
    if dose.startswith("due_"):
        due = _if_shown(found, vaccinations.dose_due(today), 1)
        return found.alias(due=due).filter(due=int(dose.removeprefix("due_")))
    found = found.alias(given=_if_shown(found, vaccinations.dose_given(today), None))
    if dose == "none":
        return found.filter(given__isnull=True)
    return found.filter(given__gte=3) if dose == "given_3" else found.filter(given=int(dose[-1]))


def _if_shown(
    found: QuerySet[NarrowRow], fact: Expression | Subquery, otherwise: int | None
) -> Expression | Subquery:
    """A fact of the row's person; `otherwise` where no fact shows to the reader."""
    if found.model is not StaffShown:
        return fact
    return Case(When(shown_from=None, then=otherwise), default=fact, output_field=IntegerField())


def _of_pass(found: QuerySet[NarrowRow], condition: Condition, at: datetime) -> QuerySet[NarrowRow]:
    """Whoever's pass does not show to the reader is in no such list."""
    if found.model is StaffShown:
        found = found.exclude(shown_from=None)
    return found.filter(decided_by(condition, at=at))


def of_duty(found: QuerySet[NarrowRow], duty: str, today: date) -> QuerySet[NarrowRow]:
    """Who of these rows is in a duty state today."""
    if duty == ON_DUTY:
        # The employer, too: of the few that a page is of, not everybody's spells are read.
        of_row = {name: OuterRef(name) for name in ("person_id", "staff", "enrolment")}
        return found.exclude(Exists(StaffAway.objects.filter(covering(today), **of_row)))
    return away(found, today, state=duty)


def away(found: QuerySet[NarrowRow], today: date, **spell: str) -> QuerySet[NarrowRow]:
    """Who of these rows is off duty today."""
    return found.filter(staff__in=DutySpell.objects.filter(covering(today), **spell).values("staff"))
