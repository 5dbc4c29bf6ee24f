"""A venue as it runs: its manager's first page, what is stated of it, its checkpoints and codes, its end."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editing import Edited
from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.actor import EVERYTHING
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import take
from outpost.people.trying import count_tries
from outpost.regions import queries as regions
from outpost.venues.actions import EDIT_VENUES, OWN_VENUE, RUN_VENUES
from outpost.venues.forms import CheckpointForm, CheckpointsForm, VenueForm
from outpost.venues.queries import venues
from outpost.venues.queries.kinds import kinds
from outpost.venues.services import running

NEW = "checkpoints"  # the form of the page that opens checkpoints; the others go by their checkpoint


@door(OWN_VENUE)
@require_GET
def mine(request: PageRequest) -> HttpResponse:
    """A manager's first page: the venue; or what to do, while there is none."""
    venue = venues.own_venue(actor=request.actor)
    return redirect(_page(venue.id)) if venue is not None else render(request, "venues/no_venue.html")


@door(RUN_VENUES)
@require_http_methods(["GET", "POST"])
def edit(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Change what is stated of a venue; the manager is for officers to correct."""
    row = venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES)
    is_officers = venues.is_officers(row.venue, actor=request.actor)
    reach = request.actor.reach(EDIT_VENUES) if is_officers else EVERYTHING
    stood = venues.edited_venue(row.venue, actor=request.actor).texts
    make = partial(
        VenueForm,
        has_manager=is_officers,
        towns=[(town.code, town.name) for town in regions.towns(reach)],
        kinds=[(kind.code, kind.label) for kind in kinds()],
        initial={name: text for name, text in stood.items() if not name.startswith("manager_")},
        kept={"manager_name": row.manager.name, "manager_phone": row.manager.phone} if is_officers else {},
    )

    def change(form: VenueForm) -> HttpResponse:
        at, stated = clock.now(), form.stated()
        count_tries({"phone": stated.get("manager_phone")}, EDIT_VENUES, actor=request.actor, at=at)
        running.change_venue(venue_id, stated, actor=request.actor, at=at, seen=form.cleaned_data[SEEN])
        messages.success(request, _("The venue was changed."))
        return redirect(_page(venue_id))

    def stands() -> Edited:
        now = venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES)
        return venues.edited_venue(now.venue, actor=request.actor)

    return edit_page(request, "venues/venue_form.html", make, change, stands, context={"venue": row.venue})


@door(RUN_VENUES)
@require_POST
def open_checkpoints(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Open one or several checkpoints."""
    page = _page(venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue.id)

    def act(form: CheckpointsForm) -> HttpResponse:
        names, at = form.cleaned_data["names"], clock.now()
        running.open_checkpoints_of(venue_id, names, actor=request.actor, at=at)
        messages.success(request, _("Opened, with a code of its own. Print its poster below."))
        return redirect(page)

    return take(request, CheckpointsForm, act, page=page, at="names", name=NEW)


@door(RUN_VENUES)
@require_POST
def rename_checkpoint(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> HttpResponse:
    """Call a checkpoint otherwise."""
    running.checkpoint(venue_id, checkpoint_id, actor=request.actor)

    def act(form: CheckpointForm) -> HttpResponse:
        name, at = form.cleaned_data["name"], clock.now()
        running.rename_checkpoint(venue_id, checkpoint_id, name, actor=request.actor, at=at)
        messages.success(request, _("Renamed. Its code stays good; print the poster anew for the name."))
        return redirect(_page(venue_id))

    return take(request, CheckpointForm, act, page=_page(venue_id), at="name", name=str(checkpoint_id))


@door(RUN_VENUES)
@require_POST
def close_checkpoint(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> HttpResponse:
    """Close a checkpoint with its code."""
    running.close_checkpoint(venue_id, checkpoint_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The checkpoint was closed. Take its poster down."))
    return redirect(_page(venue_id))


@door(RUN_VENUES)
@require_POST
def renew_code(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> HttpResponse:
    """A new code; the former print ends."""
    running.renew_code(venue_id, checkpoint_id, actor=request.actor, at=clock.now())
    messages.success(
        request, _("There is a new code. The former poster does not work any more: print the new one.")
    )
    return redirect(_page(venue_id))


@door(RUN_VENUES)
@require_POST
def close(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Close a venue."""
    at = clock.now()
    running.close_venue(venue_id, actor=request.actor, at=at)
    tell_deleted(request, _("The venue was closed, and its codes with it."), running.KIND, at=at)
    return redirect("venues:venues" if request.actor.may(EDIT_VENUES) else "venues:mine")


def _page(venue_id: UUID) -> str:
    return reverse("venues:venue", args=[venue_id])
