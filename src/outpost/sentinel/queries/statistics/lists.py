"""What stands behind each number of the statistics: as many rows as the number says.

The organisations, people and samples are those that the tables count: also who has left the ledger since, marked so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.figures.declared import Figure
from outpost.figures.lists import Counted, CountedList, Found, Opened, Statement
from outpost.health.actions import SEE_FACTS
from outpost.health.rules import TestResult
from outpost.pages.listing import Column
from outpost.people.queries import own_organizations
from outpost.people.rules import DocumentType
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.labels import DOSE_NAMES
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import latest
from outpost.sentinel.queries.enrolments import EnrolmentRow, row_of
from outpost.sentinel.queries.statistics import nat, vaccination
from outpost.sentinel.queries.statistics.ledger import MEMBER, Chosen, Ledger
from outpost.sentinel.queries.statistics.nat import TESTS
from outpost.sentinel.queries.statistics.vaccination import DOSES, Standing, standing_of

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


_OF_PERSON = (
    Column("name", _("Full name")),
    Column("number", _("ID number")),
    Column("phone", _("Mobile number")),
    Column("organization", _("Organisation"), is_long=True),
    Column("town", _("Town")),
    Column("category", _("Category")),
    Column("job_type", _("Job type"), is_default=False),
)
_PERSON_IN_FILE = (
    *("town", "organization", "category", "name", "job_type"),
    *("phone", "document_type", "number"),
)
_FILE_ONLY = {"document_type": _("Document type")}
_LEFT = Column("left_on", _("Left the ledger on"))

STAFF = CountedList(
    "staff",
    _("Staff"),
    sees=SEE_STAFF,
    link="sentinel:staff_member",
    columns=(
        *_OF_PERSON,
        Column("samples", _("Tests in these days"), is_numeric=True),
        *(Column(f"dose_{n}", name, is_long=True) for n, name in DOSE_NAMES.items()),
        Column("joined_on", _("Joined on"), is_default=False),
        _LEFT,
    ),
    in_file=(*_PERSON_IN_FILE, "joined_on", "samples", *(f"dose_{n}" for n in DOSE_NAMES), "left_on"),
    file_only=_FILE_ONLY,
    below=("phone", "organization"),
)
SAMPLES = CountedList(
    "samples",
    _("Samples"),
    sees=SEE_STAFF,
    link="sentinel:staff_member",
    columns=(
        Column("sampled_at", _("Sampled at")),
        Column("result", _("Result")),
        Column("laboratory", _("Laboratory"), is_long=True),
        *_OF_PERSON,
        _LEFT,
    ),
    in_file=(*_PERSON_IN_FILE, "sampled_at", "result", "laboratory", "left_on"),
    file_only=_FILE_ONLY,
    aside="result",
    below=("name", "organization"),
)
ORGANIZATIONS = CountedList(
    "organizations",
    _("Organisations"),
    sees=SEE_ORGANIZATIONS,
    link="sentinel:organization",
    columns=(
        Column("name", _("Organisation"), is_long=True),
        Column("category", _("Category")),
        Column("town", _("Town")),
        Column("principal_name", _("Person in charge")),
        Column("principal_phone", _("Phone of the principal")),
        Column("staff", _("Staff"), is_numeric=True),
        _LEFT,
    ),
    in_file=("town", "name", "category", "principal_name", "principal_phone", "staff", "left_on"),
    aside="staff",
    below=("category", "town"),
)

_PEOPLE = f"""FROM sentinel_stafflatest n
  JOIN (SELECT e.id, o.region_id AS town, o.name FROM {{enrolments}}) g ON g.id = n.enrolment_id
  {{facts}} WHERE {MEMBER}"""
_RECORDS = """JOIN health_testrecord t ON t.person_id = n.person_id AND NOT t.is_withdrawn AND NOT t.is_repeated
  AND t.sampled_at >= %(start)s AND t.sampled_at < %(end)s"""
TAKEN = Statement(
    "n.staff_id, t.sampled_at, t.result, t.laboratory",
    _PEOPLE.replace("{facts}", _RECORDS),
    "t.sampled_at DESC, t.source, t.record_id, n.staff_id",
)
ENROLLED = Statement("e.id", "FROM {enrolments}", "r.code, o.name, e.id")
_STAFF_OF = f"""SELECT n.enrolment_id, count(*) FROM sentinel_stafflatest n
  WHERE n.enrolment_id = ANY(%(enrolments)s) AND {MEMBER} GROUP BY n.enrolment_id"""
_FACTS = f"""SELECT n.staff_id, {nat.FOUND}, {", ".join(map(standing_of, (1, 2, 3)))}
  FROM sentinel_stafflatest n {nat.FEW_OPEN} {vaccination.SOME_OPEN} WHERE n.staff_id = ANY(%(staff)s)"""


def opened(
    of: CountedList, asked: Asked, *, actor: Actor, also: str = "", is_clear: bool | None = None
) -> Opened:
    """A number as its list, within the reach of the list's right and of `also`; in clear the actor's own alone, unless
    `is_clear` says all or none (whoever says all has asked for the purpose). Raises Refusal 403 for samples.
    """
    ledger = asked.ledger(actor, of.sees, *([also] if also else []))
    seen: dict[str, Any] = {"actor": actor, "is_clear": is_clear}
    if of is ORGANIZATIONS:
        return Opened(ledger, ENROLLED, partial(_organizations, ledger, **seen))
    if of is SAMPLES:
        actor.require(SEE_FACTS)
        return Opened(ledger, TAKEN, partial(_samples, **seen))
    return Opened(ledger, staff_of(ledger, asked.figure), partial(_staff, ledger, **seen))


def staff_of(ledger: Ledger, figure: str) -> Statement:
    """The people whom a figure counts, by town and organisation; without a figure all staff."""
    facts, condition = "", "true"
    if figure:
        facts = vaccination.facts(ledger) if is_of_doses(figure) else nat.facts(ledger)
        condition = PEOPLE[figure].where
    source = _PEOPLE.replace("{facts}", facts)
    return Statement("n.staff_id", f"{source} AND {condition}", f"g.town, g.name, g.id, {latest.IN_ORDER}")


def facts_of(ledger: Ledger, staff: Sequence[UUID]) -> dict[UUID, Facts]:
    """What the statistics know of these staff members."""
    rows = ledger.rows(_FACTS, staff=list(staff)) if staff else []
    return {one: Facts(samples, tuple(map(Standing, doses))) for one, samples, *doses in rows}


def organization_name(organization_id: UUID | None, *, actor: Actor, action: str) -> tuple[str, str] | None:
    """Id and name of an organisation that ever stood in a ledger in reach, for the filter; None out of reach."""
    found = Enrolment.objects.visible_to(actor, action).filter(organization=organization_id)
    name = found.values_list("organization__name", flat=True).first() if organization_id else None
    return (str(organization_id), name) if name is not None else None


def _staff(ledger: Ledger, found: Found, **seen: Any) -> list[Counted]:
    ids = [row[0] for row in found]
    members, facts = _members(ids), facts_of(ledger, ids)
    return [
        _person(
            members[one],
            {
                "joined_on": members[one].joined_on,
                "samples": facts[one].samples,
                **{f"dose_{n}": standing.label for n, standing in enumerate(facts[one].doses, 1)},
            },
            **seen,
        )
        for one in ids
    ]


def _samples(found: Found, **seen: Any) -> list[Counted]:
    members = _members([row[0] for row in found])
    return [
        _person(
            members[one],
            {"sampled_at": sampled_at, "result": TestResult(result), "laboratory": laboratory},
            **seen,
        )
        for one, sampled_at, result, laboratory in found
    ]


def _members(ids: Sequence[UUID]) -> dict[UUID, StaffMember]:
    found = StaffMember.objects.filter(id__in=ids).with_place()
    return {member.id: member for member in found.select_related("person")}


def _person(member: StaffMember, more: Mapping[str, Any], *, actor: Actor, is_clear: bool | None) -> Counted:
    keys, enrolment = ring(), member.enrolment
    if is_clear is None:
        is_clear = str(enrolment.organization_id) in own_organizations(actor)
    shown = member.shown(keys, member.person.identity(keys), is_clear=is_clear)
    left = _left_on(member.removed_at, enrolment.removed_at)
    cells = {
        "name": shown.name,
        "number": shown.number,
        "phone": shown.phone,
        "document_type": DocumentType(shown.doc_type),
        "organization": enrolment.organization.name,
        "town": enrolment.organization.region.name,
        "category": enrolment.category.name,
        "job_type": member.job_type,
        "left_on": left,
    }
    return Counted(member.id, shown, left is None, {**cells, **more})


def _organizations(ledger: Ledger, found: Found, **seen: Any) -> list[Counted]:
    ids = [one for (one,) in found]
    by_id = Enrolment.objects.select_related(
        "category", "organization__region", "organization__grid"
    ).in_bulk(ids)
    staff: dict[UUID, int] = dict(ledger.rows(_STAFF_OF, enrolments=ids))
    return [_organization(by_id[one], row_of(by_id[one], staff.get(one, 0), **seen)) for one in ids]


def _organization(enrolment: Enrolment, row: EnrolmentRow) -> Counted:
    left = _left_on(enrolment.removed_at)
    cells = {
        "name": row.name,
        "category": row.category_name,
        "town": row.town_name,
        "principal_name": row.principal_name,
        "principal_phone": row.principal_phone,
        "staff": row.staff,
        "left_on": left,
    }
    return Counted(row.id, row, left is None, cells)


def _left_on(*removed_at: datetime | None) -> date | None:
    """The day on which a person, or the whole organisation, left the ledger; None: still there."""
    times = [at for at in removed_at if at is not None]
    return clock.local_day(min(times)) if times else None
