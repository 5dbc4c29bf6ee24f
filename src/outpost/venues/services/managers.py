"""Who runs a venue: the phone in the ledger signs in and is in charge of that venue alone."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from outpost.access.services.principals import Charge, Holder, assign
from outpost.core.actor import Actor
from outpost.core.rights import Role
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
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
