"""住址不一致: a lead or an officer says why two addresses stay as they are."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.sites.actions import CHECK_ADDRESSES
from outpost.sites.forms.people import CheckedAddressForm
from outpost.sites.queries import addresses, people
from outpost.sites.services.addresses import check_address
from outpost.sites.services.addresses import reopen_address as reopen
from outpost.sites.web.steps import trail_to


@door(CHECK_ADDRESSES)
@require_http_methods(["GET", "POST"])
def checked_address(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Close what differs, with a ground."""
    actor, at = request.actor, clock.now()
    found = people.registration_seen(registration_id, actor=actor, action=CHECK_ADDRESSES)

    def save(form: CheckedAddressForm) -> HttpResponse:
        check_address(found.id, form.cleaned_data["ground"], actor=actor, at=clock.now())
        messages.success(request, _("Kept: both addresses stay as they were stated."))
        return redirect("sites:person", found.id)

    context = {
        "registration": found,
        "difference": addresses.differences([found], at=at).get(found.id),
        "trail": trail_to(found),
    }
    return form_page(request, "sites/checked_address.html", CheckedAddressForm, save, context=context)


@door(CHECK_ADDRESSES)
@require_POST
def reopen_address(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Take the word back."""
    if reopen(registration_id, actor=request.actor, at=clock.now()):
        messages.success(request, _("Taken back: the address has to be cleared up again."))
    return redirect("sites:person", registration_id)
