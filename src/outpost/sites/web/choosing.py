"""Whoever acts for sites by phone chooses the contract: of one only there is nothing to choose."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.modules import Place
from outpost.pages.doors import PageRequest, door
from outpost.sites.actions import OWN_SITE
from outpost.sites.models import Contract
from outpost.sites.queries import contracts

CHOSEN = "site"  # in the session: the id of the contract


def place(request: HttpRequest, actor: Actor) -> Place | None:
    """The contract that the reader works on, for every page."""
    own = contracts.own_contracts(actor=actor) if actor.may(OWN_SITE) else []
    found = _chosen(request, own)
    url = reverse("sites:choose") if len(own) > 1 else ""
    return Place(f"{found.number} · {found.project.name}", url) if found else None


@door(OWN_SITE)
@require_GET
def mine(request: PageRequest) -> HttpResponse:
    """The first page: straight to the people of the chosen or the only contract, else the choice among them."""
    found = _chosen(request, contracts.own_contracts(actor=request.actor))
    return redirect("sites:registrations", found.id) if found else redirect("sites:choose")


@door(OWN_SITE)
@require_GET
def choose(request: PageRequest) -> HttpResponse:
    """The contracts among which to choose."""
    own = contracts.own_contracts(actor=request.actor)
    return render(request, "sites/choose.html", {"contracts": own, "chosen": _chosen(request, own)})


@door(OWN_SITE)
@require_POST
def choose_contract(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Work on this one from now on."""
    if contract_id not in {one.id for one in contracts.own_contracts(actor=request.actor)}:
        raise Refusal(NOT_FOUND)
    request.session[CHOSEN] = str(contract_id)
    return redirect("sites:registrations", contract_id)


def _chosen(request: HttpRequest, own: list[Contract]) -> Contract | None:
    """Of these, if the right still holds; the only one needs no choice."""
    chosen = request.session.get(CHOSEN)
    return own[0] if len(own) == 1 else next((one for one in own if str(one.id) == chosen), None)
