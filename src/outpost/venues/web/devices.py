"""The devices of a venue's gate, the entries that wait for a person, and an inspector's own PIN."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.errors import or_not_found
from outpost.core.masking import mask_document, mask_name
from outpost.desks import pages as shared
from outpost.desks import queries as desks
from outpost.desks.pages import MOST_SHOWN, EntryCard
from outpost.desks.queries import WaitingRow
from outpost.desks.services import devices as services
from outpost.pages.doors import PageRequest, door
from outpost.venues.actions import RUN_VENUES, WORK_AT_VENUE
from outpost.venues.models import Venue
from outpost.venues.queries import members, venues
from outpost.venues.rules import VENUE
from outpost.venues.web.ledger import trail_of


@door(RUN_VENUES)
@require_GET
def devices_page(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Which devices there are, how far each has come; the pairing code that was just made."""
    venue = _venue(request, venue_id)
    context = {
        **shared.devices_shown(request, _place(venue), at=clock.now()),
        "place_name": venue.name,
        "pair_url": reverse("venues:pair_device", args=[venue.id]),
        "entries_url": reverse("venues:entries", args=[venue.id]),
        "stop_route": "venues:stop_device",
        "trail": trail_of(venue),
    }
    return render(request, "desks/devices.html", context)


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
    shared.stopped(request, _place(_venue(request, venue_id)), device_id)
    return redirect("venues:devices", venue_id)


@door(RUN_VENUES)
@require_GET
def entries(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """What the devices stated and was not simply recorded: to be settled, and settled."""
    venue = _venue(request, venue_id)
    waiting = desks.open_ones(*_place(venue))
    settled = desks.waiting(*_place(venue)).exclude(settled="").order_by("-settled_at")[:MOST_SHOWN]
    context = {
        "heading": _("Entries to settle"),
        "place_name": venue.name,
        "total": waiting.count(),
        "open": _cards(request, desks.waiting_rows(waiting.order_by("received_at")[:MOST_SHOWN])),
        "settled": _cards(request, desks.waiting_rows(settled)),
        "trail": [
            *trail_of(venue),
            {"url": reverse("venues:devices", args=[venue.id]), "label": _("Devices")},
        ],
    }
    return render(request, "desks/entries.html", context)


def _cards(request: PageRequest, rows: Iterable[WaitingRow]) -> list[EntryCard]:
    return [_card(request, row) for row in rows]


def _card(request: PageRequest, row: WaitingRow) -> EntryCard:
    person = (row.content or {}).get("person")
    stated = person if isinstance(person, dict) else {}
    number, name = stated.get("document_number"), stated.get("name")
    who = " ".join(
        mask(text) for mask, text in ((mask_name, name), (mask_document, number)) if isinstance(text, str)
    )
    address = reverse("venues:settle_entry", args=[row.entry.place_key, row.entry.id, row.entry.mark])
    return shared.entry_card(request, row, address, who=who)


@door(RUN_VENUES)
@require_POST
def settle(request: PageRequest, venue_id: UUID, entry_id: UUID, digest: str) -> HttpResponse:
    """An entry was entered by hand, or is dismissed."""
    place = _place(_venue(request, venue_id))
    return shared.settle_page(request, place, entry_id, digest, reverse("venues:entries", args=[venue_id]))


@door(WORK_AT_VENUE)
@require_http_methods(["GET", "POST"])
def pin(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """My PIN at the devices of a venue where I work."""
    member = or_not_found(
        members.memberships(own_account(request, has_phone=True)).filter(venue_id=venue_id).first()
    )
    return shared.pin_page(request, member.id, member.venue.name, reverse("venues:work"))


def _venue(request: PageRequest, venue_id: UUID) -> Venue:
    return venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue


def _place(venue: Venue) -> tuple[str, str]:
    """By which desks know a venue."""
    return str(VENUE), str(venue.id)
