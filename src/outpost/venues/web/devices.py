"""The devices of a venue's gate, the entries that wait for a person, and an inspector's own PIN."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.masking import mask_document, mask_name
from outpost.desks import queries as desks
from outpost.desks.queries import WaitingRow
from outpost.desks.rules import Settled
from outpost.desks.services import devices as services
from outpost.desks.services import settling
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, form_page, take
from outpost.venues import members, queries
from outpost.venues.actions import RUN_VENUES, WORK_AT_VENUE
from outpost.venues.forms import PinForm, SettleForm
from outpost.venues.models import Venue
from outpost.venues.rules import VENUE

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class EntryCard:
    """An entry that waits, or was settled, as its page shows it: people masked. `form` settles it."""

    row: WaitingRow
    member: str
    who: str
    temperature: str
    digest: str
    form: Form | None


@door(RUN_VENUES)
@require_GET
def devices_page(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Which devices there are, how far each has come; the pairing code that was just made."""
    venue, at = _venue(request, venue_id), clock.now()
    context = {
        "venue": venue,
        "rows": desks.device_rows(*_place(venue), at=at),
        "code": desks.living_code(*_place(venue), actor=request.actor, at=at),
        "address": request.build_absolute_uri(reverse("desks:app")),
        "waiting": desks.open_ones(*_place(venue)).count(),
        "trail": _trail(venue),
    }
    return render(request, "venues/devices.html", context)


@door(RUN_VENUES)
@require_POST
def pair(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """A pairing code for one more device."""
    services.make_code(*_place(_venue(request, venue_id)), actor=request.actor, at=clock.now())
    return redirect("venues:devices", venue_id)


@door(RUN_VENUES)
@require_POST
def stop(request: PageRequest, venue_id: UUID, device_id: UUID) -> HttpResponse:
    """A device counts no longer, from this moment."""
    services.revoke(*_place(_venue(request, venue_id)), device_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The device was stopped. What it states from now on does not count."))
    return redirect("venues:devices", venue_id)


@door(RUN_VENUES)
@require_GET
def entries(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """What the devices stated and was not simply recorded: to be settled, and settled."""
    venue = _venue(request, venue_id)
    waiting = desks.open_ones(*_place(venue))
    settled = desks.waiting(*_place(venue)).exclude(settled="").order_by("-settled_at")[:MOST_SHOWN]
    context = {
        "venue": venue,
        "total": waiting.count(),
        "open": _cards(request, desks.waiting_rows(waiting.order_by("received_at")[:MOST_SHOWN])),
        "settled": _cards(request, desks.waiting_rows(settled)),
        "trail": [*_trail(venue), {"url": reverse("venues:devices", args=[venue.id]), "label": _("Devices")}],
    }
    return render(request, "venues/entries.html", context)


def _cards(request: PageRequest, rows: Iterable[WaitingRow]) -> list[EntryCard]:
    return [_card(request, row) for row in rows]


def _card(request: PageRequest, row: WaitingRow) -> EntryCard:
    said = row.content or {}
    person = said.get("person")
    stated = person if isinstance(person, dict) else {}
    number, name = stated.get("document_number"), stated.get("name")
    who = " ".join(
        mask(text) for mask, text in ((mask_name, name), (mask_document, number)) if isinstance(text, str)
    )
    digest = row.entry.mark
    make = partial(SettleForm, auto_id=f"id_{digest[:8]}_%s")
    form = drawn(request, make, name=digest) if row.settled is None else None
    temperature = said.get("temperature")
    degrees = temperature if isinstance(temperature, str) else ""
    return EntryCard(row, mask_name(row.member), who, degrees[:8], digest, form)


@door(RUN_VENUES)
@require_POST
def settle(request: PageRequest, venue_id: UUID, entry_id: UUID, digest: str) -> HttpResponse:
    """An entry was entered by hand, or is dismissed."""
    place = _place(_venue(request, venue_id))
    desks.entry_of(*place, entry_id, digest)
    page = reverse("venues:entries", args=[venue_id])

    def act(form: SettleForm) -> HttpResponse:
        how, reason = Settled(form.cleaned_data["how"]), form.cleaned_data["reason"]
        settling.settle(*place, (entry_id, digest), how, reason=reason, actor=request.actor, at=clock.now())
        messages.success(request, _("Settled. It stays below until its time is over."))
        return redirect(page)

    return take(request, SettleForm, act, page=page, at="reason", name=digest)


@door(WORK_AT_VENUE)
@require_http_methods(["GET", "POST"])
def pin(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """My PIN at the devices of a venue where I work."""
    member = members.memberships(own_account(request, has_phone=True)).filter(venue_id=venue_id).first()
    if member is None:
        raise Refusal(NOT_FOUND)

    def act(form: PinForm) -> HttpResponse:
        services.set_pin(member.id, form.cleaned_data["pin"], actor=request.actor, at=clock.now())
        messages.success(request, _("Set. The devices know it after their next sync."))
        return redirect("venues:work")

    return form_page(request, "venues/pin.html", PinForm, act, at="pin", context={"venue": member.venue})


def _venue(request: PageRequest, venue_id: UUID) -> Venue:
    return queries.venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue


def _place(venue: Venue) -> tuple[str, str]:
    """By which desks know a venue."""
    return str(VENUE), str(venue.id)


def _trail(venue: Venue) -> list[dict[str, str]]:
    return [{"url": reverse("venues:venue", args=[venue.id]), "label": venue.name}]
