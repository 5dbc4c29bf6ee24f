"""Organisations 主体 of a category: added, changed and removed by bureaus and towns."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from outpost.access.services.principals import Holder, assign_principals
from outpost.audit import deletions, editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells, completed
from outpost.core.stated import Stated
from outpost.exchange.merge import wait_for_import
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.regions.models import Organization
from outpost.regions.rules import REGION
from outpost.regions.services import OrganizationEntry
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_ORGANIZATIONS
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.editing import edited_enrolment
from outpost.sentinel.queries.principals import relied_on
from outpost.sentinel.reading import FIELDS, OrganizationReader, organization_entry
from outpost.sentinel.services import latest
from outpost.sentinel.services.principals import ORGANIZATION_KEY, ask_for_principal, withdraw

EDIT = EDIT_ORGANIZATIONS
ENROLMENT_KEY = ("category_id", "organization_id")
STAFF_KEY = ("enrolment_id", "person_id")
REMOVED, RESTATED = "sentinel.removed", "sentinel.restated"  # what the history calls it


@transaction.atomic
def add_organization(code: str, stated: StatedCells, *, actor: Actor, at: datetime) -> Enrolment:
    """Enter an organisation into the category of that code; its principal's phone becomes a sign-in.

    `stated`: cells by the columns of the category's table, as typed; town and grid by name or code. An organisation
    of that name and town that stands in another category already is the same one: what is stated now counts.
    Raises Refusal: 403, NOT_FOUND for a category or town out of reach,
    ORGANIZATION_DUPLICATE, ORGANIZATION_SHARED; Faults, all that is wrong with the cells.
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
    the principal takes the account along, in an organisation in use after a second word. An empty name or phone of
    the principal keeps what stands: officers see them masked.

    Raises Refusal: 403, NOT_FOUND outside the actor's scope, `regions.organization_exists`, ORGANIZATION_SHARED;
    Faults, all that is wrong with the cells.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_enrolment")
    enrolment = locked([enrolment_id], actor=actor)[0]
    if enrolment.removed_at is not None:
        raise Refusal(NOT_FOUND)
    organization = enrolment.organization
    specs = categories.fields_of(enrolment.category_id, Audience.ORGANIZATION)
    editing.refuse_unread(seen, edited_enrolment(enrolment, specs, actor=actor))
    principal = regions.principal_of(organization)
    kept = {"principal_name": principal.name, "principal_phone": principal.phone}
    values = _read(completed(stated, kept), enrolment.category, actor=actor)
    versions.keep_rows(
        "sentinel_enrolment", ENROLMENT_KEY, [enrolment.id], at=at, cause=RESTATED, actor=actor
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
    staff = staff_of(ids, removed_at=None)
    deletions.mark(StaffMember.objects.all(), STAFF_KEY, staff, at, actor=actor, at=at, cause=REMOVED)
    deletions.mark(Enrolment.objects.all(), ENROLMENT_KEY, ids, at, actor=actor, at=at, cause=REMOVED)
    latest.follow_staff(staff)
    sign_ins = _remove_idle([enrolment.organization_id for enrolment in enrolments], actor=actor, at=at)
    parts = {"organizations": len(ids), "staff": len(staff), "sign_ins": sign_ins}
    deletions.remember("sentinel.organizations", ids, actor=actor, at=at, parts=parts)
    record_organizations("sentinel.organizations_removed", ids, len(staff), actor=actor, at=at)
    return len(ids)


def staff_of(enrolments: Collection[UUID], *, removed_at: datetime | None) -> list[UUID]:
    """The staff of organisations that stand, or that went at an instant; locked."""
    rows = StaffMember.objects.filter(enrolment__in=enrolments, removed_at=removed_at).order_by("id")
    return list(rows.select_for_update(of=("self",), no_key=True).values_list("id", flat=True))


def record_organizations(
    action: str, enrolments: Sequence[UUID], staff: int, *, actor: Actor, at: datetime
) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_id=enrolments[0] if len(enrolments) == 1 else "",
        count=len(enrolments),
        detail={"enrolments": [str(id_) for id_ in enrolments], "staff": staff},
    )


def locked(ids: Collection[UUID | str], *, actor: Actor) -> list[Enrolment]:
    """The enrolments of these ids, removed ones too, in the order of ids. Raises NOT_FOUND unless all are in reach."""
    if not ids:
        raise Refusal(errors.SELECTION_EMPTY)
    rows = Enrolment.objects.visible_to(actor, EDIT).select_related("category", "organization")
    return lock_rows(rows, ids, of=("self", "organization"))


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
    """Bring the organisation to what is stated; another principal of one in use waits for a second word.

    Raises ORGANIZATION_SHARED when it would change and stands in a category beyond the actor's reach.
    """
    former = regions.principal_of(organization)
    if not regions_services.is_as_stated(organization, entry):
        beyond = categories.beyond_reach(actor=actor, action=EDIT)
        if beyond.filter(organization=organization).exists():
            raise Refusal(errors.ORGANIZATION_SHARED, column="name")
    asked = Stated(entry.principal_name, entry.principal_phone)
    waits = asked.phone != former.phone and bool(relied_on([organization.id]))
    if waits:
        entry = replace(entry, principal_name=former.name, principal_phone=former.phone)
    if not regions_services.is_as_stated(organization, entry):
        versions.keep_rows(
            "regions_organization", ORGANIZATION_KEY, [organization.id], at=at, cause=RESTATED, actor=actor
        )
        Organization.objects.filter(id=organization.id).update(import_id=None)
        regions_services.change_organization(organization, entry, at=at)
    if waits:
        ask_for_principal(organization, asked, actor=actor, at=at)
    elif asked.phone != former.phone:
        withdraw([organization.id])
    assign_principals([Holder(organization.id, entry.principal_phone, former.phone)], actor=actor, at=at)


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
    deletions.mark(Organization.objects.all(), ORGANIZATION_KEY, ids, at, actor=actor, at=at, cause=REMOVED)
    leaving = [Holder(one.id, "", regions.principal_of(one).phone) for one in idle]
    return assign_principals(leaving, actor=actor, at=at)


def duplicate(organization: Organization) -> Refusal:
    town = organization.region.name
    return Refusal(errors.ORGANIZATION_DUPLICATE, town=town, name=organization.name, column="name")
