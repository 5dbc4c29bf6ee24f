"""待核验: who was registered while the outside service of declarations did not answer waits, and is asked for again
until it does. Nothing lets them in meanwhile (`rules.obstacles`)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.outgoing import Outgoing
from outpost.health import outside
from outpost.health.models import Declaration
from outpost.health.queries.journeys import declaration_of
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.people.queries import identities
from outpost.people.rules import Document, DocumentType
from outpost.people.services import record_declarations_used
from outpost.sites.models import Registration
from outpost.sites.queries.leads import in_charge
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.services import arrivals, tallies
from outpost.sites.services.declared_phones import take_phone
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS

WORK = timedelta(seconds=45)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
"""The pause before the next question is as long as somebody has waited, within these."""
VERIFIED, NOT_DECLARED = "sites.verified", "sites.not_declared"
SYSTEM = Actor.system("sites.verify")


def verify_due(*, clock: Callable[[], datetime], out: Outgoing) -> int:
    """Ask once more for those who are due, the longest due first; returns of how many there is a declaration now. A
    service that is down is asked once, not for everybody."""
    ends_at, verified = clock() + WORK, 0
    while (at := clock()) < ends_at and (row := _due(at=at)) is not None:
        try:
            declared = _declared(row, out, at=at)
        except outside.UnavailableError as error:
            _postpone(row, at=at)
            if error.is_down:
                return verified
            continue
        if declared is None:
            _tell_absent(row, at=at)
            continue
        _settle(row, declared, at=at)
        verified += 1
    return verified


def _due(*, at: datetime) -> Registration | None:
    """After the days for which a declaration counts nobody asks any more: they are registered anew."""
    since = at - timedelta(days=DECLARED_WITHIN_DAYS)
    waiting = Registration.objects.current().filter(unverified_since__gt=since, verify_next_at__lte=at)
    return waiting.select_related("contract").order_by("verify_next_at", "id").first()


def _declared(row: Registration, out: Outgoing, *, at: datetime) -> Declaration | None:
    """The declaration, our own or the service's. Raises UnavailableError."""
    since, named = at - timedelta(days=DECLARED_WITHIN_DAYS), bytes(row.name_hash)
    known = declaration_of(row.person_id, named, since=since, at=at)
    if known is None and outside.is_configured():
        who = identities([row.person_id])[row.person_id]
        name = row.stated(ring()).name
        question = outside.Question(Document(DocumentType(who.doc_type), who.number), name)
        outside.take_over(question, since=since, at=at, out=out)
        known = declaration_of(row.person_id, named, since=since, at=at)
    return known


def _postpone(row: Registration, *, at: datetime) -> None:
    waited = at - (row.unverified_since or at)
    later = at + min(max(waited, SHORTEST), LONGEST)
    Registration.objects.filter(id=row.id).update(verify_next_at=later)


@transaction.atomic
def _tell_absent(row: Registration, *, at: datetime) -> None:
    """The service answers, and knows nothing: who leads the site is told once, and it is asked again, later."""
    _postpone(row, at=at)
    told = [Account(one) for one in in_charge(row.contract)]
    url = reverse("sites:registrations", args=[row.contract_id])
    send(NOT_DECLARED, recipients=told, dedupe=f"{NOT_DECLARED}:{row.id}", at=at, url=url)


@transaction.atomic
def _settle(found: Registration, declared: Declaration, *, at: datetime) -> None:
    """The waiting ends; the phone of the declaration is taken where none was typed."""
    row = Registration.objects.select_for_update(of=("self",), no_key=True).get(id=found.id)
    if row.unverified_since is None:
        return
    row.unverified_since = row.verify_next_at = None
    row.save(update_fields=["unverified_since", "verify_next_at"])
    if columns := take_phone(row, declared):
        row.save(update_fields=columns)
        arrivals.note(ArrivalEvent.CHANGED, [row.id], at=at)
    tallies.follow([row.contract_id], at=at, stated=[row.person_id])
    record_declarations_used([row.person_id], actor=SYSTEM, at=at)
    audit.record(VERIFIED, actor=SYSTEM, at=at, object_id=row.id)
