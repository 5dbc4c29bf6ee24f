"""Organisations 主体 of a category: added, changed and removed by bureaus and towns."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from outpost.access.services import principals as access
from outpost.access.services.principals import Principal
from outpost.audit import deletions, editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets.parsing import StatedCells, completed
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.regions.models import Organization
from outpost.regions.rules import REGION
from outpost.regions.services import OrganizationEntry
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_ORGANIZATIONS
from outpost.sentinel.fields import Audience
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries import categories, texts
from outpost.sentinel.reading import FIELDS, OrganizationReader, organization_entry

EDIT = EDIT_ORGANIZATIONS
ENROLMENT_KEY = ("category_id", "organization_id")
ORGANIZATION_KEY = ("region_id", "name")
STAFF_KEY = ("enrolment_id", "person_id")


@transaction.atomic
def add_organization(code: str, stated: StatedCells, *, actor: Actor, at: datetime) -> Enrolment:
    """Enter an organisation into the category of that code; its principal's phone becomes a sign-in.

    `stated`: cells by the columns of the category's table, as typed; town and grid by name or code. An organisation
    of that name and town that stands in another category already is the same one: what is stated now counts.
    Raises Refusal: 403, NOT_FOUND for a category or town out of reach,
    ORGANIZATION_DUPLICATE; Faults, all that is wrong with the cells.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    category = categories.category(code, actor=actor, action=EDIT)
    values = _read(stated, category, actor=actor)
    entry = organization_entry(values)
    organization = _organization(entry, at=at)
    if Enrolment.objects.current().filter(category=category, organization=organization).exists():
        raise duplicate(organization)
    enrolment = Enrolment(
        id=new_id(),
        category=category,
        organization=organization,
        fields=values[FIELDS],
        created_at=at,
        updated_at=at,
    )
    try:
        with transaction.atomic():
            enrolment.save(force_insert=True)
    except IntegrityError as error:
        raise duplicate(organization) from error
    _restate(organization, entry, actor=actor, at=at)
    audit.record("sentinel.organization_entered", actor=actor, at=at, object_id=enrolment.id)
    return enrolment


@transaction.atomic
def change_organization(
    enrolment_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime, seen: str = ""
) -> Enrolment:
    """Change what is stated about an organisation; the earlier version stays in the history, and a new phone of
    the principal takes the account along. An empty name or phone of the principal keeps what stands: officers see
    them masked.

    Raises Refusal: 403, NOT_FOUND outside the actor's scope, `regions.organization_exists`; Faults, all that is
    wrong with the cells.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    enrolment = locked([enrolment_id], actor=actor)[0]
    if enrolment.removed_at is not None:
        raise Refusal(NOT_FOUND)
    organization = enrolment.organization
    now = texts.of_enrolment(enrolment)
    editing.refuse_unread(
        seen,
        enrolment.id,
        now,
        names=texts.names_of(categories.fields_of(enrolment.category_id, Audience.ORGANIZATION)),
        masks={**texts.masks_for(actor, organization.id), **texts.place_names([now])},
    )
    principal = regions.principal_of(organization)
    kept = {"principal_name": principal.name, "principal_phone": principal.phone}
    values = _read(completed(stated, kept), enrolment.category, actor=actor)
    keep_versions(
        "sentinel_enrolment", ENROLMENT_KEY, [enrolment.id], at=at, cause="sentinel.restated", actor=actor
    )
    enrolment.fields = values[FIELDS]
    enrolment.updated_at = at
    enrolment.import_id = None
    enrolment.save(update_fields=["fields", "updated_at", "import_id"])
    _restate(organization, organization_entry(values), actor=actor, at=at)
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
    enrolments = [e for e in locked(enrolment_ids, actor=actor) if e.removed_at is None]
    if not enrolments:
        return 0
    ids = [enrolment.id for enrolment in enrolments]
    rows = StaffMember.objects.filter(enrolment__in=ids, removed_at__isnull=True).order_by("id")
    staff = list(rows.select_for_update(no_key=True).values_list("id", flat=True))
    keep_versions("sentinel_staffmember", STAFF_KEY, staff, at=at, cause="sentinel.removed", actor=actor)
    StaffMember.objects.filter(id__in=staff).update(removed_at=at, updated_at=at)
    keep_versions("sentinel_enrolment", ENROLMENT_KEY, ids, at=at, cause="sentinel.removed", actor=actor)
    Enrolment.objects.filter(id__in=ids).update(removed_at=at, updated_at=at)
    sign_ins = _remove_idle([enrolment.organization_id for enrolment in enrolments], actor=actor, at=at)
    parts = {"organizations": len(ids), "staff": len(staff), "sign_ins": sign_ins}
    deletions.remember("sentinel.organizations", ids, actor=actor, at=at, parts=parts)
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
    table: str, key: tuple[str, ...], ids: Collection[UUID], *, at: datetime, cause: str, actor: Actor
) -> None:
    """Keep rows of a ledger as they stand, before they change by hand."""
    chosen = sql.SQL("t.id = ANY({})").format(sql.Literal(list(ids)))
    versions.keep(table, key, chosen, at=at, cause=cause, actor=actor)


def wait_for_import(table: LiteralString) -> None:
    """Wait for an import into this table that is being applied, before anything else is locked.

    An import locks its table first and the rows of other tables (people, organisations) after it; a writer by
    hand that went the other way round could end in a deadlock with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


