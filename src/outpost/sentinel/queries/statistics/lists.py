"""What stands behind each number of the statistics: as many rows as the number says.

The organisations, people and samples are those that the tables count: also who has left the ledger since, marked so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.figures.declared import Figure
from outpost.health.actions import SEE_FACTS
from outpost.health.rules import TestResult
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries.enrolments import EnrolmentRow, row_of
from outpost.sentinel.queries.staff import StaffRow, rows_of
from outpost.sentinel.queries.statistics import nat, vaccination
from outpost.sentinel.queries.statistics.ledger import MEMBER, Chosen, Ledger
from outpost.sentinel.queries.statistics.nat import TESTS
from outpost.sentinel.queries.statistics.vaccination import DOSES, Standing, standing_of

CHUNK = 2000

PEOPLE: Mapping[str, Figure] = {
    figure.key: figure for figure in (*TESTS.figures, *DOSES.figures) if figure.where
}
"""The figures of people that open a part of the staff."""


def is_of_doses(figure: str) -> bool:
    """Whether a figure of people speaks of vaccinations."""
    return figure in {one.key for one in DOSES.figures if one.where}


@dataclass(frozen=True, slots=True)
class Asked:
    """The number that was opened: the days, the part of the ledger, and the figure; `figure` empty: all staff."""

    first: date
    last: date
    chosen: Chosen
    figure: str = ""

    def __post_init__(self) -> None:
        """Raises Refusal NOT_FOUND for a figure that no table has."""
        if self.figure and self.figure not in PEOPLE:
            raise Refusal(NOT_FOUND)

    def ledger(self, actor: Actor, *actions: str) -> Ledger:
        """The ledger that lies in the reach of all these actions."""
        return Ledger(self.first, self.last, self.chosen, [actor.reach(action) for action in actions])


@dataclass(frozen=True, slots=True)
class Facts:
    """What the statistics know of a person: the samples of the range, and the three doses at its end."""

    samples: int
    doses: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class CountedStaff:
    """A person whom a number counts. `left_on`: since when they stand in the ledger no longer."""

    staff: StaffRow
    facts: Facts
    left_on: date | None


@dataclass(frozen=True, slots=True)
class CountedSample:
    """A sample that a number counts; it counts once for each post of the person."""

    staff: StaffRow
    left_on: date | None
    sampled_at: datetime
    result: TestResult
    laboratory: str


@dataclass(frozen=True, slots=True)
class CountedOrganization:
    """An organisation in one category, with its staff at the end of the range."""

    row: EnrolmentRow
    left_on: date | None


_PEOPLE = f"""FROM sentinel_staffmember s
  JOIN (SELECT e.id, o.region_id AS town, o.name FROM {{enrolments}}) g ON g.id = s.enrolment_id
  {{facts}} WHERE {MEMBER}"""
_MEMBERS = f"""SELECT s.id {_PEOPLE} AND {{condition}}
  ORDER BY g.town, g.name, g.id, s.created_at, s.id LIMIT %(limit)s OFFSET %(offset)s"""
_MEMBER_COUNT = f"SELECT count(*) {_PEOPLE} AND {{condition}}"
_RECORDS = """JOIN health_testrecord t ON t.person_id = s.person_id AND NOT t.is_withdrawn
  AND t.sampled_at >= %(start)s AND t.sampled_at < %(end)s"""
_SAMPLES = f"""SELECT s.id, t.sampled_at, t.result, t.laboratory {_PEOPLE.replace("{facts}", _RECORDS)}
  ORDER BY t.sampled_at DESC, t.source, t.record_id, s.id LIMIT %(limit)s OFFSET %(offset)s"""
_SAMPLE_COUNT = f"SELECT count(*) {_PEOPLE.replace('{facts}', _RECORDS)}"
_FACTS = f"""SELECT s.id, {nat.FOUND}, {", ".join(map(standing_of, (1, 2, 3)))}
  FROM sentinel_staffmember s
  {nat.LOOKED_UP} {vaccination.LOOKED_UP} WHERE s.id = ANY(%(staff)s)"""
_ENROLMENTS = f"""SELECT e.id, (SELECT count(*) FROM sentinel_staffmember s WHERE s.enrolment_id = e.id AND {MEMBER})
  FROM {{enrolments}} ORDER BY r.code, o.name, e.id LIMIT %(limit)s OFFSET %(offset)s"""
_ENROLMENT_COUNT = "SELECT count(*) FROM {enrolments}"


def counted_staff(
    asked: Asked, *, actor: Actor, at: datetime, limit: int, offset: int = 0
) -> tuple[list[CountedStaff], int]:
    """The people of a number, by town and organisation: one page, and how many there are."""
    ledger = asked.ledger(actor, SEE_STAFF)
    ids = [row[0] for row in ledger.rows(members_of(ledger, asked.figure), limit=limit, offset=offset)]
    members = {member.id: member for member in members_by_id(ids)}
    rows = {row.id: row for row in rows_of(list(members.values()), actor=actor, at=at)}
    facts = facts_of(ledger, ids)
    page = [CountedStaff(rows[one], facts[one], left_on(members[one])) for one in ids]
    return page, staff_count(ledger, asked.figure)


def counted_samples(
    asked: Asked, *, actor: Actor, at: datetime, limit: int, offset: int = 0
) -> tuple[list[CountedSample], int]:
    """The samples of a range, the newest first: one page, and how many there are. Raises Refusal 403."""
    actor.require(SEE_FACTS)
    ledger = asked.ledger(actor, SEE_STAFF)
    found = ledger.rows(_SAMPLES, limit=limit, offset=offset)
    members = {member.id: member for member in members_by_id([row[0] for row in found])}
    rows = {row.id: row for row in rows_of(list(members.values()), actor=actor, at=at)}
    page = [
        CountedSample(rows[one], left_on(members[one]), sampled_at, TestResult(result), laboratory)
        for one, sampled_at, result, laboratory in found
    ]
    return page, sample_count(ledger)


def counted_organizations(
    asked: Asked, *, actor: Actor, limit: int, offset: int = 0
) -> tuple[list[CountedOrganization], int]:
    """The organisations of a number, by town: one page, and how many there are."""
    ledger = asked.ledger(actor, SEE_ORGANIZATIONS)
    staff = dict(ledger.rows(_ENROLMENTS, limit=limit, offset=offset))
    found = {one.id: one for one in enrolments_by_id(list(staff))}
    page = [
        CountedOrganization(row_of(found[one], count, actor=actor), _removed_on(found[one]))
        for one, count in staff.items()
    ]
    return page, organization_count(ledger)


def _removed_on(enrolment: Enrolment) -> date | None:
    return clock.local_day(enrolment.removed_at) if enrolment.removed_at else None


def organization_name(organization_id: UUID | None, *, actor: Actor, action: str) -> tuple[str, str] | None:
    """Id and name of an organisation that ever stood in a ledger in reach, for the filter; None out of reach."""
    found = Enrolment.objects.visible_to(actor, action).filter(organization=organization_id)
    name = found.values_list("organization__name", flat=True).first() if organization_id else None
    return (str(organization_id), name) if name is not None else None


def members_of(ledger: Ledger, figure: str) -> str:
    """The statement for the staff members of a figure, in their order, with `limit` (None: all) and `offset`."""
    return _of_figure(_MEMBERS, ledger, figure)


def staff_count(ledger: Ledger, figure: str) -> int:
    """How many staff members a figure counts."""
    return _number(ledger, _of_figure(_MEMBER_COUNT, ledger, figure))


def sample_count(ledger: Ledger) -> int:
    """How many samples were taken in the range."""
    return _number(ledger, _SAMPLE_COUNT)


def organization_count(ledger: Ledger) -> int:
    """How many organisations there are."""
    return _number(ledger, _ENROLMENT_COUNT)


def facts_of(ledger: Ledger, staff: Sequence[UUID]) -> dict[UUID, Facts]:
    """What the statistics know of these staff members."""
    rows = ledger.rows(_FACTS, staff=list(staff)) if staff else []
    return {one: Facts(samples, tuple(map(Standing, doses))) for one, samples, *doses in rows}


def members_by_id(ids: Sequence[UUID]) -> QuerySet[StaffMember]:
    """These staff members with person, category, organisation and town; in no order."""
    found = StaffMember.objects.filter(id__in=list(ids))
    return found.select_related("person", "enrolment__category", "enrolment__organization__region")


def enrolments_by_id(ids: Sequence[UUID]) -> QuerySet[Enrolment]:
    """These enrolments with category, organisation and town; in no order."""
    return Enrolment.objects.filter(id__in=list(ids)).select_related("category", "organization__region")


def left_on(member: StaffMember) -> date | None:
    """The day on which a staff member, or the whole organisation, left the ledger; None: still there."""
    times = [at for at in (member.removed_at, member.enrolment.removed_at) if at is not None]
    return clock.local_day(min(times)) if times else None


def streamed(ledger: Ledger, statement: str) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a statement, some thousands at a time, by a cursor of the database."""
    with connection.chunked_cursor() as cursor:
        parameters = ledger.parameters | {"limit": None, "offset": 0}
        cursor.execute(statement.replace("{enrolments}", ledger.enrolments), parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def all_staff(ledger: Ledger, figure: str) -> Iterator[tuple[list[StaffMember], dict[UUID, Facts]]]:
    """The people of a figure in their order, some thousands at a time, for a file."""
    for rows in streamed(ledger, members_of(ledger, figure)):
        ids = [row[0] for row in rows]
        by_id = {member.id: member for member in members_by_id(ids)}
        yield [by_id[one] for one in ids], facts_of(ledger, ids)


def all_samples(ledger: Ledger) -> Iterator[tuple[StaffMember, datetime, TestResult, str]]:
    """The samples of a range, the newest first, each with whom it was taken of, for a file."""
    for rows in streamed(ledger, _SAMPLES):
        by_id = {member.id: member for member in members_by_id([row[0] for row in rows])}
        for one, sampled_at, result, laboratory in rows:
            yield by_id[one], sampled_at, TestResult(result), laboratory


def all_organizations(ledger: Ledger) -> Iterator[tuple[Enrolment, int]]:
    """The organisations with their staff at the end of the range, for a file."""
    for rows in streamed(ledger, _ENROLMENTS):
        by_id = {one.id: one for one in enrolments_by_id([row[0] for row in rows])}
        yield from ((by_id[one], count) for one, count in rows)


def _of_figure(statement: str, ledger: Ledger, figure: str) -> str:
    if not figure:
        return statement.replace("{facts}", "").replace("{condition}", "true")
    facts = vaccination.facts(ledger) if is_of_doses(figure) else nat.facts(ledger)
    return statement.replace("{facts}", facts).replace("{condition}", PEOPLE[figure].where)


def _number(ledger: Ledger, statement: str) -> int:
    ((number,),) = ledger.rows(statement)
    return int(number)
