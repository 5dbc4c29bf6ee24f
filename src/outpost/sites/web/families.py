"""携带家属: who comes along with somebody, and with all under a contract; one of them; registering, withdrawing."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.codes import qr_address
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address, back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.sites.actions import REGISTER_PEOPLE, SEE_SITES
from outpost.sites.forms.people import FamilyForm
from outpost.sites.queries import contracts, families, people
from outpost.sites.queries.families import family_rows
from outpost.sites.services import families as services
from outpost.sites.web.steps import step, trail_of, trail_to

FAMILY = Listing(
    "family",
    (
        Column("name", gettext_lazy("Full name")),
        Column("relation", gettext_lazy("Relation"), order="relation"),
        Column("comes_with", gettext_lazy("Comes with")),
        Column("entering", gettext_lazy("May enter"), is_long=True),
        Column("number", gettext_lazy("ID number")),
        Column("phone", gettext_lazy("Phone")),
        Column("declared_on", gettext_lazy("Declared")),
        Column("registered_at", gettext_lazy("Registered"), order="created_at"),
        Column("acts", ""),
    ),
    "-registered_at",
    aside="relation",
    below=("comes_with", "number"),
)


@door(SEE_SITES)
@require_GET
def contract_family(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Who comes along with the people under a contract, masked."""
    at = clock.now()
    contract = contracts.contract_seen(contract_id, actor=request.actor)
    may = request.actor.may(REGISTER_PEOPLE)
    context = {
        "contract": contract,
        "may_register": may,
        "import_url": address("exchange:new_import", "sites.families", contract=contract.number)
        if may
        else "",
        "exports": exports_for(request.actor, "family", {"contract": contract.number}),
        "trail": [step(contract)],
    }
    found, present = families.family_listed(contract, actor=request.actor), partial(family_rows, at=at)
    return list_page(FAMILY.read(request), "sites/family.html", found, present=present, context=context)


@door(SEE_SITES)
@require_GET
def family(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Who comes along with one person, masked."""
    at, actor = clock.now(), request.actor
    worker = people.registration_seen(registration_id, actor=actor)
    (row,) = people.registration_rows([worker], at=at)
    may = actor.may(REGISTER_PEOPLE)
    context = {
        "row": row,
        "contract": worker.contract,
        "may_register": may,
        "register_url": reverse("sites:register_family", args=[worker.id]) if may else "",
        "trail": trail_to(worker),
    }
    found, present = families.family_with(worker), partial(family_rows, at=at)
    return list_page(FAMILY.read(request), "sites/family.html", found, present=present, context=context)


@door(REGISTER_PEOPLE)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register_family(request: PageRequest, registration_id: UUID) -> HttpResponse:
    """Register who comes along; who has not declared finds the way to do so here."""
    worker = people.registration_seen(registration_id, actor=request.actor)
    (row,) = people.registration_rows([worker], at=clock.now())

    def save(form: FamilyForm) -> HttpResponse:
        services.register_family(worker.id, form.stated(), actor=request.actor, at=clock.now())
        messages.success(request, _("Registered."))
        return redirect("sites:family", worker.id)

    declare = request.build_absolute_uri(reverse("health:declare"))
    context = {
        "row": row,
        "contract": worker.contract,
        "declare": declare,
        "code": qr_address(declare),
        "trail": trail_to(worker),
    }
    return form_page(request, "sites/register_family.html", FamilyForm, save, context=context)


@door(SEE_SITES)
@require_GET
def family_member(request: PageRequest, family_member_id: UUID) -> HttpResponse:
    """One who comes along: with whom, what they declared."""
    at = clock.now()
    member = families.family_seen(family_member_id, actor=request.actor)
    (row,) = family_rows([member], at=at)
    context = {
        "row": row,
        "contract": member.registration.contract,
        "declared": people.declared_of(member, at=at),
        "may_register": request.actor.may(REGISTER_PEOPLE),
        "trail": [
            *trail_of(member.registration.contract),
            {"url": reverse("sites:family", args=[member.registration_id]), "label": row.comes_with.name},
        ],
    }
    return render(request, "sites/family_member.html", context)


@door(REGISTER_PEOPLE)
@require_POST
def withdraw_family(request: PageRequest, family_member_id: UUID) -> HttpResponse:
    """Take one of a family out."""
    at = clock.now()
    registration_id = services.withdraw_family(family_member_id, actor=request.actor, at=at)
    tell_deleted(request, _("The registration was withdrawn."), services.KIND, at=at)
    return back(request, "sites:family", registration_id)
