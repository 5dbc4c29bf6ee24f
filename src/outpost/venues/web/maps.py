"""The map of venues: the same venues as the list of 场所总览, by its filter, where a point is known."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.pages.addresses import address
from outpost.pages.district import district
from outpost.pages.doors import PageRequest, door
from outpost.pages.maps import Map, Place, drawn
from outpost.venues.actions import SEE_CHECK_INS
from outpost.venues.queries import venues
from outpost.venues.queries.overview import VenueState
from outpost.venues.web.overview import chosen, narrowed_listing


@door(SEE_CHECK_INS)
@require_GET
def map_page(request: PageRequest) -> HttpResponse:
    """Where the venues are, the busy ones larger; silent ones are hollow, those unlike themselves coloured."""
    listing = narrowed_listing(request)
    at = clock.now()
    _all, shown = chosen(listing, actor=request.actor, at=at)
    known = [one for one in shown if one.venue.longitude is not None]
    context = {
        "at": at,
        "map": map_of(known),
        "shown": len(known),
        "without_point": len(shown) - len(known),
        "list_url": address("venues:overview", **listing.values),
    }
    return render(request, "venues/map.html", context)


def map_of(states: Sequence[VenueState]) -> Map | None:
    """The drawing of venues with a point."""
    return drawn(map(_place, states), district())


def map_to_pick_on() -> Map | None:
    """The district without its venues, to show where one more is."""
    return drawn((), district(), around=venues.corners())


def _place(one: VenueState) -> Place:
    off = one.unlike is not None or one.abnormal > 0
    said = _("{venue} · {number} today").format(venue=one.name, number=one.check_ins)
    return Place(
        (float(one.venue.longitude or 0), float(one.venue.latitude or 0)),
        f"{said} · {one.unlike.label}" if one.unlike else said,
        reverse("venues:venue", args=[one.venue.id]),
        weight=float(one.check_ins),
        tone="is-off" if off else "" if one.is_active else "is-silent",
    )
