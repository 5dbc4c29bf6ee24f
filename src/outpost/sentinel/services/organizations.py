"""Organisations 主体 of a category: entered, restated and removed by bureaus and towns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from outpost.access.services import principals as access
from outpost.access.services.principals import Principal
from outpost.audit import services as audit
from outpost.audit import versions
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets.cells import Raw
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.regions.models import Organization
from outpost.sentinel import errors
from outpost.sentinel.fields import Audience
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.reading import OrganizationRead, OrganizationReader, refuse

EDIT = "sentinel.edit_organizations"
ENROLMENT_KEY = ("category_id", "organization_id")
ORGANIZATION_KEY = ("region_id", "name")
STAFF_KEY = ("enrolment_id", "person_id")


@dataclass(frozen=True, slots=True)
class EnrolmentEntry:
    """What is stated about an organisation. `town` and `grid` are names or codes, texts as typed.

    When an organisation is restated, an empty `principal_name` or `principal_phone` keeps what stands:
    officers see them masked. `fields` are typed values by the codes of the category's fields.
    """

    category: str
    name: str
    town: str
    address: str
    principal_name: str
    principal_phone: str
    grid: str = ""
    social_credit_code: str = ""
    fields: Mapping[str, Raw] = field(default_factory=dict)


@transaction.atomic
def enter_organization(entry: EnrolmentEntry, *, actor: Actor, at: datetime) -> Enrolment:
    """Enter an organisation into a category; its principal's phone becomes a sign-in.

    An organisation of that name and town that stands in another category already is the same one: what is
    stated now counts. Raises Refusal: 403, NOT_FOUND for a category or town out of reach,
    ORGANIZATION_DUPLICATE, or the first mistake of a cell (its field `column` names it).
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    category = categories.category(entry.category, actor=actor, action=EDIT)
    read = _read(entry, category, actor=actor)
    organization = _organization(read, at=at)
    if Enrolment.objects.current().filter(category=category, organization=organization).exists():
        raise _duplicate(organization)
    enrolment = Enrolment(
        id=new_id(),
        category=category,
        organization=organization,
        fields=dict(read.fields),
        created_at=at,
        updated_at=at,
    )
    try:
        with transaction.atomic():
            enrolment.save(force_insert=True)
    except IntegrityError as error:
        raise _duplicate(organization) from error
    _restate(organization, read, actor=actor, at=at)
    audit.record("sentinel.organization_entered", actor=actor, at=at, object_id=enrolment.id)
    return enrolment


@transaction.atomic
def restate_organization(
    enrolment_id: UUID, entry: EnrolmentEntry, *, actor: Actor, at: datetime
) -> Enrolment:
    """Change what is stated about an organisation; the earlier version stays in the history, and a new phone of
    the principal takes the account along. The category stays, whatever the entry says.

    Raises Refusal: 403, NOT_FOUND outside the actor's scope, `regions.organization_exists`, or the first
    mistake of a cell (its field `column` names it).
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    enrolment = _locked([enrolment_id], actor=actor)[0]
    if enrolment.removed_at is not None:
        raise Refusal(NOT_FOUND)
    organization = enrolment.organization
    principal = regions.principal_of(organization)
    kept = {
        "principal_name": entry.principal_name.strip() or principal.name,
        "principal_phone": entry.principal_phone.strip() or principal.phone,
    }
    read = _read(entry, enrolment.category, actor=actor, kept=kept)
    keep_versions("sentinel_enrolment", ENROLMENT_KEY, [enrolment.id], at=at, cause="sentinel.restated")
    enrolment.fields = dict(read.fields)
    enrolment.updated_at = at
    enrolment.import_id = None
    enrolment.save(update_fields=["fields", "updated_at", "import_id"])
    _restate(organization, read, actor=actor, at=at)
    audit.record("sentinel.organization_restated", actor=actor, at=at, object_id=enrolment.id)
    return enrolment


@transaction.atomic
def remove_organizations(enrolment_ids: Collection[UUID], *, actor: Actor, at: datetime) -> int:
    """Take organisations out of their categories, softly and dated, their staff with them; returns how many.

    An organisation that then stands in no category is removed as well, and its principal's right ends.
    A repetition changes nothing. Raises Refusal: 403, SELECTION_EMPTY, NOT_FOUND when one of them lies outside the
    actor's scope (then none is removed).
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    enrolments = [e for e in _locked(enrolment_ids, actor=actor) if e.removed_at is None]
    if not enrolments:
        return 0
    ids = [enrolment.id for enrolment in enrolments]
    rows = StaffMember.objects.filter(enrolment__in=ids, removed_at__isnull=True).order_by("id")
    staff = list(rows.select_for_update(no_key=True).values_list("id", flat=True))
    keep_versions("sentinel_staffmember", STAFF_KEY, staff, at=at, cause="sentinel.removed")
    StaffMember.objects.filter(id__in=staff).update(removed_at=at, updated_at=at)
    keep_versions("sentinel_enrolment", ENROLMENT_KEY, ids, at=at, cause="sentinel.removed")
    Enrolment.objects.filter(id__in=ids).update(removed_at=at, updated_at=at)
    _remove_idle([enrolment.organization_id for enrolment in enrolments], actor=actor, at=at)
    audit.record(
        "sentinel.organizations_removed",
        actor=actor,
        at=at,
        object_id=str(ids[0]) if len(ids) == 1 else "",
        count=len(ids),
        detail={"enrolments": [str(id_) for id_ in ids], "staff": len(staff)},
    )
    return len(ids)


