"""Who works at a venue: the manager's list and join code; the page of whoever opens the code; an inspector's own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.doors import citizen_door
from outpost.access.models import User
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.codes import qr_svg
from outpost.core.errors import Refusal, or_not_found
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, take
from outpost.venues.actions import OWN_VENUE, RUN_VENUES
from outpost.venues.forms import JoinCodeForm, JoinForm, TypedJoinCodeForm
from outpost.venues.models import Venue
from outpost.venues.queries import members, venues
from outpost.venues.services import joining
from outpost.venues.web.typed_codes import go_on


@door(RUN_VENUES)
@require_http_methods(["GET", "POST"])
def members_page(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """The inspectors of a venue, masked, and the code by which others join; a POST makes a new one."""
    venue = venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue

    def renew(form: JoinCodeForm) -> HttpResponse:
        at = clock.now()
        had_one = members.join_code_of(venue, at=at) is not None
        joining.renew_join_code(venue_id, **form.cleaned_data, actor=request.actor, at=at)
        messages.success(request, _("There is a join code now. Share it with who inspects here."))
        if had_one:
            messages.success(request, _("The former join code does not work any more."))
        return redirect("venues:members", venue_id)

    return form_page(request, "venues/members.html", JoinCodeForm, renew, context=_shown(request, venue))


def _shown(request: PageRequest, venue: Venue) -> dict[str, Any]:
    """What the page shows beside its form."""
    code = members.join_code_of(venue, at=clock.now())
    own = venues.own_venue(actor=request.actor)
    return {
        "venue": venue,
        "rows": members.member_rows(venue),
        "code": code,
        "link": _link(request, code) if code else "",
        "is_own": own == venue,
        "trail": [{"url": reverse("venues:venue", args=[venue.id]), "label": venue.name}],
    }


def _link(request: PageRequest, code: members.ShownJoinCode) -> str:
    return request.build_absolute_uri(reverse("join:code", args=[code.text]))


@door(RUN_VENUES)
@require_GET
def join_code_svg(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """The join code as a drawing."""
    venue = venues.venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue
    code = or_not_found(members.join_code_of(venue, at=clock.now()))
    return HttpResponse(qr_svg(_link(request, code)), content_type="image/svg+xml")


@door(RUN_VENUES)
@require_POST
def unbind(request: PageRequest, venue_id: UUID, member_id: UUID) -> HttpResponse:
    """Somebody works here no longer."""
    joining.unbind(venue_id, member_id, actor=request.actor, at=clock.now())
    _stay(request, own_account(request))  # a manager who inspected, too, ends that of their own
    messages.success(request, _("Unbound. Their right has ended, and they are signed out."))
    return redirect("venues:members", venue_id)


@door(OWN_VENUE)
@require_POST
def join_own(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """The manager inspects, too. Other sessions end, because the rights change."""
    joining.join_as_manager(venue_id, actor=request.actor, at=clock.now())
    _stay(request, own_account(request, has_phone=True))
    messages.success(request, _("You are an inspector of your venue, too."))
    return redirect("venues:members", venue_id)


@citizen_door
@require_GET
def typed(request: PageRequest) -> HttpResponse:
    """For whoever cannot scan or touch the link: the short code, typed. The door counts the tries of an account."""
    form = TypedJoinCodeForm(request.GET or None)
    return go_on(request, form, members.typed, to="join:code", template="venues/typed_join.html")


@citizen_door
@require_http_methods(["GET", "POST"])
def code(request: PageRequest, text: str) -> HttpResponse:
    """Who opened a join code sees which venue it is, says their name and joins."""
    user, at = own_account(request, has_phone=True), clock.now()
    try:
        venue = members.opened(text, at=at).venue
    except Refusal as refusal:
        return render(request, "venues/join_refused.html", {"refusal": refusal}, status=refusal.status)
    if members.memberships(user).filter(venue=venue).exists():
        return redirect("venues:work")

    def act(form: JoinForm) -> HttpResponse:
        joining.join(text, form.cleaned_data["name"], user, actor=request.actor, at=at)
        _stay(request, user)
        messages.success(request, _("You are an inspector of this venue now."))
        return redirect("venues:work")

    return form_page(request, "venues/join.html", JoinForm, act, at="name", context={"venue": venue})


@citizen_door
@require_GET
def work(request: PageRequest) -> HttpResponse:
    """An inspector's first page: where they work, and what is to be done there; who left finds it empty."""
    user = own_account(request, has_phone=True)
    context = {
        "rows": members.memberships(user),
        "offers": venues.offers_to(user, at=clock.now()).count(),
        "gate": request.get_host() + reverse("desks:app"),
    }
    return render(request, "venues/work.html", context)


@citizen_door
@require_POST
def leave(request: PageRequest, member_id: UUID) -> HttpResponse:
    """I work there no longer."""
    user = own_account(request, has_phone=True)

    def act(_form: Form) -> HttpResponse:
        joining.leave(member_id, user, actor=request.actor, at=clock.now())
        _stay(request, user)
        messages.success(request, _("You left the venue. Your right there has ended."))
        return redirect("web:my")

    return take(request, Form, act, page=reverse("venues:work"))


def _stay(request: PageRequest, user: User) -> None:
    """This session goes on where the others end, because the rights changed."""
    before = user.session_epoch
    user.refresh_from_db(fields=["session_epoch"])
    if user.session_epoch != before:
        update_session_auth_hash(request, user)
