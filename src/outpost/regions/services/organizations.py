"""Writes of organisations and departments. What an organisation states of its principal is sealed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.stated import Stated, name_hash, phone_hash, seal
from outpost.regions import queries
from outpost.regions.errors import DEPARTMENT_EXISTS, ORGANIZATION_EXISTS
from outpost.regions.models import Department, Organization, Region, principal_context


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


def entry_of(organization: Organization) -> OrganizationEntry:
    """What is stated of an organisation, its principal in clear."""
    principal = queries.principal_of(organization)
    return OrganizationEntry(
        name=organization.name,
        region=organization.region_id,
        address=organization.address,
        principal_name=principal.name,
        principal_phone=principal.phone,
        grid=organization.grid_id or "",
        social_credit_code=organization.social_credit_code,
        kind=organization.kind,
    )


def is_as_stated(organization: Organization, entry: OrganizationEntry) -> bool:
    """Whether an organisation stands as it is stated."""
    return entry_of(organization) == entry


def _digest(entry: OrganizationEntry) -> bytes:
    """The digest of what is sealed, by which a changed principal is told from an unchanged one."""
    stated = "\x1f".join((entry.principal_name, entry.principal_phone))
    return ring().search_hash("organization", hashlib.sha256(stated.encode()).hexdigest())


def sealed_columns(entry: OrganizationEntry, organization_id: UUID) -> dict[str, bytes]:
    """The sealed principal, its search hashes and its digest."""
    keys = ring()
    principal = Stated(entry.principal_name, entry.principal_phone)
    return {
        "sealed": seal(keys, principal_context(organization_id), principal),
        "principal_name_hash": name_hash(keys, principal.name),
        "principal_phone_hash": phone_hash(keys, principal.phone),
        "content_hash": _digest(entry),
    }


@transaction.atomic
def ensure_organization(entry: OrganizationEntry, *, at: datetime) -> Organization:
    """The organisation of that name in that town, made when it is missing.

    Used by an instrument's own service, which checks the right and writes the audit row.
    """
    found = Organization.objects.current().filter(region_id=entry.region, name=entry.name).first()
    if found is not None:
        return found
    organization = Organization(id=new_id(), created_at=at)
    _fill(organization, entry, at)
    organization.save(force_insert=True)
    return organization


@transaction.atomic
def change_organization(organization: Organization, entry: OrganizationEntry, *, at: datetime) -> None:
    """Change what is stated about an organisation. Raises Refusal when the name is taken in that town."""
    clash = Organization.objects.current().filter(region_id=entry.region, name=entry.name)
    if clash.exclude(id=organization.id).exists():
        raise Refusal(ORGANIZATION_EXISTS, town=Region.objects.get(code=entry.region).name, name=entry.name)
    _fill(organization, entry, at)
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


def _fill(organization: Organization, entry: OrganizationEntry, at: datetime) -> None:
    organization.name = entry.name
    organization.region_id = entry.region
    organization.grid_id = entry.grid or None
    organization.address = entry.address
    organization.social_credit_code = entry.social_credit_code
    organization.kind = entry.kind
    organization.updated_at = at
    for column, value in sealed_columns(entry, organization.id).items():
        setattr(organization, column, value)
