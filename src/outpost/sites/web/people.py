"""进场预登记: who is registered under a contract, and who is withdrawn."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, list_page
from outpost.sites import queries
from outpost.sites.actions import REGISTER_PEOPLE, SEE_SITES
from outpost.sites.forms import RegistrationFilter
from outpost.sites.services import registering

PEOPLE = Listing(
    "registrations",
    (
        Column("name", gettext_lazy("Name")),
        Column("number", gettext_lazy("ID number")),
        Column("roll", gettext_lazy("Roll"), order="roll"),
        Column("employer", gettext_lazy("Employer"), order="employer__name", is_long=True),
        Column("trade", gettext_lazy("Trade"), order="trade"),
        Column("departure", gettext_lazy("Place of departure"), order="departure"),
        Column("phone", gettext_lazy("Phone")),
        Column("registered_at", gettext_lazy("Registered"), order="created_at"),
        Column("acts", ""),
    ),
    "-registered_at",
    RegistrationFilter,
    aside="roll",
    below=("employer", "departure"),
)


@door(SEE_SITES)
@require_GET
def registrations(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Who is registered under a contract, masked."""
    contract = queries.contract_seen(contract_id, actor=request.actor)
    listing = PEOPLE.read(request, employers=queries.employers(contract))
    may = request.actor.may(REGISTER_PEOPLE)
    context = {
        "contract": contract,
        "may_register": may,
        "import_url": address("exchange:new_import", "sites.registrations", contract=contract.number)
        if may
        else "",
        "trail": [{"url": reverse("sites:contract", args=[contract.id]), "label": contract.number}],
    }
    return list_page(
        listing,
        "sites/registrations.html",
        queries.registrations(contract, listing.values),
        present=queries.registration_rows,
        context=context,
    )


@door(REGISTER_PEOPLE)
@require_POST
def withdraw(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Take a registration back."""
    at = clock.now()
    contract_id = registering.withdraw_registration(registration_id, actor=request.actor, at=at)
    tell_deleted(request, _("The registration was withdrawn."), registering.KIND, at=at)
    return redirect("sites:registrations", contract_id)
