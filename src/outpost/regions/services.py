"""Writes of places and bodies."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID

import orjson
from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.regions.errors import DEPARTMENT_EXISTS, GRID_EXISTS, ORGANIZATION_EXISTS, REGION_UNKNOWN
from outpost.regions.models import Department, Organization, Region
from outpost.regions.rules import aliases_of, grid_code, normal_name


@dataclass(frozen=True, slots=True)
class OrganizationEntry:
    """What an officer states about an organisation; texts already normalised by the door."""

    name: str
    region: str
    address: str
    principal_name: str
    principal_phone: str
    grid: str = ""
    social_credit_code: str = ""
    kind: str = ""


def _published() -> Iterator[dict[str, str]]:
    """The rows of the published table: code, name, level, parent."""
    with files("outpost.regions").joinpath("data/divisions.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


@transaction.atomic
def load_divisions(region: str, *, actor: Actor, at: datetime) -> int:
    """Bring the region, what lies above it and all that lies in it into the tree; returns how many were new.

    Names that an administrator has edited stay. Raises Refusal when the published table lacks the code.
    """
    rows = [row for row in _published() if region.startswith(row["code"]) or row["code"].startswith(region)]
    if not any(row["code"] == region for row in rows):
        raise Refusal(REGION_UNKNOWN, code=region)
    known = set(Region.objects.filter(code__in=[row["code"] for row in rows]).values_list("code", flat=True))
    fresh = [
        Region(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent_id=row["parent"] or None,
            aliases=aliases_of(row["name"], row["level"]),
        )
        for row in sorted(rows, key=lambda row: len(row["code"]))
        if row["code"] not in known
    ]
    Region.objects.bulk_create(fresh)
    if fresh:
        audit.record("regions.divisions_loaded", actor=actor, at=at, object_id=region, count=len(fresh))
    return len(fresh)


@transaction.atomic
def add_grid(town: str, name: str, *, actor: Actor, at: datetime) -> Region:
    """Add a grid below a town. Raises Refusal when the town already has one of that name."""
    actor.require("regions.edit")
    parent = Region.objects.select_for_update(of=("self",)).get(code=town, level="town")
    siblings = list(Region.objects.filter(parent=parent, level="grid").order_by("code"))
    if any(normal_name(sibling.name) == normal_name(name) for sibling in siblings):
        raise Refusal(GRID_EXISTS, town=parent.name, name=name)
    number = int(siblings[-1].code[-3:]) + 1 if siblings else 1
    grid = Region(code=grid_code(town, number), name=name, level="grid", parent=parent)
    grid.save(force_insert=True)
    audit.record("regions.grid_added", actor=actor, at=at, object_id=grid.code)
    return grid


@transaction.atomic
def ensure_department(code: str, name: str, *, region: str, actor: Actor, at: datetime) -> Department:
    """The department with this code; made when it is missing. Raises Refusal when the name is another's."""
    found = Department.objects.filter(code=code).first()
    if found is not None:
        return found
    if clash := Department.objects.filter(region_id=region, name=name).first():
        raise Refusal(DEPARTMENT_EXISTS, name=name, code=clash.code)
    department = Department(code=code, name=name, region_id=region)
    department.save(force_insert=True)
    audit.record("regions.department_added", actor=actor, at=at, object_id=code)
    return department


def stated_hash(entry: OrganizationEntry) -> bytes:
    """The digest by which a changed organisation is told from an unchanged one."""
    stated = "\x1f".join(
        (
            entry.name,
            entry.region,
            entry.grid,
            entry.address,
            entry.principal_name,
            entry.principal_phone,
            entry.social_credit_code,
            entry.kind,
        )
    )
    return ring().search_hash("organization", hashlib.sha256(stated.encode()).hexdigest())


def sealed_columns(entry: OrganizationEntry, organization_id: UUID) -> dict[str, bytes]:
    """The sealed principal, its search hashes and the digest of what is stated."""
    keys = ring()
    plain = orjson.dumps({"name": entry.principal_name, "phone": entry.principal_phone})
    return {
        "sealed": keys.seal(plain, f"regions.organization:{organization_id}"),
        "principal_name_hash": keys.search_hash("name", entry.principal_name),
        "principal_phone_hash": keys.search_hash("phone", entry.principal_phone),
        "content_hash": stated_hash(entry),
    }


@transaction.atomic
def enter_organization(entry: OrganizationEntry, *, at: datetime) -> Organization:
    """The organisation of that name in that town, made when it is missing.

    Used by an instrument's own service, which checks the right and writes the audit row.
    """
    found = Organization.objects.current().filter(region_id=entry.region, name=entry.name).first()
    if found is not None:
        return found
    organization = Organization(id=new_id(), created_at=at)
    _state(organization, entry, at)
    organization.save(force_insert=True)
    return organization


@transaction.atomic
def restate_organization(organization: Organization, entry: OrganizationEntry, *, at: datetime) -> None:
    """Change what is stated about an organisation. Raises Refusal when the name is taken in that town."""
    clash = Organization.objects.current().filter(region_id=entry.region, name=entry.name)
    if clash.exclude(id=organization.id).exists():
        raise Refusal(ORGANIZATION_EXISTS, town=Region.objects.get(code=entry.region).name, name=entry.name)
    _state(organization, entry, at)
    organization.save(
        update_fields=[
            "name",
            "region",
            "grid",
            "address",
            "social_credit_code",
            "kind",
            "sealed",
            "principal_name_hash",
            "principal_phone_hash",
            "content_hash",
            "updated_at",
        ]
    )


def _state(organization: Organization, entry: OrganizationEntry, at: datetime) -> None:
    organization.name = entry.name
    organization.region_id = entry.region
    organization.grid_id = entry.grid or None
    organization.address = entry.address
    organization.social_credit_code = entry.social_credit_code
    organization.kind = entry.kind
    organization.updated_at = at
    for column, value in sealed_columns(entry, organization.id).items():
        setattr(organization, column, value)
