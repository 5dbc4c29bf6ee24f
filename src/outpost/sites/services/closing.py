"""A contract is closed, and put back within a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.access.services.principals import Holder
from outpost.audit import deletions
from outpost.audit import services as audit
from outpost.audit.deletions import Restorable, few, ids_of, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.exchange.merge import wait_for_import
from outpost.sites import errors
from outpost.sites.actions import EDIT_SITES
from outpost.sites.models import Contract, Stay
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.seats import SEATS
from outpost.sites.services import arrivals, users
from outpost.sites.services.leads import put_in_charge
from outpost.sites.services.passing import refuse_inside

CONTRACT_KEY = ("number",)
CLOSED, RESTORED = "sites.contract_closed", "sites.contract_restored"
KIND = "sites.contracts"  # of what was closed


@transaction.atomic
def close_contract(contract_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Close a contract: it stands in no list any more; undone within a day. Raises Refusal: 403, NOT_FOUND,
    STILL_INSIDE."""
    actor.require(EDIT_SITES)
    wait_for_import("sites_employer")
    (contract,) = lock_rows(Contract.objects.visible_to(actor, EDIT_SITES).current(), [contract_id])
    refuse_inside(Stay.objects.inside().filter(contract=contract).count())
    arrivals.note(ArrivalEvent.WITHDRAWN, _registered(contract), at=at)
    deletions.mark(Contract.objects.all(), CONTRACT_KEY, [contract.id], at, actor=actor, at=at, cause=CLOSED)
    Contract.objects.filter(id=contract.id).update(closed_at=at)
    _charge(contract, actor=actor, at=at, is_closed=True)
    parts = {"employers": contract.employers.filter(removed_at__isnull=True).count()}
    deletions.remember(KIND, [contract.id], actor=actor, at=at, parts=parts)
    audit.record(CLOSED, actor=actor, at=at, object_id=contract.id)


def restore_contract(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Open a closed contract again. Raises Refusal: NOT_FOUND outside the actor's reach, NUMBER_TAKEN."""
    wait_for_import("sites_employer")
    (contract,) = lock_rows(Contract.objects.visible_to(actor, EDIT_SITES), deletion.object_ids)
    if contract.closed_at != deletion.deleted_at:
        return
    if Contract.objects.current().filter(number=contract.number).exists():
        raise Refusal(errors.NUMBER_TAKEN)
    Contract.objects.filter(id=contract.id).update(closed_at=None)
    arrivals.note(ArrivalEvent.REGISTERED, _registered(contract), at=at)
    deletions.mark(
        Contract.objects.all(), CONTRACT_KEY, [contract.id], None, actor=actor, at=at, cause=RESTORED
    )
    _charge(contract, actor=actor, at=at, is_closed=False)
    audit.record(RESTORED, actor=actor, at=at, object_id=contract.id)


def _registered(contract: Contract) -> list[UUID]:
    """Who goes with the contract, and comes back with it, for the arrivals feed."""
    rows = contract.registrations.filter(removed_at__isnull=True).order_by("created_at", "id")
    return list(rows.values_list("id", flat=True))


def _charge(contract: Contract, *, actor: Actor, at: datetime, is_closed: bool) -> None:
    """Of a closed contract nobody is in charge; one that is opened again has its own."""
    for seat in SEATS:
        who = seat.of(contract)
        phone = who.phone if who else ""
        holder = Holder(contract.id, "", phone) if is_closed else Holder(contract.id, phone)
        put_in_charge(seat, [holder], actor=actor, at=at, cause=f"{contract.id}:{at.isoformat()}")
    users.follow_contract(contract, is_closed=is_closed, actor=actor, at=at)


def _names(deletions_: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    found = Contract.objects.visible_to(actor, EDIT_SITES).filter(id__in=ids_of(deletions_))
    return names_within(deletions_, {str(one.id): one.number for one in found}, few)


CONTRACTS = (
    Restorable(
        KIND,
        EDIT_SITES,
        _("Contracts of construction sites"),
        _names,
        restore_contract,
        lambda deletion: reverse("sites:contract", args=deletion.object_ids),
    ),
)
