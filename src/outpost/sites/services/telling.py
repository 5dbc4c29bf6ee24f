"""What a site's leads are told of its prevention file: the station's verdict, and once a day that stock runs low."""

from datetime import datetime

from django.urls import reverse

from outpost.core.clock import local_day
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.sites import prevention_reads as reads
from outpost.sites.leads import leads_of
from outpost.sites.models import Contract, ContractQuerySet
from outpost.sites.prevention_tables import Checklist

VERDICT, LOW_STOCK = "sites.verdict", "sites.low_stock"


def tell_verdict(checklist: Checklist, *, at: datetime) -> None:
    """The station has judged a version."""
    _tell(VERDICT, checklist.contract, f"{VERDICT}:{checklist.id}", at=at)


def tell_low_stock(contracts: ContractQuerySet, *, at: datetime) -> int:
    """Tell the leads of those of these contracts where an item is low or out, each once a day; returns how many."""
    today = local_day(at)
    low = [row.contract for row in reads.file_rows(contracts, on=today) if row.facts.is_low]
    for contract in low:
        _tell(LOW_STOCK, contract, f"{LOW_STOCK}:{contract.id}:{today}", at=at)
    return len(low)


def _tell(message: str, contract: Contract, dedupe: str, *, at: datetime) -> None:
    told = [Account(one) for one in leads_of(contract)]
    send(message, recipients=told, dedupe=dedupe, at=at, url=reverse("sites:prevention", args=[contract.id]))
