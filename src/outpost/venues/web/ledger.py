"""The ledger of venues, one venue with its codes and its flow today, the check-ins behind that number; and what a
scanned code says."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import Column, Listing, list_page
from outpost.regions import queries as regions
from outpost.venues import queries
from outpost.venues.actions import EDIT_VENUES, SEE_CHECK_INS, SEE_VENUES
from outpost.venues.columns import VENUES
from outpost.venues.forms import CheckInFilter, VenueFilter
from outpost.venues.models import Venue

LEDGER = Listing(
    "venues",
    tuple(list_columns(VENUES).values()),
    "name",
    VenueFilter,
    aside="kind",
    below=("town", "manager_name"),
)
_CHECK_IN = (
    Column("occurred_at", gettext_lazy("Time"), order="occurred_at"),
    Column("checkpoint", gettext_lazy("Checkpoint")),
    Column("name", gettext_lazy("Full name")),
    Column("number", gettext_lazy("ID number")),
    Column("temperature", gettext_lazy("Temperature"), order="temperature", is_numeric=True),
)
CHECK_INS = Listing(
    "check_ins", _CHECK_IN, "-occurred_at", CheckInFilter, aside="checkpoint", below=("name", "number")
)
CONFLICTS = Listing("conflicts", _CHECK_IN, "-occurred_at", aside="checkpoint", below=("name", "number"))


@door(SEE_VENUES)
@require_GET
def venues(request: PageRequest) -> HttpResponse:
    """The venues within the reader's reach."""
    reach = request.actor.reach(SEE_VENUES)
    listing = LEDGER.read(request, towns=regions.towns(reach), kinds=queries.kinds())
    return list_page(
        listing,
        "venues/venues.html",
        queries.filtered_venues(listing.values, actor=request.actor),
        present=queries.venue_rows,
        context={
            "import_url": reverse("exchange:new_import", args=["venues.venues"])
            if request.actor.may(EDIT_VENUES)
            else ""
        },
    )


@door(SEE_VENUES)
@require_GET
def venue(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """One venue: what is stated of it, its codes for posters, how many came today."""
    row = queries.venue_row(venue_id, actor=request.actor)
    today = clock.local_day(clock.now())
    sees, edits = request.actor.may(SEE_CHECK_INS), request.actor.may(EDIT_VENUES)
    context = {
        "row": row,
        "codes": queries.codes_of(row.venue) if edits else (),
        "check_ins": queries.checked_in(row.venue, today) if sees else None,
        "conflicts": queries.conflicts(row.venue).count() if sees else 0,
        "check_ins_url": address("venues:check_ins", row.venue.id, on=today.isoformat()),
        "flow_url": reverse("venues:flow", args=[row.venue.id]) if sees else "",
    }
    return render(request, "venues/venue.html", context)


@door(SEE_CHECK_INS)
@require_GET
def check_ins(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Who checked in at a venue on a day, masked: the list behind its number."""
    venue = queries.venue_row(venue_id, actor=request.actor, action=SEE_CHECK_INS).venue
    listing = CHECK_INS.read(request, checkpoints=queries.checkpoints(venue))
    asked = dict(listing.values)
    on = clock.check_day(asked.pop("on", clock.local_day(clock.now())))
    return list_page(
        listing,
        "venues/check_ins.html",
        queries.check_ins(venue, on, **asked),
        present=queries.check_in_rows,
        context={
            "venue": venue,
            "on": on,
            "trail": _trail(venue),
        },
    )


@door(SEE_CHECK_INS)
@require_GET
def conflicts(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """What came later under the id of another check-in of this venue, and says something else."""
    venue = queries.venue_row(venue_id, actor=request.actor, action=SEE_CHECK_INS).venue
    return list_page(
        CONFLICTS.read(request),
        "venues/conflicts.html",
        queries.conflicts(venue),
        present=queries.check_in_rows,
        context={"venue": venue, "trail": _trail(venue)},
    )


def _trail(venue: Venue) -> list[dict[str, str]]:
    return [{"url": reverse("venues:venue", args=[venue.id]), "label": venue.name}]
