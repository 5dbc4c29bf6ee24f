"""Staff 哨点人员 as list pages show them: masked, unless they are the reader's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from outpost.access.actions import REVEAL
from outpost.core import clock, db
from outpost.core.actor import Actor, Reach
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.core.ledgers import plain
from outpost.core.spells import covering
from outpost.fields.specs import FieldValue
from outpost.health.queries import facts as health
from outpost.health.queries import vaccinations
from outpost.health.queries.vaccinations import UNVACCINATED, DoseStanding
from outpost.people import queries as people
from outpost.people.models import DocumentLink
from outpost.people.rules import DocumentType
from outpost.people.seals import Identity
from outpost.people.stated import Shown
from outpost.sentinel.columns import STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, Enrolment, StaffMember
from outpost.sentinel.narrow import LAST_SAMPLE
from outpost.sentinel.queries import match
from outpost.sentinel.queries.holding import Holding, holdings
from outpost.sentinel.queries.latest import AS_ENTERED
from outpost.sentinel.queries.sight import sight_of
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered, tasks_for
from outpost.sentinel.queries.staff_numbers import LIST, by_organization
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
    `dose` is the highest on record, `dose_due` the one that may be given now (0: none).
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
    last_sampled_at: datetime | None
    recency: Recency
    state: State
    dose: int
    dose_due: int

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
        page = pages.get(LIST, Holding())
        found, offset, total = found.filter(enrolment__in=page.enrolments), offset - page.before, page.total
    else:
        total = found.count()
    ids = found.order_by(f"{direction}{column}", *AS_ENTERED).values_list("staff_id", flat=True)[
        offset : offset + limit
    ]
    members = {member.id: member for member in StaffMember.objects.filter(id__in=list(ids)).with_place()}
    return rows_of([members[one] for one in ids if one in members], actor=actor, at=at), total


def staff_member(staff_id: UUID, *, actor: Actor, at: datetime, action: str = SEE) -> StaffRow:
    """One staff member. Raises Refusal NOT_FOUND outside the actor's scope."""
    return rows_of([member_of(staff_id, actor=actor, action=action)], actor=actor, at=at)[0]


def member_of(staff_id: UUID, *, actor: Actor, action: str = SEE) -> StaffMember:
    """The record of a staff member with person, enrolment, category, organisation and town, in one statement.

    Raises Refusal NOT_FOUND outside the actor's scope.
    """
    living: QuerySet[StaffMember] = StaffMember.objects.visible_to(actor, action).current().with_place()
    links = DocumentLink.objects.standing().filter(person=OuterRef("person"))
    found = or_not_found(
        living.select_related("person").annotate(is_linked=Exists(links)).filter(id=staff_id).first()
    )
    found.has_documents = found.is_linked
    return found


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


def recency_counts(wanted: StaffFilter, *, actor: Actor, at: datetime) -> dict[Recency, int]:
    """How long since the last sample of those who match the filter: the numbers of the principal's page."""
    found = filtered(wanted, actor=actor, at=at).annotate(last_sampled_at=LAST_SAMPLE)
    counts = dict.fromkeys(Recency, 0)
    for last in found.values_list("last_sampled_at", flat=True).iterator():
        counts[hours_bucket(last, at)] += 1
    return counts


def job_types(category: str, *, actor: Actor) -> list[str]:
    """The job types in use in a category, for the filter."""
    found = StaffMember.objects.visible_to(actor, SEE).current().filter(enrolment__category=category)
    return list(found.exclude(job_type="").order_by("job_type").values_list("job_type", flat=True).distinct())


def _identities(members: Sequence[StaffMember]) -> dict[UUID, Identity]:
    """Who they are; a person that was loaded with the row is not read again."""
    loaded = {member.person_id: member.person for member in members if StaffMember.person.is_cached(member)}
    keys = ring()
    known = {id_: one.identity(keys) for id_, one in loaded.items()}
    others = {member.person_id for member in members} - known.keys()
    return {**known, **people.identities(others)} if others else known


def rows_of(
    members: Sequence[StaffMember], *, actor: Actor, at: datetime, is_clear: bool | None = None
) -> list[StaffRow]:
    """Rows for members that the actor may see (loaded with enrolment, category, organisation and town); in clear the
    actor's own alone, unless `is_clear` says all or none (whoever says all has kept the look).

    A fixed number of queries, whatever the number of members.
    """
    today = clock.local_day(at)
    person_ids = {member.person_id for member in members}
    identities = _identities(members)
    samples = health.last_samples(person_ids)
    doses = vaccinations.dose_standings(person_ids, on=today)
    sight = sight_of([member.id for member in members], actor.reach(SEE))
    duties = _duties([member.id for member in members], today)
    states = _states(members, today, actor.reach(SEE))
    keys, own = ring(), people.own_organizations(actor)
    return [
        _row(
            member,
            member.shown(
                keys,
                identities[member.person_id],
                is_clear=str(member.enrolment.organization_id) in own if is_clear is None else is_clear,
            ),
            sight.seen(member.id, samples.get(member.person_id)),
            doses[member.person_id] if sight.shows(member.id) else UNVACCINATED,
            duties.get(member.id, DutyState.ON_DUTY),
            states.get(member.id, State.NO_RULE),
            at=at,
        )
        for member in members
    ]


def _row(
    member: StaffMember,
    shown: Shown,
    last_sampled_at: datetime | None,
    dose: DoseStanding,
    duty: DutyState,
    state: State,
    *,
    at: datetime,
) -> StaffRow:
    enrolment = member.enrolment
    return StaffRow(
        **asdict(shown),
        id=member.id,
        enrolment_id=enrolment.id,
        category=enrolment.category_id,
        category_name=enrolment.category.name,
        organization_id=enrolment.organization_id,
        organization=enrolment.organization.name,
        town_name=enrolment.organization.region.name,
        plain=plain_of(member),
        duty=duty,
        joined_on=member.joined_on,
        fields=member.fields,
        last_sampled_at=last_sampled_at,
        recency=hours_bucket(last_sampled_at, at),
        state=state,
        dose=dose.given,
        dose_due=dose.due,
    )


def plain_of(member: StaffMember) -> dict[str, Any]:
    """The plain columns of the ledger by name."""
    return {name: getattr(member, name) for name in _PLAIN}


def _duties(staff: Collection[UUID], today: date) -> dict[UUID, DutyState]:
    """The duty states of those who are away today."""
    rows = DutySpell.objects.filter(covering(today), staff__in=staff)
    return {staff_id: DutyState(state) for staff_id, state in rows.values_list("staff_id", "state")}


def _states(members: Sequence[StaffMember], today: date, reach: Reach) -> dict[UUID, State]:
    categories = {member.enrolment.category_id: member.enrolment.category for member in members}
    tasks = match.tasks_of(categories.values(), today, reach=reach)
    return match.states(tasks, [member.id for member in members]) if tasks else {}
