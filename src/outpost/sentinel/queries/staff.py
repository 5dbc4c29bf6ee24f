"""Staff 哨点人员 as list pages show them: masked, unless they are the reader's own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery

from outpost.access.actions import REVEAL
from outpost.core import clock, db
from outpost.core.actor import Actor, Reach
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.core.ledgers import plain
from outpost.core.spells import covering
from outpost.fields.specs import FieldValue
from outpost.health.queries import vaccinations
from outpost.health.queries.vaccinations import UNVACCINATED
from outpost.people import queries as people
from outpost.people.models import DocumentLink
from outpost.people.rules import DocumentType
from outpost.people.stated import Shown
from outpost.sentinel.columns import STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import AS_ENTERED, DutySpell, Enrolment, StaffMember, StaffMemberQuerySet
from outpost.sentinel.narrow import LAST_SAMPLE
from outpost.sentinel.queries import match
from outpost.sentinel.queries.holding import Holding, holdings
from outpost.sentinel.queries.latest import AS_ENTERED as LATEST_AS_ENTERED
from outpost.sentinel.queries.latest import shown_to
from outpost.sentinel.queries.sight import sight_of_rows
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered, tasks_for
from outpost.sentinel.queries.staff_numbers import LIST, by_organization, number_of
from outpost.sentinel.rules import Recency, State, hours_bucket

_PLAIN = tuple(column.name for column in plain(STAFF))

STAFF_ORDERS: Mapping[str, str] = {  # staff of one value stand as they were entered
    "organization": "enrolment__organization__name",
    "town": "enrolment__organization__region_id",
    "joined_on": "joined_on",
    **{column.order: f"staff__{column.name}" for column in plain(STAFF) if column.order},
    "created_at": "created_at",
    "last_sampled_at": "last_sampled_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow(Shown):
    """One staff member of a list: a person, masked or in clear, and what the ledger and the records say of them.

    `plain` holds the plain columns of the ledger by name.
    `dose` is the highest on record, `dose_due` the one that may be given now (0: none); these and `state` are None in
    lists that do not show them. `shows_facts`: whether any fact of health shows to the reader.
    """

    id: UUID
    enrolment_id: UUID
    category: str
    category_name: str
    organization_id: UUID
    organization: str
    town_name: str
    plain: Mapping[str, Any]
    duty: DutyState
    joined_on: date
    fields: Mapping[str, FieldValue]
    shows_facts: bool
    last_sampled_at: datetime | None
    recency: Recency
    state: State | None = None
    dose: int | None = None
    dose_due: int | None = None

    @property
    def job_type(self) -> str:
        return str(self.plain["job_type"])


def staff_page(
    wanted: StaffFilter,
    *,
    actor: Actor,
    at: datetime,
    order: str = "organization",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[StaffRow], int]:
    """The rows of one page and how many there are in all. `order` is a key of STAFF_ORDERS, "-" in front: down.

    Raises Refusal when a name, phone or number to search for cannot be one.
    """
    tasks = tasks_for(wanted, actor=actor, at=at)
    found = filtered(wanted, actor=actor, at=at, tasks=tasks).alias(last_sampled_at=LAST_SAMPLE)
    direction, key = "-" if order.startswith("-") else "", order.removeprefix("-")
    column = STAFF_ORDERS[key]
    if limit and key == "organization":
        counted, values = by_organization(wanted, found, tasks, actor=actor, at=at)
        pages = holdings(
            *(counted, lambda statement: db.rows_of(statement, values)),
            kinds=[LIST],
            limit=limit,
            offset=offset,
            is_reversed=bool(direction),
        )
        held = pages.get(LIST, Holding())
        found, offset, total = found.filter(enrolment__in=held.enrolments), offset - held.before, held.total
    else:
        total = number_of(wanted, actor=actor, at=at, tasks=tasks)
    if not limit:
        return [], total
    page = found.order_by(f"{direction}{column}", *LATEST_AS_ENTERED).values("staff")[offset : offset + limit]
    members = as_rows(StaffMember.objects.filter(id__in=page), actor=actor, at=at)
    ordered = members.order_by(f"{direction}{column.removeprefix('staff__')}", *AS_ENTERED)
    return whole_rows(ordered, actor=actor, at=at, tasks=tasks), total


def staff_member(staff_id: UUID, *, actor: Actor, at: datetime, action: str = SEE) -> StaffRow:
    """One staff member. Raises Refusal NOT_FOUND outside the actor's scope."""
    member = member_as_row(staff_id, actor=actor, at=at, action=action)
    return whole_rows([member], actor=actor, at=at)[0]


def member_of(staff_id: UUID, *, actor: Actor, action: str = SEE) -> StaffMember:
    """The record of a staff member with person, enrolment, category, organisation and town, in one statement.

    Raises Refusal NOT_FOUND outside the actor's scope.
    """
    return or_not_found(_named(staff_id, actor, action).with_place().select_related("person").first())


def member_as_row(staff_id: UUID, *, actor: Actor, at: datetime, action: str = SEE) -> StaffMember:
    """The same with what its row and its page show besides, in the same statement."""
    return or_not_found(as_rows(_named(staff_id, actor, action), actor=actor, at=at).first())


def _named(staff_id: UUID, actor: Actor, action: str) -> StaffMemberQuerySet:
    links = DocumentLink.objects.standing().filter(person=OuterRef("person"))
    living = StaffMember.objects.visible_to(actor, action).current().filter(id=staff_id)
    told: Mapping[str, Exists] = {"has_documents": Exists(links)}  # which the model declares
    return living.annotate(**told)


