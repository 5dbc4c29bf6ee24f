"""Who runs a venue: the phone in the ledger signs in and is in charge of that venue alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.contacts import contacts_of
from outpost.access.models import Grant
from outpost.access.services.principals import Charge, Holder, assign
from outpost.audit.deletions import KEPT_FOR
from outpost.core.actor import Actor
from outpost.core.rights import Role
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
from outpost.venues.models import Venue
from outpost.venues.rules import VENUE

MANAGERS = Charge(Role.MANAGER, VENUE, "access.managers_assigned", "access.manager_changed")
INSPECTORS = Charge(Role.INSPECTOR, VENUE, "access.inspectors_assigned", "access.inspector_changed")


def put_in_charge(named: Sequence[Holder], *, actor: Actor, at: datetime, cause: str) -> None:
    """Bring the rights in line with who is named, and tell who is named anew; `cause` is told once.

    Raises DUTIES_OF_PHONE.
    """
    assign(MANAGERS, named, actor=actor, at=at)
    phones = [Phone(one.phone) for one in named if one.phone and one.phone != one.former_phone]
    if phones:
        url = reverse("venues:mine")
        send(
            "venues.manager_named", recipients=phones, dedupe=f"venues.manager_named:{cause}", at=at, url=url
        )


@transaction.atomic
def release_rights(*, actor: Actor, at: datetime) -> int:
    """End the rights over venues that were closed and come back no more; returns how many. A right over nothing would
    keep its holder from closing the account."""
    held = Grant.objects.filter(scope_kind=VENUE, revoked_at__isnull=True).select_related("user")
    held_over = set(held.values_list("scope_key", flat=True))
    gone = Venue.objects.filter(id__in=held_over, removed_at__lte=at - KEPT_FOR).values_list("id", flat=True)
    ended = held.filter(scope_key__in=[str(one) for one in gone])
    return sum(
        assign(charge, [_ending(grant) for grant in ended.filter(role=charge.role)], actor=actor, at=at)
        for charge in (MANAGERS, INSPECTORS)
    )


def _ending(grant: Grant) -> Holder:
    return Holder(UUID(grant.scope_key), "", contacts_of(grant.user).phone)
