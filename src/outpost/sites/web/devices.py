"""门岗设备: the devices of a site's gate, what they stated and cannot simply hold, and one's own PIN at them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.ids import read_id
from outpost.desks import pages as shared
from outpost.desks import queries as desks
from outpost.desks.models import Entry
from outpost.desks.pages import MOST_SHOWN, EntryCard
from outpost.desks.services import devices as services
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.sites.actions import RUN_GATES
from outpost.sites.models import Contract
from outpost.sites.queries import conflicts
from outpost.sites.queries import contracts as queries
from outpost.sites.queries.conflicts import Conflict
from outpost.sites.queries.weak_runs import weak_runs
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.web.steps import step


@door(RUN_GATES)
@require_GET
def devices_page(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Which devices there are, how far each has come; the pairing code that was just made."""
    contract = queries.contract_seen(contract_id, actor=request.actor, action=RUN_GATES)
    works_here = str(contract.id) in request.actor.reach(RUN_GATES).keys(CONTRACT)
    context = {
        **shared.devices_shown(request, _place(contract), at=clock.now()),
        "place_name": contract.number,
        "pair_url": reverse("sites:pair_device", args=[contract.id]),
        "entries_url": address("sites:gate_conflicts", contract=str(contract.id)),
        "stop_route": "sites:stop_device",
        "pin_url": reverse("sites:gate_pin", args=[contract.id]) if works_here else "",
        "trail": [step(contract)],
    }
    return render(request, "desks/devices.html", context)


@door(RUN_GATES)
@require_POST
def pair(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """A pairing code for one more device."""
    contract = queries.contract_seen(contract_id, actor=request.actor, action=RUN_GATES)
    services.make_code(*_place(contract), actor=request.actor, at=clock.now())
    return redirect("sites:devices", contract_id)


@door(RUN_GATES)
@require_POST
def stop(request: PageRequest, contract_id: UUID, site_device_id: UUID) -> HttpResponse:
    """A device counts no longer, from this moment."""
    contract = queries.contract_seen(contract_id, actor=request.actor, action=RUN_GATES)
    shared.stopped(request, _place(contract), site_device_id)
    return redirect("sites:devices", contract_id)


@door(RUN_GATES)
@require_http_methods(["GET", "POST"])
def pin(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """My PIN, which is the same at the gates of all sites where I let people pass."""
    contract = queries.contract_seen(contract_id, actor=request.actor, action=RUN_GATES)
    after = reverse("sites:devices", args=[contract.id])
    return shared.pin_page(request, own_account(request).id, contract.number, after)


@door(RUN_GATES)
@require_GET
def gate_conflicts(request: PageRequest) -> HttpResponse:
    """What the gates in reach stated and cannot simply hold, of closed contracts, too: to be settled, and settled."""
    asked = read_id(request.GET.get("contract", ""))
    found = conflicts.contracts_with_conflicts(actor=request.actor, contract_id=asked)
    waiting = desks.waiting_of(str(CONTRACT), [str(one.id) for one in found])
    open_, settled = waiting.filter(settled=""), waiting.exclude(settled="")
    context = {
        "heading": _("Conflicts at gates"),
        "place_name": found[0].number if asked and found else "",
        "total": open_.count(),
        "open": _cards(request, found, open_.order_by("received_at")[:MOST_SHOWN]),
        "settled": _cards(request, found, settled.order_by("-settled_at")[:MOST_SHOWN]),
        "trail": [step(one) for one in found if asked and one.removed_at is None],
        **runs_shown(_run_by(request.actor, asked)),
    }
    return render(request, "sites/gate_conflicts.html", context)


def _run_by(actor: Actor, contract_id: UUID | None) -> list[Contract]:
    """The living contracts whose gates somebody runs, or just that one."""
    found = Contract.objects.visible_to(actor, RUN_GATES).current()
    return list(found if contract_id is None else found.filter(id=contract_id))


def runs_shown(contracts: Collection[Contract]) -> dict[str, Any]:
    """What a page needs to show the runs of weak checks at these contracts."""
    return {
        "weak_runs": weak_runs(contracts, at=clock.now()),
        "weak_run_entries": settings.OUTPOST_WEAK_RUN,
        "weak_run_seconds": settings.OUTPOST_WEAK_RUN_SECONDS,
    }


def _cards(request: PageRequest, found: list[Contract], entries: QuerySet[Entry]) -> list[EntryCard]:
    rows = conflicts.conflicts_of(desks.waiting_rows(entries), found)
    return [_card(request, one) for one in rows]


def _card(request: PageRequest, one: Conflict) -> EntryCard:
    entry, living = one.row.entry, one.contract.removed_at is None
    is_registered = living and one.registration is not None and one.registration.removed_at is None
    return shared.entry_card(
        request,
        one.row,
        reverse("sites:settle_conflict", args=[entry.id, entry.mark]),
        who=f"{one.person.name} {one.person.number}" if one.person else "",
        who_url=reverse("sites:person", args=[one.registration.id])
        if is_registered and one.registration
        else "",
        place=one.contract.number,
        place_url=reverse("sites:contract", args=[one.contract.id]) if living else "",
        act=one.act.label if one.act else "",
        conditions=tuple(map(str, one.obstacles)),
        list_age=_age(one),
    )


def _age(one: Conflict) -> str:
    if one.list_age is None:
        return ""
    hours = round(one.list_age.total_seconds() / 3600)
    return ngettext("{n} hour old", "{n} hours old", hours).format(n=hours)


@door(RUN_GATES)
@require_POST
def settle_conflict(request: PageRequest, site_entry_id: UUID, mark: str) -> HttpResponse:
    """An entry was dealt with, or is dismissed."""
    place = desks.place_of(str(CONTRACT), site_entry_id, mark)
    conflicts.contract_of(place, actor=request.actor)
    page = reverse("sites:gate_conflicts")
    return shared.settle_page(request, (str(CONTRACT), place), site_entry_id, mark, page)


def _place(contract: Contract) -> tuple[str, str]:
    """By which desks know a site."""
    return str(CONTRACT), str(contract.id)
