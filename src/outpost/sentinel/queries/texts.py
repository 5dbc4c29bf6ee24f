"""What stands in a row of a ledger, in texts by field: for the history, and to compare what two editors saw."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.audit.differences import Mask
from outpost.audit.editing import seen
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.ledgers import plain
from outpost.core.masking import mask_address, mask_document, mask_name, mask_phone
from outpost.people import queries as people
from outpost.people.actions import SEE_OWN_STAFF
from outpost.people.seals import open_identity
from outpost.regions.models import Organization, Region
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.columns import FIELD, STAFF
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.seals import open_staff

Texts = Mapping[str, str]
PLAIN = tuple(column.name for column in plain(STAFF))

NAMES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "name": _("Full name"),
        "document": _("ID number"),
        "phone": _("Mobile number"),
        "address": _("Home address"),
        **{column.name: column.title for column in plain(STAFF)},
        "joined_on": _("Joined on"),
        "organization": _("Organisation"),
        "social_credit_code": _("Unified social credit code"),
        "town": _("Town"),
        "grid": _("Grid"),
        "place": _("Address"),
        "principal_name": _("Person in charge"),
        "principal_phone": _("Phone of the principal"),
    }
)
MASKS: Mapping[str, Mask] = MappingProxyType(
    {
        "name": mask_name,
        "document": mask_document,
        "phone": mask_phone,
        "address": mask_address,
        "principal_name": mask_name,
        "principal_phone": mask_phone,
    }
)


def masks_for(actor: Actor, organization_id: UUID) -> Mapping[str, Mask]:
    """How this reader sees the people of an organisation: in clear when it is their own."""
    return {} if str(organization_id) in actor.reach(SEE_OWN_STAFF).keys(ORGANIZATION) else MASKS


def names_of(specs: Iterable[FieldSpec]) -> Mapping[str, str | Promise]:
    """How the fields are called; `specs` are the category's own."""
    language = get_language() or "zh-hans"
    return {**NAMES, **{FIELD + spec.code: spec.label(language) for spec in specs}}


def of_versions(member: StaffMember, rows: Sequence[Mapping[str, Any]]) -> list[Texts]:
    """What stands of a staff member, whose person is loaded, then what kept versions of the row say."""
    others = {UUID(str(row["person_id"])) for row in rows} - {member.person_id}
    known = people.identities(others) if others else {}
    numbers = {person: one.number for person, one in known.items()} | {member.person_id: _number(member)}
    return [_staff(row, numbers[UUID(str(row["person_id"]))]) for row in (staff_columns(member), *rows)]


def staff_columns(member: StaffMember) -> dict[str, Any]:
    """The columns of a present row that `of_versions` reads."""
    names = ("enrolment_id", "person_id", "sealed", *PLAIN, "joined_on", "fields")
    return {name: getattr(member, name) for name in names}


def of_member(member: StaffMember) -> Texts:
    """What stands of one staff member, whose person is loaded."""
    return _staff(staff_columns(member), _number(member))


def _number(member: StaffMember) -> str:
    person = member.person
    return open_identity(ring(), person.person_id, person.doc_type, person.sealed).number


def _staff(row: Mapping[str, Any], number: str) -> Texts:
    private = open_staff(ring(), str(row["enrolment_id"]), str(row["person_id"]), _blob(row["sealed"]))
    return {
        "name": private.name,
        "document": number,
        "phone": private.phone,
        "address": private.address,
        **{name: str(row.get(name, "")) for name in PLAIN},  # a version may be older than a column
        "joined_on": str(row["joined_on"]),
        **own_fields(row["fields"]),
    }


def of_enrolment(enrolment: Enrolment) -> Texts:
    """What stands of one organisation in its category."""
    return {**of_organization(organization_columns(enrolment.organization)), **own_fields(enrolment.fields)}


def organization_columns(organization: Organization) -> dict[str, Any]:
    """The columns of a present row that `of_organization` reads."""
    names = ("id", "name", "social_credit_code", "region_id", "grid_id", "address", "sealed")
    return {name: getattr(organization, name) for name in names}


def of_organization(row: Mapping[str, Any]) -> Texts:
    """A row of the organisations, as columns by name (the present one or a kept version)."""
    principal = orjson.loads(ring().open(_blob(row["sealed"]), f"regions.organization:{row['id']}"))
    return {
        "organization": str(row["name"]),
        "social_credit_code": str(row["social_credit_code"]),
        "town": str(row["region_id"]),
        "grid": str(row["grid_id"] or ""),
        "place": str(row["address"]),
        "principal_name": principal["name"],
        "principal_phone": principal["phone"],
    }


def own_fields(fields: Any) -> dict[str, str]:
    """The category's own fields of a row; a kept version may hold them as JSON text."""
    opened = orjson.loads(fields) if isinstance(fields, str) else fields
    return {FIELD + code: str(value) for code, value in opened.items()}


def _blob(sealed: Any) -> bytes:
    return bytes.fromhex(sealed.removeprefix("\\x")) if isinstance(sealed, str) else bytes(sealed)


def place_names(states: Iterable[Texts]) -> Mapping[str, Mask]:
    """Towns and grids by their names in place of their codes."""
    codes = {state[name] for state in states for name in ("town", "grid") if state.get(name)}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    return dict.fromkeys(("town", "grid"), lambda code: names.get(code, code))


def seen_member(member: StaffMember) -> str:
    """What a form of this staff member shows, sealed. The caller has checked that it lies in reach."""
    return seen(member.id, of_member(member))


def seen_enrolment(enrolment_id: UUID) -> str:
    """What a form of this organisation shows, sealed. The caller has checked that it lies in reach."""
    return seen(
        enrolment_id, of_enrolment(Enrolment.objects.select_related("organization").get(id=enrolment_id))
    )
