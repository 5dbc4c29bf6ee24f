"""A contract is filed by hand, and changed."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outpost.audit.editing import Edited
from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.people.trying import count_tries
from outpost.regions import queries as regions
from outpost.sites.actions import EDIT_SITES
from outpost.sites.forms.contracts import ContractForm
from outpost.sites.models import Contract
from outpost.sites.queries import contracts
from outpost.sites.seats import SEATS
from outpost.sites.services import filing
from outpost.sites.web.steps import step

_AT = {"employer": "employers"}


@door(EDIT_SITES)
@require_http_methods(["GET", "POST"])
def new_contract(request: PageRequest) -> HttpResponse:
    """File a contract that the contract filing has not sent."""

    def file(form: ContractForm) -> HttpResponse:
        filed = filing.file_contract(
            form.stated(), form.employers(), actor=request.actor, at=_counted(form, request.actor)
        )
        messages.success(request, _("The contract was filed."))
        return redirect("sites:contract", filed.id)

    make = partial(ContractForm, has_numbers=True, towns=_towns(request.actor))
    trail = [{"url": reverse("sites:supervision"), "label": _("Supervision of construction sites")}]
    context = {"trail": trail, "cancel_url": reverse("sites:supervision")}
    return form_page(request, "sites/contract_form.html", make, file, at=_AT, context=context)


@door(EDIT_SITES)
@require_http_methods(["GET", "POST"])
def edit_contract(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Change what is filed of a contract, its project and its employers."""
    contract, page = _own(contract_id, request.actor), reverse("sites:contract", args=[contract_id])
    seated, edited = contracts.seated_masked(contract), contracts.edited_contract(contract)
    make = partial(
        ContractForm,
        has_numbers=False,
        towns=_towns(request.actor),
        initial={name: text for name, text in edited.texts.items() if name not in seated},
        kept={name: shown for name, shown in seated.items() if shown},
    )

    def change(form: ContractForm) -> HttpResponse:
        at, seen = _counted(form, request.actor), form.cleaned_data[SEEN]
        filing.change_contract(
            contract_id, form.stated(), form.employers(), actor=request.actor, at=at, seen=seen
        )
        messages.success(request, _("The contract was changed."))
        return redirect(page)

    def stands() -> Edited:
        return contracts.edited_contract(_own(contract_id, request.actor))

    context = {"contract": contract, "trail": [step(contract)], "cancel_url": page}
    return edit_page(request, "sites/contract_form.html", make, change, stands, at=_AT, context=context)


def _own(contract_id: UUID, actor: Actor) -> Contract:
    return contracts.contract_seen(contract_id, actor=actor, action=EDIT_SITES)


def _towns(actor: Actor) -> list[tuple[str, str]]:
    return [(town.code, town.name) for town in regions.towns(actor.reach(EDIT_SITES))]


def _counted(form: ContractForm, actor: Actor) -> datetime:
    """Now, once the names and phones that the form tries have been counted."""
    at, typed = clock.now(), form.stated()
    for seat in SEATS:
        tried = {"name": typed.get(seat.name), "phone": typed.get(seat.phone)}
        count_tries(tried, EDIT_SITES, actor=actor, at=at)
    return at
