"""Who runs or watches a site: the phones of both leads sign in and have their right over that contract alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from outpost.access.services.principals import Charge, Holder, assign
from outpost.core.actor import Actor
from outpost.core.rights import Role
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.seats import Seat

CHARGES: Mapping[Role, tuple[Charge, str]] = {
    Role.SITE_LEAD: (
        Charge(Role.SITE_LEAD, CONTRACT, "access.site_leads_assigned", "access.site_lead_changed"),
        "sites.lead_named",
    ),
    Role.SITE_SUPERVISOR: (
        Charge(
            *(Role.SITE_SUPERVISOR, CONTRACT),
            *("access.site_supervisors_assigned", "access.site_supervisor_changed"),
        ),
        "sites.supervisor_named",
    ),
}
"""By the role of a seat: its right, and what is told to who is named."""


def put_in_charge(seat: Seat, named: Sequence[Holder], *, actor: Actor, at: datetime, cause: str) -> None:
    """Bring the rights in line with who is named, and tell who is named anew; `cause` is told once.

    Raises DUTIES_OF_PHONE.
    """
    charge, message = CHARGES[seat.role]
    assign(charge, named, actor=actor, at=at)
    phones = [Phone(one.phone) for one in named if one.phone and one.phone != one.former_phone]
    if phones:
        dedupe = f"{message}:{cause}"
        send(message, recipients=phones, dedupe=dedupe, at=at, url=reverse("sites:mine"))
