"""Staff 哨点人员 as list pages show them: masked, unless they are the reader's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ledgers import plain
from outpost.core.masking import mask_address, mask_name, mask_phone
from outpost.health import queries as health
from outpost.health.queries import DoseStanding, VaccinationRow
from outpost.health.queries import TestRow as NatRow
from outpost.people import queries as people
from outpost.people.seals import Identity
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.columns import STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import FieldValue
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, covering, filtered
from outpost.sentinel.rules import Recency, State, hours_bucket
from outpost.sentinel.seals import open_staff

OWN = "people.see_own_staff"
_PLAIN = tuple(column.name for column in plain(STAFF))

STAFF_ORDERS: Mapping[str, str] = {
    "organization": "enrolment__organization__name",
    "town": "enrolment__organization__region_id",
    "joined_on": "joined_on",
    **{column.order: column.name for column in plain(STAFF) if column.order},
    "created_at": "created_at",
    "last_sampled_at": "last_sampled_at",
}


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One staff member; name, phone, number and address masked unless `is_clear`.

    `plain` holds the plain columns of the ledger by name.
    `dose` is the highest on record, `dose_due` the one that may be given now (0: none).
    """

    id: UUID
    person_id: UUID
    enrolment_id: UUID
    category: str
    category_name: str
    organization_id: UUID
    organization: str
    town_name: str
    name: str
    phone: str
    doc_type: str
    number: str
    address: str
    plain: Mapping[str, Any]
    duty: DutyState
    joined_on: date
    fields: Mapping[str, FieldValue]
    last_sampled_at: datetime | None
    recency: Recency
    state: State
    dose: int
    dose_due: int
    is_clear: bool

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
    found = filtered(wanted, actor=actor, at=at)
    name = order.removeprefix("-")
    column = STAFF_ORDERS[name]
    total = found.count()
    if name == "last_sampled_at":
        found = found.annotate(last_sampled_at=health.last_sample())
    direction = "-" if order.startswith("-") else ""
    # The page's ids first: what is sorted is narrow.
    ids = found.order_by(f"{direction}{column}", "id").values_list("id", flat=True)[offset : offset + limit]
    page = {member.id: member for member in _joined(StaffMember.objects.filter(id__in=list(ids)))}
    return rows_of([page[one] for one in ids if one in page], actor=actor, at=at), total


def staff_member(staff_id: UUID, *, actor: Actor, at: datetime, action: str = SEE) -> StaffRow:
    """One staff member. Raises Refusal NOT_FOUND outside the actor's scope."""
    return rows_of([_member(staff_id, actor=actor, action=action)], actor=actor, at=at)[0]


def staff_tests(staff_id: UUID, *, first: date, last: date, actor: Actor) -> list[NatRow]:
    """查看核酸: the test records of a staff member sampled on the days `first` to `last`, newest first.

    Raises Refusal 403, or NOT_FOUND outside the actor's scope.
    """
    member = _member(staff_id, actor=actor, action=SEE)
    return health.tests_of(member.person_id, clock.day_span(first, last), actor=actor)


def staff_vaccinations(staff_id: UUID, *, actor: Actor) -> list[VaccinationRow]:
    """疫苗接种: the doses of a staff member. Raises Refusal 403, or NOT_FOUND outside the actor's scope."""
    return health.vaccinations_of(_member(staff_id, actor=actor, action=SEE).person_id, actor=actor)


def recency_counts(wanted: StaffFilter, *, actor: Actor, at: datetime) -> dict[Recency, int]:
    """How long since the last sample of those who match the filter: the numbers of the principal's page."""
    found = filtered(wanted, actor=actor, at=at).annotate(last_sampled_at=health.last_sample())
    counts = dict.fromkeys(Recency, 0)
    for last in found.values_list("last_sampled_at", flat=True).iterator():
        counts[hours_bucket(last, at)] += 1
    return counts


def job_types(category: str, *, actor: Actor) -> list[str]:
    """The job types in use in a category, for the filter."""
    found = StaffMember.objects.visible_to(actor, SEE).current().filter(enrolment__category=category)
    return list(found.exclude(job_type="").order_by("job_type").values_list("job_type", flat=True).distinct())


def rows_of(members: Sequence[StaffMember], *, actor: Actor, at: datetime) -> list[StaffRow]:
    """Rows for members that the actor may see (loaded with enrolment, category, organisation and town).

    A fixed number of queries, whatever the number of members.
    """
    today = clock.local_day(at)
    person_ids = {member.person_id for member in members}
    identities = people.identities(person_ids)
    samples = health.last_samples(person_ids)
    doses = health.dose_standings(person_ids, on=today)
    duties = _duties([member.id for member in members], today)
    states = _states(members, today)
    own = actor.reach(OWN).keys(ORGANIZATION)
    return [
        _row(
            member,
            identities[member.person_id],
            samples.get(member.person_id),
            doses[member.person_id],
            duties.get(member.id, DutyState.ON_DUTY),
            states.get(member.id, State.NO_RULE),
            at=at,
            is_clear=str(member.enrolment.organization_id) in own,
        )
        for member in members
    ]


def _row(
    member: StaffMember,
    identity: Identity,
    last_sampled_at: datetime | None,
    dose: DoseStanding,
    duty: DutyState,
    state: State,
    *,
    at: datetime,
    is_clear: bool,
) -> StaffRow:
    private = open_staff(ring(), member.enrolment_id, member.person_id, member.sealed)
    shown = identity if is_clear else people.masked(identity)
    enrolment = member.enrolment
    return StaffRow(
        id=member.id,
        person_id=member.person_id,
        enrolment_id=enrolment.id,
        category=enrolment.category_id,
        category_name=enrolment.category.name,
        organization_id=enrolment.organization_id,
        organization=enrolment.organization.name,
        town_name=enrolment.organization.region.name,
        name=private.name if is_clear else mask_name(private.name),
        phone=private.phone if is_clear else mask_phone(private.phone),
        doc_type=shown.doc_type,
        number=shown.number,
        address=private.address if is_clear else mask_address(private.address),
        plain={name: getattr(member, name) for name in _PLAIN},
        duty=duty,
        joined_on=member.joined_on,
        fields=member.fields,
        last_sampled_at=last_sampled_at,
        recency=hours_bucket(last_sampled_at, at),
        state=state,
        dose=dose.given,
        dose_due=dose.due,
        is_clear=is_clear,
    )


def _joined(found: QuerySet[StaffMember]) -> QuerySet[StaffMember]:
    return found.select_related("enrolment__category", "enrolment__organization__region")


def _member(staff_id: UUID, *, actor: Actor, action: str) -> StaffMember:
    found = _joined(StaffMember.objects.visible_to(actor, action).current()).filter(id=staff_id).first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def _duties(staff: Collection[UUID], today: date) -> dict[UUID, DutyState]:
    """The duty states of those who are away today."""
    rows = DutySpell.objects.filter(covering(today), staff__in=staff)
    return {staff_id: DutyState(state) for staff_id, state in rows.values_list("staff_id", "state")}


def _states(members: Sequence[StaffMember], today: date) -> dict[UUID, State]:
    categories = {member.enrolment.category_id: member.enrolment.category for member in members}
    tasks = match.tasks_of(categories.values(), today)
    return match.states(tasks, [member.id for member in members]) if tasks else {}
