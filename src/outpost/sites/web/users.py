"""登记管理人员 of a contract: who may register for which employer; authorised and ended by a lead."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.pages.addresses import back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.people.trying import count_tries
from outpost.sites.actions import AUTHORISE_USERS
from outpost.sites.forms.contracts import UserForm
from outpost.sites.queries import contracts
from outpost.sites.queries import users as reads
from outpost.sites.services import users as services
from outpost.sites.web.steps import step

USERS = Listing(
    "site_users",
    (
        Column("name", gettext_lazy("Full name")),
        Column("employer", gettext_lazy("Employer"), order="employer__name", is_long=True),
        Column("phone", gettext_lazy("Phone")),
        Column("number", gettext_lazy("ID number")),
        Column("last_day", gettext_lazy("Last day"), order="last_day"),
        Column("authorised_by", gettext_lazy("Authorised by")),
        Column("authorised_at", gettext_lazy("Authorised"), order="authorised_at"),
        Column("acts", ""),
    ),
    "-authorised_at",
    aside="phone",
    below=("employer", "last_day"),
)


@door(AUTHORISE_USERS)
@require_GET
def users(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Who may register for which employer, masked."""
    contract = contracts.contract_seen(contract_id, actor=request.actor, action=AUTHORISE_USERS)
    return list_page(
        USERS.read(request),
        "sites/users.html",
        reads.users(contract),
        present=reads.user_rows,
        context={"contract": contract, "trail": [step(contract)]},
    )


@door(AUTHORISE_USERS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_user(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Authorise somebody for one employer."""
    actor = request.actor
    contract = contracts.contract_seen(contract_id, actor=actor, action=AUTHORISE_USERS)
    employers = contracts.employers_seen(contract, actor=actor, action=AUTHORISE_USERS)

    def authorise(form: UserForm) -> HttpResponse:
        at, stated, last_day = clock.now(), form.stated(), form.cleaned_data["last_day"]
        tried = {"document": stated["document_number"], "phone": stated["phone"]}
        count_tries(tried, AUTHORISE_USERS, actor=actor, at=at)
        services.authorise_user(contract.id, stated, last_day, actor=actor, at=at)
        messages.success(request, _("Authorised. They sign in with their phone and are told so."))
        return redirect("sites:users", contract.id)

    users_url = {"url": reverse("sites:users", args=[contract.id]), "label": _("Registrars")}
    context = {"contract": contract, "trail": [step(contract), users_url]}
    make = partial(UserForm, employers=employers)
    return form_page(request, "sites/user_form.html", make, authorise, context=context)


@door(AUTHORISE_USERS)
@require_POST
def end_user(request: PageRequest, site_user_id: UUID) -> HttpResponse:
    """End somebody's right."""
    contract_id = services.end_user(site_user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The right has ended. Who was signed in with it is signed out."))
    return back(request, "sites:users", contract_id)
