"""What stands in a row of a ledger, in texts by column: for the history, and to compare what two editors saw."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise

from outpost.audit.differences import Mask
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.ledgers import masks, plain
from outpost.core.stated import blob
from outpost.fields.specs import FieldSpec, labels, named
from outpost.people import queries as people
from outpost.people.queries import own_organizations
from outpost.regions.models import Region
from outpost.regions.queries import opened_principal
from outpost.sentinel.columns import LEDGERS, STAFF, Audience
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.seals import open_staff

Texts = Mapping[str, str]
PLAIN = tuple(column.name for column in plain(STAFF))


def masks_for(actor: Actor, organization_id: UUID, audience: Audience) -> Mapping[str, Mask]:
    """How this reader sees the people of an organisation: in clear when it is their own."""
    return {} if str(organization_id) in own_organizations(actor) else masks(LEDGERS[audience])


def names_of(audience: Audience, specs: Iterable[FieldSpec]) -> Mapping[str, str | Promise]:
    """How the columns are called; `specs` are the category's own fields."""
    return {column.name: column.heading or column.title for column in LEDGERS[audience]} | labels(specs)


def of_versions(member: StaffMember, rows: Sequence[Mapping[str, Any]]) -> list[Texts]:
    """What stands of a staff member, whose person is loaded, then what kept versions of the row say."""
    others = {UUID(str(row["person_id"])) for row in rows} - {member.person_id}
    known = people.identities(others) if others else {}
    numbers = {person: one.number for person, one in known.items()} | {
        member.person_id: member.person.identity(ring()).number
    }
    return [_staff(row, numbers[UUID(str(row["person_id"]))]) for row in (vars(member), *rows)]


def of_member(member: StaffMember) -> Texts:
    """What stands of one staff member, whose person is loaded."""
    return _staff(vars(member), member.person.identity(ring()).number)


def _staff(row: Mapping[str, Any], number: str) -> Texts:
    """A row of the staff, as columns by name (the present one or a kept version)."""
    private = open_staff(ring(), str(row["enrolment_id"]), str(row["person_id"]), blob(row["sealed"]))
    return {
        "name": private.name,
        "document_number": number,
        "phone": private.phone,
        "address": private.address,
        **{name: str(row.get(name, "")) for name in PLAIN},  # a version may be older than a column
        "joined_on": str(row["joined_on"]),
        **own_fields(row["fields"]),
    }


def of_enrolment(enrolment: Enrolment) -> Texts:
    """What stands of one organisation in its category."""
    return {**of_organization(vars(enrolment.organization)), **own_fields(enrolment.fields)}


def of_organization(row: Mapping[str, Any]) -> Texts:
    """A row of the organisations, as columns by name (the present one or a kept version)."""
    principal = opened_principal(row["id"], blob(row["sealed"]))
    return {
        "name": str(row["name"]),
        "social_credit_code": str(row["social_credit_code"]),
        "town": str(row["region_id"]),
        "grid": str(row["grid_id"] or ""),
        "address": str(row["address"]),
        "principal_name": principal.name,
        "principal_phone": principal.phone,
    }


def own_fields(fields: Any) -> dict[str, str]:
    """The category's own fields of a row; a kept version may hold them as JSON text."""
    opened = orjson.loads(fields) if isinstance(fields, str) else fields
    return named({code: str(value) for code, value in opened.items()})


def place_names(states: Iterable[Texts]) -> Mapping[str, Mask]:
    """Towns and grids by their names in place of their codes."""
    codes = {state[name] for state in states for name in ("town", "grid") if state.get(name)}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    return dict.fromkeys(("town", "grid"), lambda code: names.get(code, code))


def _place_name(code: str) -> str:
    return place_names([{"town": code}])["town"](code)


PLACE_NAMES: Mapping[str, Mask] = dict.fromkeys(("town", "grid"), _place_name)
"""The same for the few that differ: each is looked up when it is asked for."""
