"""离开打卡: the switch on a venue's page; and for who came, their visits that have not ended, touched on a page or kept
in a phone without network."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outpost.access.doors import citizen_door
from outpost.access.scope_sources import UUID_TEXT
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.people.queries import spoken_for
from outpost.people.tokens import holder_of
from outpost.venues import errors
from outpost.venues.actions import RUN_VENUES
from outpost.venues.queries.leaving import open_visits, sight
from outpost.venues.services import leaving


@door(RUN_VENUES)
@require_POST
def offer_check_out(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """Switch it on or off."""
    offers = request.POST.get("offers") == "yes"
    leaving.offer_check_out(venue_id, offers=offers, actor=request.actor, at=clock.now())
    said = (
        _("Who checks in is now offered to check out.")
        if offers
        else _("Nobody is asked to check out any more. The usual stay counts.")
    )
    messages.success(request, said)
    return redirect("venues:venue", venue_id)


@citizen_door
@require_GET
def check_outs(request: PageRequest) -> HttpResponse:
    """My visits that have not ended, each to be ended."""
    account = own_account(request)
    spoken = spoken_for(account.id)
    if spoken is None:
        return redirect(address("people:start", next=reverse("venues:check_outs")))
    seen = sight(spoken, at=clock.now())
    return render(
        request, "venues/check_outs.html", {"visits": list(open_visits(account.id, seen)) if seen else []}
    )


@citizen_door
@require_POST
def check_out(request: PageRequest) -> HttpResponse:
    """I leave now. Ids of check-ins are the phone's and say when they were made: they stand in no address."""
    account = own_account(request)
    spoken = spoken_for(account.id)
    visit = request.POST.get("visit", "")
    if spoken is None or not UUID_TEXT.fullmatch(visit):
        raise Refusal(NOT_FOUND)
    try:
        leaving.check_out(account.id, spoken, UUID(visit), at=clock.now())
    except Refusal as refusal:
        if refusal.problem is not errors.LEFT_AT_ONCE:
            raise
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Checked out. Your stay ends with this."))
    return redirect("venues:check_outs")


@citizen_door
@require_POST
def check_out_kept(request: PageRequest) -> HttpResponse:
    """I left then, as the check-in page kept it: as JSON, said again as often as it must be. 401 while somebody else is
    signed in than by whose `token` the phone kept it."""
    account, at = own_account(request), clock.now()
    spoken = spoken_for(account.id)
    holder = holder_of(ring(), request.POST.get("token", ""), ended={}, at=at)
    if spoken is None or holder is None or holder.person_id != spoken.person_id:
        return JsonResponse({}, status=401)
    try:
        visit, left_at = _stated(request)
        ended = leaving.check_out(account.id, spoken, visit, left_at=left_at, at=at)
    except Refusal as refusal:
        return JsonResponse({"error": refusal.code, "message": refusal.message}, status=refusal.status)
    return JsonResponse({"ended": ended})


def _stated(request: PageRequest) -> tuple[UUID, datetime]:
    visit, left = request.POST.get("visit", ""), request.POST.get("left_at", "")
    try:
        left_at = datetime.fromisoformat(left)
    except ValueError:
        left_at = None
    if not UUID_TEXT.fullmatch(visit) or left_at is None or left_at.tzinfo is None:
        raise Refusal(errors.LEFT_WRONGLY)
    return UUID(visit), left_at
