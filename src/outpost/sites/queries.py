"""Reads of contracts: 监督查询, one contract, its lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.stated import Stated, unseal
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import Contract, ContractQuerySet, Employer, lead_context


@dataclass(frozen=True, slots=True)
class Headline:
    """What 监督查询 says above its rows: sums of them, general contractors counted once each."""

    contracts: int
    general_contractors: int
    employers: int


_TEXTS = {
    "number": "number__icontains",
    "project": "project__name__icontains",
    "general_contractor": "general_contractor__icontains",
    "station": "project__station",
    "town": "project__region",
}
"""How each filter narrows."""


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with what is counted under it."""

    contract: Contract
    employers: int


def contracts(values: Mapping[str, str], *, actor: Actor) -> ContractQuerySet:
    """The contracts within the actor's reach that a filter wants."""
    condition = {_TEXTS[name]: value.strip() for name, value in values.items()}
    found = Contract.objects.visible_to(actor, SEE_SITES).current().filter(**condition)
    return found.select_related("project__region")


def contract_rows(found: Iterable[Contract]) -> list[ContractRow]:
    """These contracts, counted."""
    rows = list(found)
    counted = _living_employers().filter(contract__in=rows).values_list("contract")
    employed = dict(counted.annotate(Count("id")))
    return [ContractRow(one, employed.get(one.id, 0)) for one in rows]


def headline(found: ContractQuerySet) -> Headline:
    """The sums of these contracts."""
    counted = found.aggregate(contracts=Count("id"), firms=Count("general_contractor", distinct=True))
    employed = _living_employers().filter(contract__in=found.values("id")).count()
    return Headline(counted["contracts"], counted["firms"], employed)


def _living_employers() -> QuerySet[Employer]:
    return Employer.objects.filter(removed_at__isnull=True)


def stations(*, actor: Actor) -> list[str]:
    """The supervision stations of the contracts in reach."""
    found = Contract.objects.visible_to(actor, SEE_SITES).current()
    return list(found.order_by("project__station").values_list("project__station", flat=True).distinct())


def contract_seen(contract_id: UUID, *, actor: Actor) -> Contract:
    """One contract. Raises Refusal NOT_FOUND outside the actor's reach."""
    found = Contract.objects.visible_to(actor, SEE_SITES).current().select_related("project__region")
    contract = found.filter(id=contract_id).first()
    if contract is None:
        raise Refusal(NOT_FOUND)
    return contract


def employers(contract: Contract) -> QuerySet[Employer]:
    """The employers under a contract in reach."""
    return _living_employers().filter(contract=contract).order_by("name")


def lead_of(contract: Contract) -> Stated | None:
    """The project lead, masked; None while none is named."""
    if contract.sealed is None:
        return None
    return unseal(ring(), lead_context(contract.id), contract.sealed).masked()
