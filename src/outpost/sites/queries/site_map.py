"""How each contract stands just now, for the map beside 监督查询: who has to leave, who was not reported on, stock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.sites.actions import SEE_PREVENTION, SEE_SITES
from outpost.sites.models import Contract, ContractQuerySet, Stay
from outpost.sites.queries.contracts import contract_rows
from outpost.sites.queries.people import to_leave
from outpost.sites.queries.prevention import file_rows


@dataclass(frozen=True, slots=True)
class SiteState:
    """One contract with who is on site, who of them has to leave and of whom nothing was reported today; `is_low`:
    supplies run low."""

    contract: Contract
    on_site: int
    to_leave: int
    unreported: int
    is_low: bool

    @property
    def has_point(self) -> bool:
        return self.contract.project.longitude is not None


def site_states(contracts: ContractQuerySet, *, actor: Actor, at: datetime) -> list[SiteState]:
    """These contracts, with the people in reach; the stock for whoever may see prevention files."""
    inside = Stay.objects.visible_to(actor, SEE_SITES).filter(contract__in=contracts.values("id"))
    leaving = dict(to_leave(inside, at=at).values_list("contract").annotate(Count("id")))
    low = _low(contracts, actor, at)
    return [
        SiteState(
            row.contract, row.on_site, leaving.get(row.contract.id, 0), row.unreported, row.contract.id in low
        )
        for row in contract_rows(contracts, actor=actor, on=local_day(at))
    ]


def _low(contracts: ContractQuerySet, actor: Actor, at: datetime) -> set[UUID]:
    seen = Contract.objects.visible_to(actor, SEE_PREVENTION).values("id")
    rows = file_rows(contracts.filter(id__in=seen), on=local_day(at))
    return {row.contract.id for row in rows if row.facts.is_low}
