"""场所创建: a form that works on a phone; the position comes from the phone if its holder agrees."""

from functools import partial

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outpost.access.doors import citizen_door
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.pages.doors import PageRequest
from outpost.pages.forms import form_page
from outpost.regions import queries as regions
from outpost.venues.forms import NewVenueForm
from outpost.venues.queries import venues
from outpost.venues.queries.kinds import kinds
from outpost.venues.services.creating import create_venue
from outpost.venues.web.maps import map_to_pick_on


@citizen_door
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """Create the venue that I manage. My other sessions end, because my rights change."""
    user, own = own_account(request, has_phone=True), venues.own_venue(actor=request.actor)
    if own is not None:
        return redirect("venues:venue", own.id)
    make = partial(
        NewVenueForm,
        towns=[(town.code, town.name) for town in regions.towns()],
        kinds=[(kind.code, kind.label) for kind in kinds()],
    )

    def act(form: NewVenueForm) -> HttpResponse:
        is_sure, at = form.cleaned_data["is_sure"], clock.now()
        venue = create_venue(form.stated(), user, is_sure=is_sure, actor=request.actor, at=at)
        user.refresh_from_db(fields=["session_epoch"])
        update_session_auth_hash(request, user)
        messages.success(request, _("The venue is there, and its codes are good. Print the posters now."))
        return redirect("venues:venue", venue.id)

    return form_page(
        request, "venues/new_venue.html", make, act, context=lambda _form: {"map": map_to_pick_on()}
    )
