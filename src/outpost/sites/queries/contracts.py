"""Reads of contracts: 监督查询, one contract, its lead."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from outpost.access.scope_sources import UUID_TEXT
from outpost.access.scopes import Source
from outpost.audit.editing import Edited, last_act
from outpost.core.actor import Actor
from outpost.core.errors import Refusal, or_not_found
from outpost.core.ledgers import masks
from outpost.core.scoped import condition
from outpost.health.models import DailyReport
from outpost.health.services.daily import TELLS
from outpost.regions.models import Region
from outpost.regions.points import degrees
from outpost.sites import errors
from outpost.sites.actions import OWN_SITE, SEE_SITES
from outpost.sites.columns.contracts import CONTRACTS
from outpost.sites.models import (
    Contract,
    ContractQuerySet,
    Employer,
    EmployerQuerySet,
    PlaceRuleRow,
    Registration,
    StayQuerySet,
)
from outpost.sites.rules.entering import EMPLOYER
from outpost.sites.seats import SEATS
from outpost.sites.vocabularies import Figure


@dataclass(frozen=True, slots=True)
class Headline:
    """What 监督查询 says above its rows: sums of them, general contractors counted once each. `agreed`: workers by the
    contracts that state it, `unregistered`: how many of those are not registered, contract by contract, None where the
    reader sees all people of none that states it; `not_stated`: contracts that state none."""

    contracts: int
    general_contractors: int
    employers: int
    registered: int
    on_site: int
    unreported: int
    addresses: int
    agreed: int
    unregistered: int | None
    not_stated: int


_TEXTS = {
    "number": "number__icontains",
    "project": "project__name__icontains",
    "general_contractor": "general_contractor__icontains",
    "station": "project__station",
    "town": "project__region",
}
"""How each filter narrows."""
_STANDING = Q(employers__isnull=False, employers__removed_at__isnull=True)
_WHOLE = Q(of_all=F("of_employers"))
"""Of which contracts the reader sees all employers: of one among several they would read that nobody is registered whom
they do not see."""
_BEHIND = {
    Figure.EMPLOYERS: Q(of_employers__gt=0),
    Figure.REGISTERED: Q(of_registered__gt=0),
    Figure.AGREED: Q(agreed_workers__gt=0),
    Figure.UNREGISTERED: Q(_WHOLE, agreed_workers__gt=F("of_registered")),
    Figure.NOT_STATED: Q(agreed_workers__isnull=True),
    Figure.ON_SITE: Q(of_on_site__gt=0),
    Figure.UNREPORTED: Q(of_unreported__gt=0),
    Figure.ADDRESSES: Q(of_addresses__gt=0),
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with what is counted under it. `people`: of those registered who has ever entered, `on_site`: who is
    there now, `unreported`: of those who has no report of daily health today, `reported`: of those registered who has
    one, `addresses`: of those registered whose address waits to be cleared up. Who was withdrawn stands in no list and
    in no figure. `all_employers`: also those that the reader does not see."""

    contract: Contract
    employers: int
    registered: int
    on_site: int
    people: int
    unreported: int
    reported: int
    addresses: int
    all_employers: int

    @property
    def is_whole(self) -> bool:
        """Whether the reader sees the people of all of them."""
        return self.employers == self.all_employers

    @property
    def gap(self) -> int | None:
        """How many of whom the contract states are not registered; below 0: how many more are. None: not stated, or
        some of who are registered are not the reader's to see."""
        agreed = self.contract.agreed_workers
        return agreed - self.registered if agreed is not None and self.is_whole else None

    @property
    def unregistered(self) -> int | None:
        """The same as the headline adds it up: a contract of which more are registered makes up for no other."""
        return None if self.gap is None else max(self.gap, 0)

    @property
    def over(self) -> int:
        """How many more are registered than the contract states."""
        return max(-(self.gap or 0), 0)


def contracts(values: Mapping[str, str], *, actor: Actor) -> ContractQuerySet:
    """The contracts within the actor's reach that a filter wants; `behind` narrows them by its figure."""
    condition = {_TEXTS[name]: value.strip() for name, value in values.items() if name != "figure"}
    found = Contract.objects.visible_to(actor, SEE_SITES).current().filter(**condition)
    return found.select_related("project__region")


def behind(found: ContractQuerySet, figure: Figure | None, *, actor: Actor, on: date) -> ContractQuerySet:
    """Those of these contracts that are counted in a figure of their headline; without one all of them."""
    if figure is None:
        return found
    counted = Contract.objects.annotate(**_numbers(actor, on)).filter(_BEHIND[figure])
    return found.filter(id__in=counted.order_by().values("id"))