def keep_versions(
    table: str, key: tuple[str, ...], ids: Collection[UUID], *, at: datetime, cause: str
) -> None:
    """Keep rows of a ledger as they stand, before they change by hand."""
    chosen = sql.SQL("t.id = ANY({})").format(sql.Literal(list(ids)))
    versions.keep(table, key, chosen, at=at, cause=cause)


def wait_for_import(table: LiteralString) -> None:
    """Wait for an import into this table that is being applied, before anything else is locked.

    An import locks its table first and the rows of other tables (people, organisations) after it; a writer by
    hand that went the other way round could end in a deadlock with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


def _locked(ids: Collection[UUID], *, actor: Actor) -> list[Enrolment]:
    """The enrolments of these ids, removed ones too, in the order of ids. Raises NOT_FOUND unless all are in reach."""
    wanted = set(ids)
    if not wanted:
        raise Refusal(errors.SELECTION_EMPTY)
    found = list(
        Enrolment.objects.visible_to(actor, EDIT)
        .filter(id__in=wanted)
        .select_related("category", "organization")
        .select_for_update(of=("self", "organization"), no_key=True)
        .order_by("id")
    )
    if len(found) != len(wanted):
        raise Refusal(NOT_FOUND)
    return found


def _read(
    entry: EnrolmentEntry, category: Category, *, actor: Actor, kept: Mapping[str, str] | None = None
) -> OrganizationRead:
    reach = categories.reach_within(category, actor=actor, action=EDIT)
    if not reach.everything and not reach.regions:
        raise Refusal(NOT_FOUND)
    table = categories.table(category.code, Audience.ORGANIZATION)
    reader = OrganizationReader(table, places=regions.places(reach))
    values: dict[str, Raw] = {
        **entry.fields,
        "name": entry.name,
        "social_credit_code": entry.social_credit_code,
        "town": entry.town,
        "grid": entry.grid,
        "principal_name": entry.principal_name,
        "principal_phone": entry.principal_phone,
        "address": entry.address,
        **(kept or {}),
    }
    read = reader.read(reader.cells(values))
    if isinstance(read, list):
        raise refuse(read)
    return read


def _organization(read: OrganizationRead, *, at: datetime) -> Organization:
    """The organisation of that name and town; somebody else may be making it at this moment."""
    try:
        with transaction.atomic():
            return regions_services.enter_organization(read.entry, at=at)
    except IntegrityError:
        return regions_services.enter_organization(read.entry, at=at)


def _restate(organization: Organization, read: OrganizationRead, *, actor: Actor, at: datetime) -> None:
    """Bring the organisation and its principal's account to what is stated."""
    former = regions.principal_of(organization)
    if regions_services.stated_hash(read.entry) != bytes(organization.content_hash):
        keep_versions(
            "regions_organization", ORGANIZATION_KEY, [organization.id], at=at, cause="sentinel.restated"
        )
        Organization.objects.filter(id=organization.id).update(import_id=None)
        regions_services.restate_organization(organization, read.entry, at=at)
    assign_principals(
        [Principal(organization.id, read.entry.principal_phone, former.phone)], actor=actor, at=at
    )


def assign_principals(principals: Sequence[Principal], *, actor: Actor, at: datetime) -> None:
    """Bring the accounts of the enterprise side in line with the organisations."""
    access.assign_principals(principals, actor=actor, at=at)


def _remove_idle(organization_ids: Sequence[UUID], *, actor: Actor, at: datetime) -> None:
    """Remove those organisations that stand in no category any more."""
    idle = list(
        Organization.objects.current()
        .filter(id__in=organization_ids)
        .exclude(enrolments__removed_at__isnull=True)
        .order_by("id")
    )
    if not idle:
        return
    ids = [organization.id for organization in idle]
    keep_versions("regions_organization", ORGANIZATION_KEY, ids, at=at, cause="sentinel.removed")
    Organization.objects.filter(id__in=ids).update(removed_at=at, updated_at=at)
    leaving = [Principal(one.id, "", regions.principal_of(one).phone) for one in idle]
    assign_principals(leaving, actor=actor, at=at)


def _duplicate(organization: Organization) -> Refusal:
    town = organization.region.name
    return Refusal(errors.ORGANIZATION_DUPLICATE, town=town, name=organization.name, column="name")
