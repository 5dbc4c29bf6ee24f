"""Doors of passkeys: add and remove one's own, sign in with one. The script of these pages talks to the browser."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access.errors import PASSKEY_REFUSED
from outpost.access.forms import NewPasskeyForm, PasskeyForm
from outpost.access.services import passkeys
from outpost.access.web import sign_in_steps
from outpost.access.web.confirming import confirmed, own_account
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door, open_door
from outpost.pages.forms import form_page
from outpost.pages.keeping import Keep

CHALLENGES = Keep("passkey_challenges", life=timedelta(minutes=10), most=2)


def _site(request: PageRequest) -> passkeys.Site:
    host = request.get_host()
    return passkeys.Site(host.rpartition(":")[0] or host, f"{request.scheme}://{host}")


def _challenge(request: PageRequest) -> bytes:
    """A new challenge for this page, kept until it is answered."""
    challenge = passkeys.new_challenge()
    CHALLENGES.put(request, request.path, challenge.hex())
    return challenge


def _take_challenge(request: PageRequest) -> bytes:
    """The challenge that this page gave out, once. Raises PASSKEY_REFUSED when it is too long ago."""
    kept = CHALLENGES.get(request, request.path)
    CHALLENGES.drop(request, request.path)
    if kept is None:
        raise Refusal(PASSKEY_REFUSED)
    return bytes.fromhex(kept)


@door(USE_ACCOUNT)
@require_http_methods(["GET", "POST"])
@confirmed
def new_passkey(request: PageRequest) -> HttpResponse:
    """Let this device be a key to my account."""
    user, site = own_account(request, has_phone=True), _site(request)

    def add(form: NewPasskeyForm) -> HttpResponse:
        passkeys.add_passkey(
            user,
            form.cleaned_data["credential"],
            label=form.cleaned_data["label"],
            challenge=_take_challenge(request),
            site=site,
            actor=request.actor,
            at=clock.now(),
        )
        messages.success(request, _("The passkey was added. It signs in without a code from now on."))
        return redirect("access:me")

    def context(_form: NewPasskeyForm) -> dict[str, str]:
        return {"options": passkeys.creation_options(user, challenge=_challenge(request), site=site)}

    return form_page(request, "access/new_passkey.html", NewPasskeyForm, add, context=context)


@door(USE_ACCOUNT)
@require_POST
@confirmed
def remove_passkey(request: PageRequest, passkey_id: UUID) -> HttpResponse:
    """Let a device be a key to my account no longer."""
    user = own_account(request, has_phone=True)
    passkeys.remove_passkey(user, passkey_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The passkey was removed. It does not sign in any more."))
    return redirect("access:me")


@open_door
@require_http_methods(["GET", "POST"])
def sign_in_by_passkey(request: PageRequest) -> HttpResponse:
    """The first factor by the lock of the own device."""
    site = _site(request)

    def enter(form: PasskeyForm) -> HttpResponse:
        at, address = clock.now(), request.actor.address
        challenge = _take_challenge(request)
        user = passkeys.enter_passkey(
            form.cleaned_data["credential"], challenge=challenge, site=site, address=address, at=at
        )
        return sign_in_steps.begin(request, user, first_factor="passkey", address=address, at=at)

    def context(_form: PasskeyForm) -> dict[str, str]:
        options = passkeys.request_options(challenge=_challenge(request), site=site)
        return {"options": options, "next": request.GET.get("next", "")}

    return form_page(request, "access/passkey.html", PasskeyForm, enter, context=context)
