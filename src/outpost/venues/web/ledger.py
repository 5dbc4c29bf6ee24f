"""The ledger of venues, one venue with its codes and its flow today, the check-ins behind that number; and what a
scanned code says."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import Column, Listing, ListPage, list_page
from outpost.regions import queries as regions
from outpost.venues.actions import EDIT_VENUES, RECORD_VISITS, RUN_VENUES, SEE_CHECK_INS, SEE_VENUES
from outpost.venues.columns import VENUES
from outpost.venues.forms import BranchesForm, CheckInFilter, CheckpointForm, CheckpointsForm, VenueFilter
from outpost.venues.models import Venue
from outpost.venues.queries import check_ins as check_in_queries
from outpost.venues.queries import kinds
from outpost.venues.queries import venues as queries
from outpost.venues.queries.codes import PrintedCode, codes_of
from outpost.venues.web.entered import BRANCHES
from outpost.venues.web.running import NEW

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
    Column("source", gettext_lazy("Source")),
    Column("temperature", gettext_lazy("Temperature"), order="temperature", is_numeric=True),
)
CHECK_INS = Listing(
    "check_ins",
    (*_CHECK_IN, Column("mark", gettext_lazy("Mark"), order="is_remote")),
    "-occurred_at",
    CheckInFilter,
    aside="checkpoint",
    below=("source", "mark"),
)
CONFLICTS = Listing("conflicts", _CHECK_IN, "-occurred_at", aside="checkpoint", below=("source",))


@door(EDIT_VENUES)
@require_GET
def venues(request: PageRequest) -> HttpResponse:
    """The venues within the reader's reach."""
    reach = request.actor.reach(SEE_VENUES)
    listing = LEDGER.read(request, towns=regions.towns(reach), kinds=kinds.met(reach))
    return list_page(
        listing,
        "venues/venues.html",
        queries.filtered_venues(listing.values, actor=request.actor, at=clock.now()),
        present=queries.venue_rows,
        context={
            "exports": exports_for(request.actor, "venues", listing.values),
            "import_url": reverse("exchange:new_import", args=["venues.venues"])
            if request.actor.may(EDIT_VENUES)
            else "",
        },
    )


@door(SEE_VENUES)
@require_GET
def venue(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """One venue: how many came today, what is stated of it; to who runs it its checkpoints, codes and posters."""
    actor, row = request.actor, queries.venue_row(venue_id, actor=request.actor)
    today = clock.local_day(clock.now())
    opens = (
        address("venues:check_ins", row.venue.id, on=today.isoformat()) if actor.may(SEE_CHECK_INS) else ""
    )
    context = {
        "row": row,
        "answer": queries.answer_of(row.venue, at=clock.now()),
        "is_officers": actor.may(EDIT_VENUES),
        "may_run": actor.may(RUN_VENUES),
        "is_own": queries.own_venue(actor=actor) == row.venue,
        "checkpoints": [(code, _rename_form(request, code)) for code in codes_of(row.venue)],
        "new_form": drawn(request, CheckpointsForm, name=NEW),
        "check_ins": check_in_queries.checked_in(row.venue, today),
        "check_ins_url": opens,
        "conflicts": check_in_queries.conflicts(row.venue).count() if opens else 0,
        "paper_url": _paper_url(request, row.venue),
        "branches_form": _branches_form(request, row.venue) if actor.may(EDIT_VENUES) else None,
    }
    return render(request, "venues/venue.html", context)


def _rename_form(request: PageRequest, code: PrintedCode) -> CheckpointForm:
    make = partial(CheckpointForm, initial={"name": code.checkpoint})
    return drawn(request, make, name=str(code.checkpoint_id))


def _branches_form(request: PageRequest, venue: Venue) -> BranchesForm:
    return drawn(request, partial(BranchesForm, initial={"most": venue.most_branches}), name=BRANCHES)


def _paper_url(request: PageRequest, venue: Venue) -> str:
    """Where the paper forms of a venue go in; empty for whoever may not."""
    may = request.actor.may(RECORD_VISITS)
    return address("exchange:new_import", "venues.visits", venue=venue.id) if may else ""


@door(SEE_CHECK_INS)
@require_GET
def check_ins(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """The check-ins of a venue on a day, without people: the list behind its number, and what of that is no row."""
    venue = queries.venue_row(venue_id, actor=request.actor, action=SEE_CHECK_INS).venue
    listing = CHECK_INS.read(request, checkpoints=queries.checkpoints(venue))
    asked = dict(listing.values)
    on = clock.check_day(asked.pop("on", clock.local_day(clock.now())))

    def context(listed: ListPage) -> dict[str, Any]:
        nameless = check_in_queries.without_names(venue, on, listed=listed.total, **asked)
        return {"venue": venue, "on": on, "trail": trail_of(venue), "nameless": nameless}

    return list_page(
        listing,
        "venues/check_ins.html",
        check_in_queries.check_ins(venue, on, **asked),
        present=check_in_queries.check_in_rows,
        context=context,
    )


@door(SEE_CHECK_INS)
@require_GET
def conflicts(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """What came later under the id of another check-in of this venue, and says something else."""
    venue = queries.venue_row(venue_id, actor=request.actor, action=SEE_CHECK_INS).venue
    return list_page(
        CONFLICTS.read(request),
        "venues/conflicts.html",
        check_in_queries.conflicts(venue),
        present=check_in_queries.check_in_rows,
        context={"venue": venue, "trail": trail_of(venue)},
    )


def trail_of(venue: Venue) -> list[dict[str, str]]:
    """The way back to a venue."""
    return [{"url": reverse("venues:venue", args=[venue.id]), "label": venue.name}]
