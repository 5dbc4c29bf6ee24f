"""Doors of the security administrator: accounts and the rights that they carry."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access import queries, services
from outpost.access.doors import PageRequest, door
from outpost.access.forms import AccountFilter, GrantForm, NewOfficerForm, NewPhoneAccountForm
from outpost.access.scopes import parse
from outpost.access.web.sign_in import refuse
from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.pages.listing import Column, Listing

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


@door("access.manage")
@require_GET
def accounts(request: PageRequest) -> HttpResponse:
    """All accounts, with filters."""
    listing = ACCOUNTS.read(request)
    found = queries.accounts(actor=request.actor, **listing.values)
    listing.fill(found, present=queries.present_accounts)
    return render(request, "access/accounts.html", {"listing": listing})


@door("access.manage")
@require_http_methods(["GET", "POST"])
def new_officer(request: PageRequest) -> HttpResponse:
    """A new account for user name and password; its initial password is shown once."""
    form = NewOfficerForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            user, password = services.create_officer(
                form.cleaned_data["username"],
                form.cleaned_data["display_name"],
                actor=request.actor,
                at=clock.now(),
            )
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal, "username"))
        else:
            return _initial_password(request, user.id, password)
    return render(request, "access/new_officer.html", {"form": form}, status=status)


@door("access.manage")
@require_http_methods(["GET", "POST"])
def new_phone(request: PageRequest) -> HttpResponse:
    """A new account for phone and passcode."""
    form = NewPhoneAccountForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        number = form.cleaned_data["phone"]
        try:
            user = services.create_phone_account(number, actor=request.actor, at=clock.now())
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal, "phone"))
        else:
            messages.success(request, _("The account was created. Give it a right now."))
            return redirect("access:account", user.id)
    return render(request, "access/new_phone.html", {"form": form}, status=status)


@door("access.manage")
@require_GET
def account(request: PageRequest, user_id: UUID) -> HttpResponse:
    """One account: its rights, and what can be done about it."""
    return _account_page(request, user_id, GrantForm())


def _account_page(
    request: PageRequest, user_id: UUID, form: GrantForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    row = queries.account(user_id, actor=request.actor)
    context = {"account": row, "form": form, "is_own": request.actor.id == f"user:{user_id}"}
    return render(request, "access/account.html", context, status=status)


@door("access.manage")
@require_POST
def grant(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Give a right."""
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _account_page(request, user_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        scope = parse(form.cleaned_data["scope"])
        services.grant_role(user_id, form.cleaned_data["role"], scope, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        return _account_page(request, user_id, form, status=refuse(form, refusal))
    messages.success(request, _("The right was given. The account has to sign in again."))
    return redirect("access:account", user_id)


@door("access.manage")
@require_POST
def revoke(request: PageRequest, user_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a right back."""
    services.revoke_grant(user_id, grant_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The right was taken back. It has ended at once."))
    return redirect("access:account", user_id)


@door("access.manage")
@require_POST
def disable(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Let nobody in with this account."""
    services.disable_account(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The account was disabled and signed out everywhere."))
    return redirect("access:account", user_id)


@door("access.manage")
@require_POST
def enable(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Let the account in again."""
    services.enable_account(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The account can sign in again."))
    return redirect("access:account", user_id)


@door("access.manage")
@require_POST
def reset_password(request: PageRequest, user_id: UUID) -> HttpResponse:
    """A new initial password, shown once."""
    password = services.reset_password(user_id, actor=request.actor, at=clock.now())
    return _initial_password(request, user_id, password)


@door("access.manage")
@require_POST
def reset_second_factor(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Forget a lost authenticator."""
    services.reset_second_factor(user_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The authenticator was forgotten. The next sign-in sets up a new one."))
    return redirect("access:account", user_id)


def _initial_password(request: PageRequest, user_id: UUID, password: str) -> HttpResponse:
    row = queries.account(user_id, actor=request.actor)
    return render(request, "access/initial_password.html", {"account": row, "password": password})
