"""场所总览: the venues within reach as they are just now; each number opens the venues that it counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, ListPage, list_page
from outpost.regions import queries as regions
from outpost.venues.actions import ENTER_VENUES, SEE_CHECK_INS
from outpost.venues.forms import OverviewFilter
from outpost.venues.queries import kinds, overview
from outpost.venues.queries.overview import Look, VenueState

TILES = (Look.TODAY, Look.SILENT_3, Look.UNLIKE, Look.REMOTE, Look.ABNORMAL)
OVERVIEW = Listing(
    "venue_states",
    (
        Column("name", gettext_lazy("Venue"), order="name", is_long=True),
        Column("kind", gettext_lazy("Kind of venue"), order="venue.kind.position"),
        Column("town", gettext_lazy("Town"), order="venue.region.code"),
        Column("check_ins", gettext_lazy("Check-ins today"), order="check_ins", is_numeric=True),
        Column("so_far", gettext_lazy("In whole hours"), order="so_far", is_numeric=True, is_default=False),
        Column("usual", gettext_lazy("Usual by now"), order="usual", is_numeric=True),
        Column("unlike", gettext_lazy("Against usual")),
        Column("remote", gettext_lazy("Remote"), order="remote", is_numeric=True),
        Column("abnormal", gettext_lazy("Abnormal temperatures"), order="abnormal", is_numeric=True),
        Column("last_on", gettext_lazy("Last check-in"), order="last_on"),
    ),
    "-check_ins",
    OverviewFilter,
    aside="check_ins",
    below=("kind", "unlike", "last_on"),
)


@door(SEE_CHECK_INS)
@require_GET
def overview_page(request: PageRequest) -> HttpResponse:
    """Venues ranked by today's check-ins, with those that fell silent or are unlike themselves, and the coverage."""
    at, listing = clock.now(), narrowed_listing(request)
    narrowed = _narrowed(listing)
    states, shown = chosen(listing, actor=request.actor, at=at)
    context = {
        "at": at,
        "venues": (len(states), address("venues:overview", **narrowed)),
        "tiles": _tiles(states, narrowed),
        "kinds": overview.coverage_by_kind(states),
        "towns": overview.coverage_by_town(states),
        "may_enter": request.actor.may(ENTER_VENUES),
        "map_url": address("venues:map", **listing.values),
        "has_no_kind": not kinds.met(request.actor.reach(SEE_CHECK_INS)).exists(),
        "exports": exports_for(request.actor, "venue_states", listing.values),
    }
    return list_page(listing, "venues/overview.html", shown, context=context)


def narrowed_listing(request: PageRequest) -> ListPage:
    """What the filter asks for, of the towns within reach."""
    reach = request.actor.reach(SEE_CHECK_INS)
    return OVERVIEW.read(request, towns=regions.towns(reach), kinds=kinds.met(reach))


def chosen(listing: ListPage, *, actor: Actor, at: datetime) -> tuple[list[VenueState], list[VenueState]]:
    """The venues of its town and kind, and those of them that it looks at."""
    states = overview.venue_states(actor=actor, at=at, **_narrowed(listing))
    look = listing.values.get("look")
    return states, [one for one in states if look is None or Look(look).shows(one)]


def _narrowed(listing: ListPage) -> dict[str, Any]:
    return {key: listing.values[key] for key in ("town", "kind") if key in listing.values}


def _tiles(states: Sequence[VenueState], narrowed: dict[str, Any]) -> list[tuple[str, int, str]]:
    """What they are called, how many venues they count, and their address."""
    return [
        (look.label, sum(map(look.shows, states)), address("venues:overview", **narrowed, look=look.value))
        for look in TILES
    ]
