"""Who runs a site: the phone of the project lead 总包项目负责人 signs in and is in charge of that contract alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from outpost.access.services.principals import Charge, Holder, assign
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.core.stated import unseal
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
from outpost.sites.models import lead_context
from outpost.sites.rules import CONTRACT

LEADS = Charge(Role.SITE_LEAD, CONTRACT, "access.site_leads_assigned", "access.site_lead_changed")
NAMED = "sites.lead_named"


def put_in_charge(named: Sequence[Holder], *, actor: Actor, at: datetime, cause: str) -> None:
    """Bring the rights in line with who is named, and tell who is named anew; `cause` is told once.

    Raises DUTIES_OF_PHONE.
    """
    assign(LEADS, named, actor=actor, at=at)
    phones = [Phone(one.phone) for one in named if one.phone and one.phone != one.former_phone]
    if phones:
        dedupe = f"{NAMED}:{cause}"
        send(NAMED, recipients=phones, dedupe=dedupe, at=at, url=reverse("sites:mine"))


def lead_phone(contract_id: UUID, sealed: bytes | memoryview | None) -> str:
    """The phone of a contract's lead; empty while none is named."""
    return unseal(ring(), lead_context(contract_id), bytes(sealed)).phone if sealed is not None else ""
