"""监督查询: the contracts within reach with their numbers; one contract with its employers; its end."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.desks import queries as desks
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, ListPage, list_page
from outpost.regions import queries as regions
from outpost.sites.actions import AUTHORISE_USERS, EDIT_SITES, RUN_GATES, SEE_PREVENTION, SEE_SITES
from outpost.sites.forms.contracts import ContractFilter
from outpost.sites.models import Contract
from outpost.sites.queries import contracts, families
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.contradictions import contradictions
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services import closing
from outpost.sites.sheets.supervision import narrowed
from outpost.sites.vocabularies import Figure
from outpost.sites.web.checklists import looks
from outpost.sites.web.devices import runs_shown
from outpost.sites.web.prevention import file_url

Tile = tuple[str, int, str]
"""What a number is called, the number, the list that it opens."""
CONTRACTS = Listing(
    "contracts",
    (
        Column("number", gettext_lazy("Contract number"), order="number"),
        Column("filing_number", gettext_lazy("Filing number"), order="project__filing_number"),
        Column("project", gettext_lazy("Project"), order="project__name", is_long=True),
        Column(
            "general_contractor", gettext_lazy("General contractor"), order="general_contractor", is_long=True
        ),
        Column(
            "general_contractor_kind",
            gettext_lazy("Kind of general contractor"),
            order="general_contractor_kind",
        ),
        Column("station", gettext_lazy("Supervision station"), order="project__station"),
        Column("town", gettext_lazy("Town"), order="project__region", is_default=False),
        Column("employers", gettext_lazy("Employers"), is_numeric=True),
        Column(
            "agreed_workers", gettext_lazy("Workers by the contract"), order="agreed_workers", is_numeric=True
        ),
        Column("registered", gettext_lazy("Pre-registered"), is_numeric=True),
        Column("on_site", gettext_lazy("On site / have entered"), is_numeric=True),
        Column("unreported", gettext_lazy("Reported / not reported today"), is_numeric=True),
    ),
    "number",
    ContractFilter,
    aside="station",
    below=("project", "general_contractor"),
    is_counted_along=True,
)


def contract_listing(request: PageRequest) -> ListPage:
    """The list of contracts as its address narrows it."""
    actor = request.actor
    return CONTRACTS.read(
        request, stations=contracts.stations(actor=actor), towns=regions.towns(actor.reach(SEE_SITES))
    )


@door(SEE_SITES)
@require_GET
def supervision(request: PageRequest) -> HttpResponse:
    """The contracts within the reader's reach, and their sums."""
    actor, at = request.actor, clock.now()
    listing = contract_listing(request)
    found = narrowed(listing.values, actor=actor, on=local_day(at))
    context = {
        "at": at,
        "map_url": address("sites:map", **listing.values),
        "tiles": [
            *_tiles(contracts.headline(found, actor=actor, on=local_day(at)), listing.values),
            *_beside(actor, at, listing.values),
        ],
        "exports": exports_for(actor, "contracts", listing.values),
        "import_url": reverse("exchange:new_import", args=["sites.contracts"])
        if actor.may(EDIT_SITES)
        else "",
    }
    present = partial(contracts.contract_rows, actor=actor, on=local_day(at))
    return list_page(listing, "sites/supervision.html", found, present=present, context=context)


def _tiles(total: contracts.Headline, values: Mapping[str, str]) -> list[Tile]:
    """The figures of the headline, each with the contracts that are counted in it: their rows add up to it, and open
    the lists of people."""
    unknown = {Figure.AGREED, Figure.UNREGISTERED} if not total.agreed else set()
    if total.unregistered is None:
        unknown.add(Figure.UNREGISTERED)
    figures = [one for one in Figure if one not in unknown]
    firms = address("sites:supervision", **values, sort="general_contractor")
    return [
        (_("Contracts"), total.contracts, address("sites:supervision", **values)),
        (_("General contractors"), total.general_contractors, firms),
        *(
            (
                one.label,
                getattr(total, one.value),
                address("sites:supervision", **{**values, "figure": one.value}),
            )
            for one in figures
        ),
    ]


def _beside(actor: Actor, at: datetime, values: Mapping[str, str]) -> list[Tile]:
    """The figures of other lists, as far as these are narrowed by the same: none counts more than the rows below it."""
    found = [] if values else _contradictory(actor, at)
    if not set(values) - {"station"}:
        found += looks(actor, at, values.get("station", ""))
    return found


def _contradictory(actor: Actor, at: datetime) -> list[Tile]:
    """How many reports contradict themselves, and where they are listed."""
    number = contradictions(actor=actor, at=at).count()
    return [(_("Contradictory health reports"), number, reverse("sites:contradictions"))]


@door(SEE_SITES)
@require_GET
def contract(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """One contract: what is filed of it, its employers."""
    actor = request.actor
    found = contracts.contract_seen(contract_id, actor=actor)
    (row,) = contracts.contract_rows([found], actor=actor, on=local_day(clock.now()))
    context = {
        "row": row,
        "contract": found,
        "seated": contracts.seated_masked(found),
        "employers": contracts.employers_seen(found, actor=actor),
        "registered": row.registered,
        "family": families.family_listed(found, actor=actor).count(),
        "on_site": row.on_site,
        "unreported": row.unreported,
        "may_authorise": actor.may(AUTHORISE_USERS),
        "may_edit": actor.may(EDIT_SITES),
        **_gate(actor, found),
        **_runs(actor, found),
        **_prevention(actor, found),
    }
    return render(request, "sites/contract.html", context)


def _gate(actor: Actor, contract: Contract) -> dict[str, Any]:
    """Its devices, and what they stated that waits for somebody, for who runs its gates."""
    if not actor.may(RUN_GATES):
        return {}
    return {
        "devices_url": reverse("sites:devices", args=[contract.id]),
        "conflicts_url": address("sites:gate_conflicts", contract=str(contract.id)),
        "conflicts": desks.open_ones(str(CONTRACT), str(contract.id)).count(),
    }


def _runs(actor: Actor, contract: Contract) -> dict[str, Any]:
    """The runs of weak checks, for whoever sees the whole site: not for the registrar of one employer."""
    if not Contract.objects.visible_to(actor, SEE_PREVENTION).filter(id=contract.id).exists():
        return {}
    return runs_shown([contract])


def _prevention(actor: Actor, contract: Contract) -> dict[str, Any]:
    """What is missing in the prevention file, for who may see it."""
    if not actor.may(SEE_PREVENTION):
        return {}
    (row,) = reads.file_rows(Contract.objects.filter(id=contract.id), on=local_day(clock.now()))
    return {"gaps": row.gaps, "prevention_url": file_url(contract.id)}


@door(EDIT_SITES)
@require_POST
def close(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Close a contract."""
    at = clock.now()
    closing.close_contract(contract_id, actor=request.actor, at=at)
    tell_deleted(request, _("The contract was closed."), closing.KIND, at=at)
    return redirect("sites:supervision")