def as_rows(found: StaffMemberQuerySet, *, actor: Actor, at: datetime) -> StaffMemberQuerySet:
    """Staff members loaded with all that a `StaffRow` tells of their place, their person and their narrow row."""
    mine = shown_to(actor.reach(SEE)).filter(person_id=OuterRef("person_id"), staff=OuterRef("pk"))
    spells = DutySpell.objects.filter(covering(clock.local_day(at)), staff=OuterRef("pk"))
    shown = {  # which the model declares
        "last_sampled_at": Subquery(mine.values_list(LAST_SAMPLE)),
        "shown_from": Subquery(mine.values("shown_from")),
        "off_duty": Subquery(spells.values("state")[:1]),
    }
    return found.with_place().select_related("person").annotate(**shown)


def shown_of(member: StaffMember, *, actor: Actor) -> Shown:
    """Who a member (of `member_of`) is, without any fact of health: in clear for their employer, else masked."""
    is_own = str(member.enrolment.organization_id) in people.own_organizations(actor)
    return member.shown(ring(), member.person.identity(ring()), is_clear=is_own)


def first_of(staff: Collection[UUID], *, actor: Actor, action: str, limit: int) -> list[tuple[Shown, str]]:
    """The first of some staff members in the actor's scope, in the order of entry, as lists show them, each with the
    name of the organisation."""
    mine = StaffMember.objects.visible_to(actor, action).with_place().select_related("person")
    found = mine.filter(id__in=staff).order_by("created_at", "position", "id")[:limit]
    return [(shown_of(member, actor=actor), member.enrolment.organization.name) for member in found]


def clear_of(member: StaffMember, *, actor: Actor) -> Shown | None:
    """Who a member is, in clear, for a look that is in the audit; None where the actor may not reveal."""
    if not StaffMember.objects.visible_to(actor, REVEAL).filter(id=member.id).exists():
        return None
    return member.shown(ring(), member.person.identity(ring()), is_clear=True)


def holder_in(place: Enrolment, doc_type: DocumentType, number: str, *, at: datetime) -> UUID | None:
    """The staff member who stands in this organisation with this document, None if nobody does.

    Whoever calls has asked whether the reader may edit its staff. Raises Refusal for a number that cannot be one.
    """
    person = people.find_by_document(doc_type, number, today=clock.local_day(at))
    living = StaffMember.objects.current().filter(enrolment=place, person=person)
    return living.values_list("id", flat=True).first()


def rows_by_id(
    staff: Collection[UUID],
    *,
    actor: Actor,
    at: datetime,
    is_clear: bool | None = None,
) -> dict[UUID, StaffRow]:
    """Rows for staff members who were found within the actor's reach, without state and doses; in clear the actor's
    own alone, unless `is_clear` says all or none (whoever says all has kept the look)."""
    members = as_rows(StaffMember.objects.filter(id__in=staff), actor=actor, at=at)
    rows = _rows(list(members), actor=actor, at=at, is_clear=is_clear)
    return {row.id: row for row in rows}


def _rows(
    members: Iterable[StaffMember], *, actor: Actor, at: datetime, is_clear: bool | None = None
) -> list[StaffRow]:
    """The same for members that were loaded `as_rows`."""
    sight = sight_of_rows(members, actor.reach(SEE))
    keys, own = ring(), people.own_organizations(actor)
    return [
        _row(
            member,
            member.shown(
                keys,
                member.person.identity(keys),
                is_clear=str(member.enrolment.organization_id) in own if is_clear is None else is_clear,
            ),
            shows_facts=sight.shows(member.id),
            at=at,
        )
        for member in members
    ]


def whole_rows(
    members: Collection[StaffMember], *, actor: Actor, at: datetime, tasks: Sequence[match.Task] = ()
) -> list[StaffRow]:
    """The same with state and doses. `tasks`: by what they are judged today, where it is known.

    A fixed number of queries, whatever the number of members.
    """
    today = clock.local_day(at)
    doses = vaccinations.dose_standings({member.person_id for member in members}, on=today)
    tasks = tasks or _tasks_of(members, today, actor.reach(SEE))
    states = match.states(tasks, [member.id for member in members]) if tasks else {}
    rows = []
    for row in _rows(members, actor=actor, at=at):
        dose = doses[row.person_id] if row.shows_facts else UNVACCINATED
        state = states.get(row.id, State.NO_RULE)
        rows.append(replace(row, state=state, dose=dose.given, dose_due=dose.due))
    return rows


def _row(member: StaffMember, shown: Shown, *, shows_facts: bool, at: datetime) -> StaffRow:
    enrolment = member.enrolment
    return StaffRow(
        **shown.by_name(),
        id=member.id,
        enrolment_id=enrolment.id,
        category=enrolment.category_id,
        category_name=enrolment.category.name,
        organization_id=enrolment.organization_id,
        organization=enrolment.organization.name,
        town_name=enrolment.organization.region.name,
        plain=plain_of(member),
        duty=DutyState(member.off_duty or DutyState.ON_DUTY),
        joined_on=member.joined_on,
        fields=member.fields,
        shows_facts=shows_facts,
        last_sampled_at=member.last_sampled_at,
        recency=hours_bucket(member.last_sampled_at, at),
    )


def plain_of(member: StaffMember) -> dict[str, Any]:
    """The plain columns of the ledger by name."""
    return {name: getattr(member, name) for name in _PLAIN}


def _tasks_of(members: Iterable[StaffMember], today: date, reach: Reach) -> Sequence[match.Task]:
    categories = {member.enrolment.category_id: member.enrolment.category for member in members}
    return match.tasks_of(categories.values(), today, reach=reach)
