"""Who runs a site: the phone of the project lead 总包项目负责人 signs in and is in charge of that contract alone."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse

from outpost.access.contacts import contacts_of
from outpost.access.models import Grant
from outpost.access.services.principals import Charge, Holder, assign
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.core.stated import unseal
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
from outpost.sites.models import Contract, lead_context
from outpost.sites.rules import CONTRACT

LEADS = Charge(Role.SITE_LEAD, CONTRACT, "access.site_leads_assigned", "access.site_lead_changed")
NAMED = "sites.lead_named"


def follow_leads(*, actor: Actor, at: datetime, cause: str) -> None:
    """Bring the rights in line with whom the ledger of contracts names, and tell who is named anew; `cause` is told
    once. A contract that was closed has no lead.

    Raises DUTIES_OF_PHONE.
    """
    named = _changed()
    assign(LEADS, named, actor=actor, at=at)
    phones = [Phone(one.phone) for one in named if one.phone]
    if phones:
        dedupe = f"{NAMED}:{cause}"
        send(NAMED, recipients=phones, dedupe=dedupe, at=at, url=reverse("sites:mine"))


def _changed() -> list[Holder]:
    """The contracts whose lead in the ledger is not who holds the right."""
    held = {
        grant.scope_key: grant.user
        for grant in Grant.objects.filter(
            role=LEADS.role, scope_kind=LEADS.kind, revoked_at__isnull=True
        ).select_related("user")
    }
    standing = {str(one.id): one for one in Contract.objects.current().filter(lead_phone_hash__isnull=False)}
    changed = []
    for key in sorted(held.keys() | standing.keys()):
        holder, contract = held.get(key), standing.get(key)
        has = bytes(holder.phone_hash or b"") if holder else None
        wants = bytes(contract.lead_phone_hash or b"") if contract else None
        if has != wants:
            former = contacts_of(holder).phone if holder else ""
            changed.append(Holder(UUID(key), _phone(contract), former))
    return changed


def _phone(contract: Contract | None) -> str:
    if contract is None or contract.sealed is None:
        return ""
    return unseal(ring(), lead_context(contract.id), contract.sealed).phone