def contract_rows(found: Iterable[Contract], *, actor: Actor, on: date) -> list[ContractRow]:
    """These contracts, and of what stands under them what the actor reaches, counted."""
    rows = list(found)
    numbers = _numbers(actor, on)
    known = Contract.objects.filter(id__in=[row.id for row in rows]).annotate(**numbers)
    counts = {id_: found for id_, *found in known.values_list("id", *numbers)}
    return [ContractRow(one, *counts[one.id]) for one in rows]


def headline(found: ContractQuerySet, *, actor: Actor, on: date) -> Headline:
    """The sums of these contracts for the same reader, in one statement with what is summed."""
    firms = Count("general_contractor", distinct=True)
    agreed = F("agreed_workers")
    numbers = _numbers(actor, on)
    sums = {name: Coalesce(Sum(f"of_{name}"), 0) for name in _SUMMED}
    stated = {
        "agreed": Coalesce(Sum(agreed), 0),
        "unregistered": Sum(Greatest(agreed - F("of_registered"), 0), filter=Q(_WHOLE, agreed_workers__gt=0)),
        "not_stated": Count("id", filter=Q(agreed_workers__isnull=True)),
    }
    counted = (
        found.order_by().annotate(**numbers).aggregate(contracts=Count("id"), firms=firms, **sums, **stated)
    )
    if not counted["agreed"]:
        counted["unregistered"] = 0
    return Headline(counted["contracts"], counted["firms"], *(counted[name] for name in (*_SUMMED, *stated)))


def _numbers(actor: Actor, on: date) -> dict[str, Count | Coalesce]:
    """What is counted of each contract as far as the actor reaches, in the order of `ContractRow`, from the tallies of
    its employers."""
    reach, tally = actor.reach(SEE_SITES), "employers__tally"
    mine = Q(employers__isnull=False)
    if not reach.everything:
        mine &= condition(ContractQuerySet.scopes, reach) | Q(employers__in=reach.keys(EMPLOYER))
    summed = {
        "registered": F(f"{tally}__registered"),
        "on_site": F(f"{tally}__on_site"),
        "people": F(f"{tally}__entered"),
        "unreported": F(f"{tally}__on_site") - _of_day(tally, "reported", on),
        "reported": _of_day(tally, "told", on),
        "addresses": F(f"{tally}__addresses"),
    }
    employers = Count("employers", filter=mine & _STANDING)
    sums = {f"of_{name}": Coalesce(Sum(one, filter=mine), 0) for name, one in summed.items()}
    return {"of_employers": employers, **sums, "of_all": Count("employers", filter=_STANDING)}


def _of_day(tally: str, counted: str, on: date) -> Case:
    """What a tally says of that day, 0 where it is of an earlier one: nothing was reported since."""
    yesterday = on - timedelta(days=1)
    return Case(
        When(**{f"{tally}__day": on}, then=f"{tally}__{counted}"),
        When(**{f"{tally}__day": yesterday}, then=f"{tally}__{counted}_next"),
        default=0,
    )


def not_reported(stays: StayQuerySet, on: date) -> StayQuerySet:
    """Of these stays those of people of whom nothing was reported on a day."""
    return stays.exclude(person_id__in=reported_on(stays.order_by().values("person_id"), on))


def reported_on(people: QuerySet[Any, Any], on: date) -> QuerySet[DailyReport, UUID]:
    """Those of these people of whom it was reported on a day how they are, which a failed measurement does not say:
    looked up, never all reports read."""
    found = DailyReport.objects.filter(TELLS, day=on, person_id__in=people)
    return found.values_list("person_id", flat=True)


_SUMMED = ("employers", "registered", "on_site", "unreported", "addresses")


def stations(*, actor: Actor) -> list[str]:
    """The supervision stations of the contracts in reach."""
    found = Contract.objects.visible_to(actor, SEE_SITES).current()
    return list(found.order_by("project__station").values_list("project__station", flat=True).distinct())


def own_contracts(*, actor: Actor) -> list[Contract]:
    """Those for which the actor acts by phone: a handful."""
    found = Contract.objects.visible_to(actor, OWN_SITE).current().select_related("project")
    return list(found.order_by("number"))


def contract_seen(contract_id: UUID, *, actor: Actor, action: str = SEE_SITES) -> Contract:
    """One contract. Raises Refusal NOT_FOUND outside the reach of that action."""
    found = Contract.objects.visible_to(actor, action).current().select_related("project__region")
    return or_not_found(found.filter(id=contract_id).first())


