"""更换管理员: the manager names a successor; whoever is named answers on their own page, signed in by that phone."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.doors import citizen_door
from outpost.access.models import User
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.venues.actions import OWN_VENUE
from outpost.venues.forms import SuccessorForm
from outpost.venues.queries import venues
from outpost.venues.services import handing_over


@door(OWN_VENUE)
@require_http_methods(["GET", "POST"])
def hand_over(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Name who takes the venue over."""
    venue = venues.venue_row(venue_id, actor=request.actor, action=OWN_VENUE).venue

    def act(form: SuccessorForm) -> HttpResponse:
        handing_over.name_successor(venue_id, form.stated(), actor=request.actor, at=clock.now())
        messages.success(request, _("They were told. Until they agree you stay the manager."))
        return redirect("venues:hand_over", venue_id)

    context = {"venue": venue, "successor": venues.hand_over_of(venue, at=clock.now())}
    return form_page(request, "venues/hand_over.html", SuccessorForm, act, context=context)


@door(OWN_VENUE)
@require_POST
def withdraw(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Nobody shall take the venue over."""
    handing_over.withdraw_hand_over(venue_id, actor=request.actor, at=clock.now())
    messages.success(request, _("Withdrawn. You stay the manager."))
    return redirect("venues:venue", venue_id)


@citizen_door
@require_GET
def offers(request: PageRequest) -> HttpResponse:
    """The venues that I am named to take over."""
    rows = venues.offers_to(_own(request), at=clock.now())
    return render(request, "venues/offers.html", {"rows": rows})


@citizen_door
@require_POST
def take_over(request: PageRequest, hand_over_id: UUID) -> HttpResponse:
    """I manage the venue from now on. My other sessions end, because my rights change."""
    user = _own(request)
    venue = handing_over.take_over(hand_over_id, user, actor=request.actor, at=clock.now())
    user.refresh_from_db(fields=["session_epoch"])
    update_session_auth_hash(request, user)
    messages.success(request, _("You manage this venue now."))
    return redirect("venues:venue", venue.id)


@citizen_door
@require_POST
def decline(request: PageRequest, hand_over_id: UUID) -> HttpResponse:
    """I do not take it over."""
    handing_over.decline(hand_over_id, _own(request), actor=request.actor, at=clock.now())
    messages.success(request, _("Declined. Nothing changes."))
    return redirect("venues:offers")


def _own(request: PageRequest) -> User:
    return own_account(request, has_phone=True)
