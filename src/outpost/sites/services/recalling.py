"""Recall 在场待撤离: whoever is on site and is held by the command or a positive test has to leave; those in charge are
told at once, whichever way the fact came in."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.sites.models import Contract, Stay
from outpost.sites.queries.leads import in_charge
from outpost.sites.queries.people import to_leave

TOLD = "sites.to_leave"


@transaction.atomic
def recall(*, actor: Actor, at: datetime) -> int:
    """Tell lead and town of each site where somebody newly has to leave; returns how many that are. Of whom the command
    lets in again it is forgotten, so that a second order is told anew."""
    held = set(to_leave(Stay.objects.all(), at=at).values_list("id", flat=True))
    told = set(Stay.objects.inside().filter(recalled_at__isnull=False).values_list("id", flat=True))
    Stay.objects.filter(id__in=told - held).update(recalled_at=None)
    new = held - told
    if not new:
        return 0
    Stay.objects.filter(id__in=new).update(recalled_at=at)
    contracts = Contract.objects.filter(id__in=Stay.objects.filter(id__in=new).values("contract"))
    for contract in contracts.select_related("project"):
        _tell(contract, at=at)
    audit.record("sites.recalled", actor=actor, at=at, count=len(new))
    return len(new)


def _tell(contract: Contract, *, at: datetime) -> None:
    """Nothing of a person stands in it."""
    told = [Account(one) for one in in_charge(contract)]
    dedupe = f"{TOLD}:{contract.id}:{at.isoformat()}"
    send(TOLD, recipients=told, dedupe=dedupe, at=at, url=reverse("sites:to_leave"))