def contract_and_employers(contract_id: UUID, *, actor: Actor) -> tuple[Contract, list[Employer]]:
    """One contract with its employers in reach, in one statement where there is any. Raises Refusal NOT_FOUND."""
    mine = Employer.objects.visible_to(actor, SEE_SITES).current().order_by("name")
    standing = mine.filter(contract=contract_id, contract__removed_at__isnull=True)
    found = list(standing.select_related("contract__project__region"))
    return (found[0].contract if found else contract_seen(contract_id, actor=actor)), found


def employers(contract: Contract) -> EmployerQuerySet:
    """The employers under a contract, all of them."""
    return Employer.objects.current().filter(contract=contract).order_by("name")


def employers_seen(contract: Contract, *, actor: Actor, action: str = SEE_SITES) -> EmployerQuerySet:
    """Those for which the actor may do this."""
    return employers(contract).visible_to(actor, action)


def people_reached(contract: Contract, people: Collection[UUID], *, actor: Actor, action: str) -> set[UUID]:
    """Those of these people over whose registration under the contract the actor may do this: the one that stands, else
    the last that stood."""
    stated = Registration.objects.filter(contract=contract, person__in=people)
    last = stated.order_by("person_id", F("removed_at").desc(nulls_first=True)).distinct("person_id")
    mine = Registration.objects.visible_to(actor, action).filter(id__in=last.values("id"))
    return set(mine.values_list("person_id", flat=True))


def seated(contract: Contract) -> dict[str, str]:
    """Who leads the site and who supervises it, by the columns of the file, in clear: for a service that keeps them."""
    return {name: text for seat in SEATS for name, text in seat.stated(seat.of(contract)).items()}


def seated_masked(contract: Contract) -> dict[str, str]:
    """The same for a page."""
    shown = ((seat, seat.of(contract)) for seat in SEATS)
    return {name: text for seat, who in shown for name, text in seat.stated(who and who.masked()).items()}


def edited_contract(contract: Contract) -> Edited:
    """What the form of a contract shows, its lead masked."""
    project, named = contract.project, employers(contract).values_list("name", flat=True)
    texts = {
        "project": project.name,
        "address": project.address,
        "longitude": degrees(project.longitude),
        "latitude": degrees(project.latitude),
        "town": project.region_id,
        "station": project.station,
        "general_contractor": contract.general_contractor,
        "general_contractor_kind": contract.general_contractor_kind,
        "supervision_company": contract.supervision_company,
        "agreed_workers": "" if contract.agreed_workers is None else str(contract.agreed_workers),
        **seated(contract),
        "employers": "\n".join(named),
    }
    names = {column.name: column.title for column in CONTRACTS} | {"employers": _("Employers")}
    shown = masks(CONTRACTS) | {"town": lambda code: Region.objects.get(code=code).name}
    return Edited(contract.id, texts, last_act(contract.id, "sites.contract_changed"), names, shown)


def place_rules() -> list[PlaceRuleRow]:
    """All rules for places of departure, those that hold first, the newest of each first."""
    return list(PlaceRuleRow.objects.order_by(F("ends_on").desc(nulls_first=True), "place", "-begins_on"))


def contracts_to_choose(*, actor: Actor, action: str) -> list[tuple[str, str]]:
    """The contracts in reach as a choice: number, and with its project."""
    found = Contract.objects.visible_to(actor, action).current().order_by("number")
    return [
        (number, f"{number} · {project}") for number, project in found.values_list("number", "project__name")
    ]


def contract_numbered(number: str, *, actor: Actor, action: str) -> Contract:
    """The contract of this number. Raises Refusal UNKNOWN_CONTRACT within the actor's reach."""
    found = Contract.objects.visible_to(actor, action).current().filter(number=number).first()
    if found is None:
        raise Refusal(errors.UNKNOWN_CONTRACT, number=number)
    return found


def _contract_numbers(keys: Collection[str]) -> Mapping[str, str]:
    """The numbers of contracts, closed ones too, by their ids: to name scopes."""
    found = Contract.objects.filter(id__in=[key for key in keys if UUID_TEXT.fullmatch(key)])
    return {str(id_): number for id_, number in found.values_list("id", "number")}


def _employer_names(keys: Collection[str]) -> Mapping[str, str]:
    """The contract's number and the employer's name, gone ones too: to name scopes."""
    found = Employer.objects.filter(id__in=[key for key in keys if UUID_TEXT.fullmatch(key)])
    named = found.values_list("id", "contract__number", "name")
    return {str(id_): f"{number} · {name}" for id_, number, name in named}


EMPLOYERS = Source(list, _employer_names)
SCOPES = Source(list, _contract_numbers)  # too many to choose from a list