def locked(ids: Iterable[UUID], *, actor: Actor) -> list[Enrolment]:
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


def _read(stated: StatedCells, category: Category, *, actor: Actor) -> dict[str, Any]:
    reach = categories.reach_within(category, actor=actor, action=EDIT)
    if not reach.everything and not reach.keys(REGION):
        raise Refusal(NOT_FOUND)
    table = categories.table(category.code, Audience.ORGANIZATION)
    return OrganizationReader(table, places=regions.places(reach)).stated(stated).checked()


def _organization(entry: OrganizationEntry, *, at: datetime) -> Organization:
    """The organisation of that name and town; somebody else may be making it at this moment."""
    try:
        with transaction.atomic():
            return regions_services.ensure_organization(entry, at=at)
    except IntegrityError:
        return regions_services.ensure_organization(entry, at=at)


def _restate(organization: Organization, entry: OrganizationEntry, *, actor: Actor, at: datetime) -> None:
    """Bring the organisation and its principal's account to what is stated."""
    former = regions.principal_of(organization)
    if regions_services.stated_hash(entry) != bytes(organization.content_hash):
        keep_versions(
            "regions_organization",
            ORGANIZATION_KEY,
            [organization.id],
            at=at,
            cause="sentinel.restated",
            actor=actor,
        )
        Organization.objects.filter(id=organization.id).update(import_id=None)
        regions_services.change_organization(organization, entry, at=at)
    assign_principals([Principal(organization.id, entry.principal_phone, former.phone)], actor=actor, at=at)


def assign_principals(principals: Sequence[Principal], *, actor: Actor, at: datetime) -> int:
    """Bring the accounts of the enterprise side in line with the organisations; returns how many rights changed."""
    return access.assign_principals(principals, actor=actor, at=at)


def _remove_idle(organization_ids: Sequence[UUID], *, actor: Actor, at: datetime) -> int:
    """Remove those organisations that stand in no category any more; returns how many rights to sign in ended."""
    idle = list(
        Organization.objects.current()
        .filter(id__in=organization_ids)
        .exclude(enrolments__removed_at__isnull=True)
        .order_by("id")
    )
    if not idle:
        return 0
    ids = [organization.id for organization in idle]
    keep_versions("regions_organization", ORGANIZATION_KEY, ids, at=at, cause="sentinel.removed", actor=actor)
    Organization.objects.filter(id__in=ids).update(removed_at=at, updated_at=at)
    leaving = [Principal(one.id, "", regions.principal_of(one).phone) for one in idle]
    return assign_principals(leaving, actor=actor, at=at)


def duplicate(organization: Organization) -> Refusal:
    town = organization.region.name
    return Refusal(errors.ORGANIZATION_DUPLICATE, town=town, name=organization.name, column="name")
