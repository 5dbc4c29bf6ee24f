"""Doors of the security administrator: accounts and the rights that they carry."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access import account_rows, services
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.forms import AccountFilter, GrantForm, NewOfficerForm, NewPhoneAccountForm
from outpost.access.scopes import parse
from outpost.access.services.grants import PATIENCE, takes_two
from outpost.access.services.wide_rights import refuse_takeover
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import drawn, form_page, take
from outpost.pages.keeping import Keep
from outpost.pages.listing import Column, Listing, list_page

PASSWORDS = Keep("initial_passwords", life=timedelta(minutes=30), most=4)

ACCOUNTS = Listing(
    "accounts",
    columns=(
        Column("name", gettext_lazy("Account"), order="username"),
        Column("rights", gettext_lazy("Rights")),
        Column("second_factor", gettext_lazy("Second factor")),
        Column("last_login", gettext_lazy("Last sign-in"), order="last_login"),
        Column("created_at", gettext_lazy("Created"), order="created_at"),
        Column("state", gettext_lazy("State"), order="is_active"),
    ),
    order="-created_at",
    form=AccountFilter,
    aside="state",
    below=("rights",),
    private=frozenset({"phone"}),
)


@door(MANAGE_ACCESS)
@require_GET
def accounts(request: PageRequest) -> HttpResponse:
    """All accounts, with filters."""
    listing = ACCOUNTS.read(request)
    found = account_rows.accounts(actor=request.actor, **listing.values)
    return list_page(listing, "access/accounts.html", found, present=account_rows.present_accounts)


@door(MANAGE_ACCESS)
@require_http_methods(["GET", "POST"])
def new_officer(request: PageRequest) -> HttpResponse:
    """A new account for user name and password."""

    def create(form: NewOfficerForm) -> HttpResponse:
        user, password = services.create_officer(**form.cleaned_data, actor=request.actor, at=clock.now())
        return _hand_over(request, user.id, password)

    return form_page(request, "access/new_officer.html", NewOfficerForm, create, at="username")


@door(MANAGE_ACCESS)
@require_http_methods(["GET", "POST"])
def new_phone(request: PageRequest) -> HttpResponse:
    """A new account for phone and passcode."""

    def create(form: NewPhoneAccountForm) -> HttpResponse:
        user = services.create_phone_account(form.cleaned_data["phone"], actor=request.actor, at=clock.now())
        messages.success(request, _("The account was created. Give it a right now."))
        return redirect("access:account", user.id)

    return form_page(request, "access/new_phone.html", NewPhoneAccountForm, create, at="phone")


@door(MANAGE_ACCESS)
@require_GET
def account(request: PageRequest, user_id: UUID) -> HttpResponse:
    """One account: its rights, and what can be done about it."""
    context = {
        "account": account_rows.account(user_id, actor=request.actor),
        "form": drawn(request, GrantForm),
        "is_own": request.actor.id == f"user:{user_id}",
    }
    return render(request, "access/account.html", context)


@door(MANAGE_ACCESS)
@require_POST
def grant(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Give a right."""

    def give(form: GrantForm) -> HttpResponse:
        role, scope = form.cleaned_data["role"], parse(form.cleaned_data["scope"])
        if takes_two(role, scope, actor=request.actor, at=clock.now()):
            services.ask_for_grant(user_id, role, scope, actor=request.actor, at=clock.now())
            messages.success(request, _("The right waits for another security administrator, who was told."))
        else:
            services.grant_role(user_id, role, scope, actor=request.actor, at=clock.now())
            messages.success(request, _("The right was given. The account has to sign in again."))
        return redirect("access:account", user_id)

    account_rows.account(user_id, actor=request.actor)
    return take(request, GrantForm, give, page=reverse("access:account", args=[user_id]))


@door(MANAGE_ACCESS)
@require_GET
def waiting(request: PageRequest) -> HttpResponse:
    """Far-reaching rights that others have asked for."""
    rows = account_rows.grant_requests(actor=request.actor, after=clock.now() - PATIENCE)
    return render(request, "access/waiting_grants.html", {"rows": rows})


@door(MANAGE_ACCESS)
@require_POST
def decide(request: PageRequest, request_id: UUID) -> HttpResponse:
    """Agree to a far-reaching right, or decline it."""
    is_agreed = request.POST.get("agree") == "1"
    services.decide_grant(request_id, is_agreed=is_agreed, actor=request.actor, at=clock.now())
    messages.success(request, _("The right was given.") if is_agreed else _("The right was declined."))
    return redirect("access:waiting_grants")


@door(MANAGE_ACCESS)
@require_POST
def revoke(request: PageRequest, user_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a right back."""
    services.revoke_grant(user_id, grant_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The right was taken back. It has ended at once."))
    return redirect("access:account", user_id)


@door(MANAGE_ACCESS)
@require_POST
def disable(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Let nobody in with this account."""
    services.disable_account(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The account was disabled and signed out everywhere."))
    return redirect("access:account", user_id)


@door(MANAGE_ACCESS)
@require_POST
def enable(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Let the account in again."""
    services.enable_account(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The account can sign in again."))
    return redirect("access:account", user_id)


@door(MANAGE_ACCESS)
@require_POST
def reset_password(request: PageRequest, user_id: UUID) -> HttpResponse:
    """A new initial password."""
    password = services.reset_password(user_id, actor=request.actor, at=clock.now())
    return _hand_over(request, user_id, password)


def _hand_over(request: PageRequest, user_id: UUID, password: str) -> HttpResponse:
    PASSWORDS.put(request, str(user_id), password)
    return redirect("access:initial_password", user_id)


@door(MANAGE_ACCESS)
@require_http_methods(["GET", "POST"])
def initial_password(request: PageRequest, user_id: UUID) -> HttpResponse:
    """An initial password, to who has just set it and until they say that they have handed it over."""
    row = account_rows.account(user_id, actor=request.actor)
    if request.method == "POST":
        PASSWORDS.drop(request, str(user_id))
    password = PASSWORDS.get(request, str(user_id))
    if password is None:
        return redirect("access:account", user_id)
    return render(request, "access/initial_password.html", {"account": row, "password": password})


@door(MANAGE_ACCESS)
@require_POST
def reset_second_factor(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Forget a lost authenticator."""
    refuse_takeover(user_id, actor=request.actor)
    services.reset_second_factor(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The authenticator was forgotten. The next sign-in sets up a new one."))
    return redirect("access:account", user_id)
