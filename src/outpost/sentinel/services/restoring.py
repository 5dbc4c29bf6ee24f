"""What was removed by hand comes back as it was: staff, and organisations with their staff and their sign-ins."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.access.services.principals import give_back_principals
from outpost.audit import services as audit
from outpost.audit.deletions import Restorable
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.masking import mask_name
from outpost.regions.errors import ORGANIZATION_EXISTS
from outpost.regions.models import Organization
from outpost.sentinel import errors
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.seals import open_staff
from outpost.sentinel.services import organizations, staff
from outpost.sentinel.services.organizations import (
    ENROLMENT_KEY,
    ORGANIZATION_KEY,
    STAFF_KEY,
    keep_versions,
    wait_for_import,
)

NAMED = 3  # names that stand for a longer list
RESTORED = "sentinel.restored"


def restore_staff(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put people back into the ledger, each with their days off duty.

    Raises Refusal: NOT_FOUND outside the actor's scope, STAFF_DUPLICATE when one of them was entered anew meanwhile,
    RESTORE_ORGANIZATION_GONE.
    """
    wait_for_import("sentinel_staffmember")
    found = StaffMember.objects.visible_to(actor, staff.EDIT).filter(id__in=deletion.object_ids)
    joined = found.select_related("enrolment__organization")
    members = list(joined.select_for_update(of=("self",), no_key=True).order_by("id"))
    if len(members) != len(deletion.object_ids):
        raise Refusal(NOT_FOUND)
    gone = [member for member in members if member.removed_at == deletion.deleted_at]
    for member in gone:
        if member.enrolment.removed_at is not None:
            raise Refusal(errors.RESTORE_ORGANIZATION_GONE, name=member.enrolment.organization.name)
        staff.refuse_clash(member)
    _bring_back(StaffMember.objects.all(), STAFF_KEY, [one.id for one in gone], actor=actor, at=at)
    for enrolment in {member.enrolment_id: member.enrolment for member in gone}.values():
        mine = [member.id for member in gone if member.enrolment_id == enrolment.id]
        staff.record_staff("sentinel.staff_restored", enrolment, mine, actor=actor, at=at)


def restore_organizations(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put organisations back into their categories with the staff that went with them; one that was removed as a whole
    comes back with the right of its principal to sign in.

    Raises Refusal: NOT_FOUND outside the actor's scope, ORGANIZATION_DUPLICATE or `regions.organization_exists` when
    another one took its place meanwhile, RESTORE_ORGANIZATION_GONE, RESTORE_CATEGORY_GONE.
    """
    wait_for_import("sentinel_enrolment")
    enrolments = organizations.locked(map(UUID, deletion.object_ids), actor=actor)
    gone = [one for one in enrolments if one.removed_at == deletion.deleted_at]
    back = {one.organization_id: one.organization for one in gone}
    whole = [one for one in back.values() if one.removed_at == deletion.deleted_at]
    for enrolment in gone:
        _refuse_enrolment(enrolment, deletion.deleted_at)
    ids = [enrolment.id for enrolment in gone]
    rows = StaffMember.objects.filter(enrolment__in=ids, removed_at=deletion.deleted_at).order_by("id")
    members = list(rows.select_for_update(of=("self",), no_key=True).values_list("id", flat=True))
    signs_in = [one.id for one in whole]
    _bring_back(Organization.objects.all(), ORGANIZATION_KEY, signs_in, actor=actor, at=at)
    _bring_back(Enrolment.objects.all(), ENROLMENT_KEY, ids, actor=actor, at=at)
    _bring_back(StaffMember.objects.all(), STAFF_KEY, members, actor=actor, at=at)
    give_back_principals(signs_in, ended_at=deletion.deleted_at, actor=actor, at=at)
    audit.record(
        "sentinel.organizations_restored",
        actor=actor,
        at=at,
        object_id=ids[0] if len(ids) == 1 else "",
        count=len(ids),
        detail={"enrolments": [str(one) for one in ids], "staff": len(members)},
    )


def _refuse_enrolment(enrolment: Enrolment, deleted_at: datetime) -> None:
    """Say why an organisation cannot come back into its category."""
    organization = enrolment.organization
    if not enrolment.category.is_active:
        raise Refusal(errors.RESTORE_CATEGORY_GONE, name=enrolment.category.name)
    living = Enrolment.objects.current().filter(category=enrolment.category_id, organization=organization)
    if living.exists():
        raise organizations.duplicate(organization)
    if organization.removed_at is None:
        return
    if organization.removed_at != deleted_at:
        raise Refusal(errors.RESTORE_ORGANIZATION_GONE, name=organization.name)
    same = Organization.objects.current().filter(region=organization.region_id, name=organization.name)
    if same.exists():
        raise Refusal(ORGANIZATION_EXISTS, town=organization.region.name, name=organization.name)


def _bring_back(
    rows: QuerySet[Any, Any], key: tuple[str, ...], ids: Collection[UUID], *, actor: Actor, at: datetime
) -> None:
    """Let locked rows of one table stand again; that they were gone stays in the history."""
    if ids:
        keep_versions(rows.model._meta.db_table, key, ids, at=at, cause=RESTORED, actor=actor)  # noqa: SLF001
        rows.filter(id__in=ids).update(removed_at=None, updated_at=at)


def _staff_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """Who was removed, masked, and from where; for the deletions that lie wholly in reach."""
    wanted = {one for deletion in deletions for one in deletion.object_ids}
    found = StaffMember.objects.visible_to(actor, staff.EDIT).filter(id__in=wanted)
    members = {str(one.id): one for one in found.select_related("enrolment__organization")}
    return {
        deletion.id: _staff_name([members[one] for one in deletion.object_ids])
        for deletion in deletions
        if members.keys() >= set(deletion.object_ids)
    }


def _staff_name(members: Sequence[StaffMember]) -> str:
    keys = ring()
    names = [
        mask_name(open_staff(keys, one.enrolment_id, one.person_id, one.sealed).name)
        for one in members[:NAMED]
    ]
    places = list(dict.fromkeys(one.enrolment.organization.name for one in members))
    return f"{_few(names, len(members))} · {_few(places[:NAMED], len(places))}"


def _organization_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    wanted = {one for deletion in deletions for one in deletion.object_ids}
    found = Enrolment.objects.visible_to(actor, organizations.EDIT).filter(id__in=wanted)
    names = {
        str(one.id): f"{one.organization.name}（{one.category.name}）"
        for one in found.select_related("organization", "category")
    }
    return {
        deletion.id: _few([names[one] for one in deletion.object_ids[:NAMED]], len(deletion.object_ids))
        for deletion in deletions
        if names.keys() >= set(deletion.object_ids)
    }


def _few(names: Sequence[str], count: int) -> str:
    return "、".join(names) + (" …" if count > len(names) else "")


def _staff_address(deletion: Deletion) -> str:
    if len(deletion.object_ids) == 1:
        return reverse("sentinel:staff_member", args=deletion.object_ids)
    return reverse("sentinel:staff")


def _organization_address(deletion: Deletion) -> str:
    if len(deletion.object_ids) == 1:
        return reverse("sentinel:organization", args=deletion.object_ids)
    return reverse("sentinel:organizations")


LEDGERS = (
    Restorable("sentinel.staff", staff.EDIT, _("Staff"), _staff_names, restore_staff, _staff_address),
    Restorable(
        "sentinel.organizations",
        organizations.EDIT,
        _("Organisations"),
        _organization_names,
        restore_organizations,
        _organization_address,
    ),
)
