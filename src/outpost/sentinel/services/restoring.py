"""What was removed by hand comes back as it was: staff, and organisations with their staff and their sign-ins."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.access.services.principals import give_back_principals
from outpost.audit.deletions import NAMED, Restorable, few, ids_of, mark, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.exchange.merge import wait_for_import
from outpost.regions.errors import ORGANIZATION_EXISTS
from outpost.regions.models import Organization
from outpost.sentinel import errors
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services import latest, organizations, staff
from outpost.sentinel.services.organizations import ENROLMENT_KEY, STAFF_KEY
from outpost.sentinel.services.principals import ORGANIZATION_KEY

RESTORED = "sentinel.restored"


def restore_staff(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put people back into the ledger, each with their days off duty.

    Raises Refusal: NOT_FOUND outside the actor's scope, STAFF_DUPLICATE when one of them was entered anew meanwhile,
    RESTORE_ORGANIZATION_GONE.
    """
    wait_for_import("sentinel_staffmember")
    members = staff.locked(deletion.object_ids, actor=actor)
    gone = [member for member in members if member.removed_at == deletion.deleted_at]
    for member in gone:
        if member.enrolment.removed_at is not None:
            raise Refusal(errors.RESTORE_ORGANIZATION_GONE, name=member.enrolment.organization.name)
        staff.refuse_clash(member)
    back = [member.id for member in gone]
    mark(StaffMember.objects.all(), STAFF_KEY, back, None, actor=actor, at=at, cause=RESTORED)
    latest.follow_staff(back)
    staff.record_staff("sentinel.staff_restored", gone, actor=actor, at=at)


def restore_organizations(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put organisations back into their categories with the staff that went with them; one that was removed as a whole
    comes back with the right of its principal to sign in.

    Raises Refusal: NOT_FOUND outside the actor's scope, ORGANIZATION_DUPLICATE or `regions.organization_exists` when
    another one took its place meanwhile, RESTORE_ORGANIZATION_GONE, RESTORE_CATEGORY_GONE.
    """
    wait_for_import("sentinel_enrolment")
    enrolments = organizations.locked(deletion.object_ids, actor=actor)
    gone = [one for one in enrolments if one.removed_at == deletion.deleted_at]
    back = {one.organization_id: one.organization for one in gone}
    whole = [one.id for one in back.values() if one.removed_at == deletion.deleted_at]
    for enrolment in gone:
        _refuse_enrolment(enrolment, deletion.deleted_at)
    ids = [enrolment.id for enrolment in gone]
    members = organizations.staff_of(ids, removed_at=deletion.deleted_at)
    mark(Organization.objects.all(), ORGANIZATION_KEY, whole, None, actor=actor, at=at, cause=RESTORED)
    mark(Enrolment.objects.all(), ENROLMENT_KEY, ids, None, actor=actor, at=at, cause=RESTORED)
    mark(StaffMember.objects.all(), STAFF_KEY, members, None, actor=actor, at=at, cause=RESTORED)
    latest.follow_staff(members)
    give_back_principals(whole, ended_at=deletion.deleted_at, actor=actor, at=at)
    organizations.record_organizations(
        "sentinel.organizations_restored", ids, len(members), actor=actor, at=at
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


def _staff_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """Who was removed, masked, and from where."""
    found = StaffMember.objects.visible_to(actor, staff.EDIT).filter(id__in=ids_of(deletions))
    members = {str(one.id): one for one in found.select_related("enrolment__organization")}
    return names_within(deletions, members, _staff_name)


def _staff_name(members: Sequence[StaffMember]) -> str:
    names = [one.stated(ring()).masked().name for one in members[: NAMED + 1]]
    places = list(dict.fromkeys(one.enrolment.organization.name for one in members))
    return f"{few(names)} · {few(places)}"


def _organization_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    found = Enrolment.objects.visible_to(actor, organizations.EDIT).filter(id__in=ids_of(deletions))
    names = {
        str(one.id): f"{one.organization.name}（{one.category.name}）"
        for one in found.select_related("organization", "category")
    }
    return names_within(deletions, names, few)


def _address(one: str, many: str) -> Callable[[Deletion], str]:
    """Where it stands again: the page of the only one, or the list."""
    return lambda deletion: (
        reverse(one, args=deletion.object_ids) if len(deletion.object_ids) == 1 else reverse(many)
    )


LEDGERS = (
    Restorable(
        "sentinel.staff",
        staff.EDIT,
        _("Staff"),
        _staff_names,
        restore_staff,
        _address("sentinel:staff_member", "sentinel:staff"),
    ),
    Restorable(
        "sentinel.organizations",
        organizations.EDIT,
        _("Organisations"),
        _organization_names,
        restore_organizations,
        _address("sentinel:organization", "sentinel:organizations"),
    ),
)
