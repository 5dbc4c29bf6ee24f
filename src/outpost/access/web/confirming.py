"""Acts that a found-open browser must not do: whoever wants them proves once more who they are, for some minutes."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outpost.access import errors, services
from outpost.access.contacts import contacts_of
from outpost.access.devices import device_of, remember
from outpost.access.forms import ConfirmByCodeForm, ConfirmByPasswordForm
from outpost.access.models import User
from outpost.access.web.sign_in import ask_code, asked_code
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.addresses import address as address_of
from outpost.pages.addresses import local
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

CONFIRMED_UNTIL = "confirmed_until"  # Unix time, in the session
LIFE = timedelta(minutes=10)

Page = Callable[..., HttpResponse]


def own_account(request: PageRequest, *, has_phone: bool | None = None) -> User:
    """The signed-in account; with `has_phone` only one that signs in by phone (or only one that does not)."""
    user = request.user
    if not isinstance(user, User) or has_phone not in (None, user.phone_hash is not None):
        raise Refusal(NOT_FOUND)
    return user


def is_confirmed(request: PageRequest) -> bool:
    """Whether its owner has just proved again who they are."""
    return bool(request.session.get(CONFIRMED_UNTIL, 0) > clock.now().timestamp())


def confirmed(page: Page) -> Page:
    """A page or an act for a confirmed session only; else the way leads through the proof to the page, or to where
    the button of the act stands."""

    @wraps(page)
    def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request):
            return page(request, *args, **kwargs)
        after = request.path if request.method == "GET" else reverse("access:me")
        return redirect(address_of("access:confirm", next=after))

    return guarded


@door(USE_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm(request: PageRequest) -> HttpResponse:
    """Prove once more who one is: the password, or a code to the own phone."""
    user, device = own_account(request), device_of(request)
    is_phone = user.phone_hash is not None

    def act(form: Form) -> HttpResponse:
        if is_phone and "ask" in request.POST:
            ask_code(request, contacts_of(user).phone, device)
            return redirect(request.get_full_path())
        _prove(request, user, form.cleaned_data["proof"], device)
        request.session[CONFIRMED_UNTIL] = (clock.now() + LIFE).timestamp()
        messages.success(request, _("Confirmed. Go on within ten minutes."))
        return redirect(local(request, request.GET.get("next", "")) or "access:me")

    form_class: type[Form] = ConfirmByCodeForm if is_phone else ConfirmByPasswordForm
    context = {"is_phone": is_phone, **asked_code(request)}
    response = form_page(request, "access/confirm.html", form_class, act, at="proof", context=context)
    remember(response, device)
    return response


def _prove(request: PageRequest, user: User, proof: str, device: str) -> None:
    at, address = clock.now(), request.actor.address
    if user.phone_hash is None:
        services.check_password(user.username, proof, address=address, at=at)
    elif not proof:
        raise Refusal(errors.PASSCODE_MISSING)
    else:
        services.enter_passcode(contacts_of(user).phone, proof, device=device, address=address, at=at)
