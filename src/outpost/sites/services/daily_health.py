"""每日健康 of a site's people: of one, or of everybody on site of whom nothing was said today."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.audit import services as audit
from outpost.audit.queries import entries
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.scoped import locked as lock_rows
from outpost.health.daily import Report, contradiction
from outpost.health.services.daily import take_reports
from outpost.health.services.proposals import propose_for
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.sites.actions import REPORT_HEALTH
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.queries.contracts import not_reported
from outpost.sites.queries.leads import in_charge, leads_of
from outpost.sites.services import tallies

REPORTED = "sites.health_reported"
ABNORMAL = "sites.abnormal_health"
MISSING, REMINDED = "sites.health_missing", "sites.health_reminded"
_WAITING = "?presence=inside&wellness=missing"


@transaction.atomic
def report_one(
    registration_id: UUID,
    temperature: Decimal | None,
    symptoms: Sequence[str],
    method: str = "",
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Report how somebody is now; an abnormal report is told at once, what contradicts itself is kept as such. Raises
    Refusal: 403, NOT_FOUND."""
    actor.require(REPORT_HEALTH)
    mine = Registration.objects.visible_to(actor, REPORT_HEALTH).current()
    (row,) = lock_rows(mine, [registration_id])
    is_contradictory = contradiction(temperature, symptoms) is not None
    report = Report(at, temperature, tuple(symptoms), method, is_contradictory)
    take(row.contract, {row.person_id: report}, actor=actor, at=at)


@transaction.atomic
def report_shift(contract_id: UUID, stated: Mapping[UUID, Report], *, actor: Actor, at: datetime) -> int:
    """Report a table of people of one contract, by registration; returns how many. Raises Refusal: 403, NOT_FOUND."""
    actor.require(REPORT_HEALTH)
    (contract,) = lock_rows(Contract.objects.visible_to(actor, REPORT_HEALTH).current(), [contract_id])
    mine = Registration.objects.visible_to(actor, REPORT_HEALTH).current()
    rows = lock_rows(mine.filter(contract=contract), list(stated))
    take(contract, {row.person_id: stated[row.id] for row in rows}, actor=actor, at=at)
    return len(rows)


@transaction.atomic
def report_rest(contract_id: UUID, temperature: Decimal | None, *, actor: Actor, at: datetime) -> int:
    """其余均正常: everybody on site of whom nothing was reported today has no symptom; returns how many that are.

    `temperature`: measured of them all, at most so high; None: none was taken. Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(REPORT_HEALTH)
    (contract,) = lock_rows(Contract.objects.visible_to(actor, REPORT_HEALTH).current(), [contract_id])
    rest = unreported(contract, actor=actor, at=at)
    take(contract, dict.fromkeys(rest, Report(at, temperature)), actor=actor, at=at)
    return len(rest)


@transaction.atomic
def remind(*, actor: Actor, at: datetime) -> None:
    """Tell the lead of each site where people have no report today; once a day. Nothing of a person stands in it: the
    list is what is so when it is opened."""
    on = local_day(at)
    if entries(actor=actor, action=REMINDED, first_on=on, last_on=on).exists():
        return
    waiting = not_reported(Stay.objects.inside(), on).values("contract")
    contracts = list(Contract.objects.current().filter(id__in=waiting))
    for contract in contracts:
        told = [Account(one) for one in leads_of(contract)]
        url = reverse("sites:registrations", args=[contract.id]) + _WAITING
        send(MISSING, recipients=told, dedupe=f"{MISSING}:{contract.id}:{on}", at=at, url=url)
    audit.record(REMINDED, actor=actor, at=at, count=len(contracts))


def unreported(contract: Contract, *, actor: Actor, at: datetime) -> list[UUID]:
    """The people on site within the actor's reach of whom nothing was reported today."""
    mine = Stay.objects.visible_to(actor, REPORT_HEALTH).inside().filter(contract=contract)
    return list(not_reported(mine, local_day(at)).values_list("person_id", flat=True))


def take(contract: Contract, reports: Mapping[UUID, Report], *, actor: Actor, at: datetime) -> None:
    """Keep a report of each of these people of a contract, in the transaction of the caller, who has checked that they
    are the actor's to report."""
    keep(contract, reports, actor=actor, at=at)
    tallies.follow_people(reports, at=at)
    tell(contract, reports, actor=actor, at=at)


def keep(contract: Contract, reports: Mapping[UUID, Report], *, actor: Actor, at: datetime) -> None:
    """The first half of `take`: write them."""
    take_reports(reports, contract.health_source, actor=actor, at=at)


def tell(contract: Contract, reports: Mapping[UUID, Report], *, actor: Actor, at: datetime) -> None:
    """The second half of `take`: what follows from them, once everything is written."""
    abnormal = {person_id: one for person_id, one in reports.items() if one.is_abnormal}
    follow(contract, len(reports), abnormal, actor=actor, at=at)


def follow(
    contract: Contract, taken: int, abnormal: Mapping[UUID, Report], *, actor: Actor, at: datetime
) -> None:
    """What follows from reports that were taken, in the caller's transaction: the abnormal ones are told, and propose a
    disposition."""
    if abnormal:
        told = [Account(one) for one in in_charge(contract)]
        dedupe = f"{ABNORMAL}:{contract.id}:{at.isoformat()}"
        url = reverse("sites:registrations", args=[contract.id])
        send(ABNORMAL, recipients=told, dedupe=dedupe, at=at, url=url)
        propose_for(abnormal, contract.health_source, actor=actor, at=at)
    audit.record(REPORTED, actor=actor, at=at, object_id=contract.id, count=taken)
