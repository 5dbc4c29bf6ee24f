"""A pre-registration is withdrawn, and put back within a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit import deletions
from outpost.audit import services as audit
from outpost.audit.deletions import Restorable, few, ids_of, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.exchange.merge import wait_for_import
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.models import Registration
from outpost.sites.services.passing import refuse_inside

REGISTRATION_KEY = ("contract_id", "person_id")
WITHDRAWN, RESTORED = "sites.registration_withdrawn", "sites.registration_restored"
KIND = "sites.registrations"  # of what was withdrawn


@transaction.atomic
def withdraw_registration(registration_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Take somebody out of a site's register; undone within a day. Returns the contract. Raises Refusal: 403,
    NOT_FOUND, STILL_INSIDE."""
    actor.require(REGISTER_PEOPLE)
    wait_for_import("sites_registration")
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE)
    (found,) = lock_rows(mine.current(), [registration_id])
    refuse_inside(found.stays.filter(left_at__isnull=True).count())
    _mark(found, at, actor=actor, at=at, cause=WITHDRAWN)
    deletions.remember(KIND, [found.id], actor=actor, at=at, parts={})
    audit.record(WITHDRAWN, actor=actor, at=at, object_id=found.id)
    return found.contract_id


def restore_registration(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put it back. Raises Refusal: NOT_FOUND outside the actor's reach or under a closed contract, REGISTERED_AGAIN."""
    wait_for_import("sites_registration")
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE)
    (found,) = lock_rows(mine, deletion.object_ids)
    if found.removed_at != deletion.deleted_at:
        return
    if found.contract.removed_at is not None:
        raise Refusal(NOT_FOUND)
    if Registration.objects.current().filter(contract=found.contract_id, person=found.person_id).exists():
        raise Refusal(errors.REGISTERED_AGAIN)
    _mark(found, None, actor=actor, at=at, cause=RESTORED)
    audit.record(RESTORED, actor=actor, at=at, object_id=found.id)


def _mark(
    found: Registration, removed_at: datetime | None, *, actor: Actor, at: datetime, cause: str
) -> None:
    everything = Registration.objects.all()
    deletions.mark(everything, REGISTRATION_KEY, [found.id], removed_at, actor=actor, at=at, cause=cause)


def _names(withdrawn: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """By the contract: the list of what was deleted names nobody."""
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE).filter(id__in=ids_of(withdrawn))
    return names_within(
        withdrawn, {str(one.id): one.contract.number for one in mine.select_related("contract")}, few
    )


def _address(deletion: Deletion) -> str:
    found = Registration.objects.get(id=deletion.object_ids[0])
    return reverse("sites:registrations", args=[found.contract_id])


REGISTRATIONS = (
    Restorable(
        KIND, REGISTER_PEOPLE, _("Pre-registrations of a site"), _names, restore_registration, _address
    ),
)
