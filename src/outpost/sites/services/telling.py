"""What a site's leads are told: the station's verdict on the prevention file, once a day that stock runs low, that
somebody of theirs entered another site, and what became of an exception; and who is asked to agree to one."""

from datetime import datetime

from django.urls import reverse

from outpost.core.clock import local_day
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.sites.models import Contract, ContractQuerySet, SiteException
from outpost.sites.models.prevention import Checklist
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.leads import leads_of, may_agree
from outpost.sites.vocabularies import INFERRED

VERDICT, LOW_STOCK, ENTERED_ELSEWHERE = "sites.verdict", "sites.low_stock", "sites.entered_elsewhere"
EXCEPTION_ASKED = "sites.exception_asked"
EXCEPTION_AGREED, EXCEPTION_ENDED = "sites.exception_agreed", "sites.exception_ended"


def tell_verdict(checklist: Checklist, *, at: datetime) -> None:
    """The station has judged a version."""
    _tell_of_file(VERDICT, checklist.contract, f"{VERDICT}:{checklist.id}", at=at)


def tell_entered_elsewhere(contract: Contract, *, at: datetime) -> None:
    """Somebody who stood as on this site stands as having left it: they entered another one. Of a crew that moves in
    one act it is told once; neither who nor where stands in it, the list of the own site says who."""
    url = reverse("sites:registrations", args=[contract.id]) + f"?presence={INFERRED}"
    _tell(ENTERED_ELSEWHERE, contract, f"{ENTERED_ELSEWHERE}:{contract.id}:{at.isoformat()}", url, at=at)


def tell_exception_asked(one: SiteException, *, at: datetime) -> None:
    """It waits for a second word."""
    contract = one.registration.contract
    told = [Account(user) for user in may_agree(contract, besides=one.asked_by)]
    send(EXCEPTION_ASKED, recipients=told, dedupe=f"{EXCEPTION_ASKED}:{one.id}", at=at, url=_of_person(one))


def tell_exception_decided(one: SiteException, *, at: datetime) -> None:
    """It was agreed to; or it was declined or taken back."""
    message = EXCEPTION_ENDED if one.ended_at else EXCEPTION_AGREED
    _tell(message, one.registration.contract, f"{message}:{one.id}", _of_person(one), at=at)


def _of_person(one: SiteException) -> str:
    return reverse("sites:person", args=[one.registration_id])


def tell_low_stock(contracts: ContractQuerySet, *, at: datetime) -> int:
    """Tell the leads of those of these contracts where an item is low or out, each once a day; returns how many."""
    today = local_day(at)
    low = [row.contract for row in reads.file_rows(contracts, on=today) if row.facts.is_low]
    for contract in low:
        _tell_of_file(LOW_STOCK, contract, f"{LOW_STOCK}:{contract.id}:{today}", at=at)
    return len(low)


def _tell_of_file(message: str, contract: Contract, dedupe: str, *, at: datetime) -> None:
    _tell(message, contract, dedupe, reverse("sites:prevention", args=[contract.id]), at=at)


def _tell(message: str, contract: Contract, dedupe: str, url: str, *, at: datetime) -> None:
    told = [Account(one) for one in leads_of(contract)]
    send(message, recipients=told, dedupe=dedupe, at=at, url=url)
