"""Doors of a sign-in after its first factor: a forced new password, the authenticator, its recovery codes."""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outpost.access import services
from outpost.access.errors import SIGN_IN_EXPIRED
from outpost.access.forms import NewPasswordForm, SecondFactorForm
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.second_factor import new_secret, provisioning_uri
from outpost.access.web import sign_in_steps
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.pages.doors import PageRequest, door, open_door
from outpost.pages.forms import form_page
from outpost.pages.keeping import Keep

ENROLMENT = "enrolment"
QR_SCALE = 5
CODES = Keep("recovery_codes", life=timedelta(minutes=30), most=1)

Page = Callable[..., HttpResponse]


def _step(page: Page) -> Page:
    """A page inside a sign-in under way; when that has run out, the way leads back to its beginning.

    When it came to its end (Back, a second click), the session stays and the way leads on: past recovery codes that
    are not said to be kept yet.
    """

    @wraps(page)
    def stepped(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return page(request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.problem is not SIGN_IN_EXPIRED:
                raise
            if request.user.is_authenticated:
                return redirect("access:recovery_codes")
            request.session.flush()
            sign_in_steps.NOTICES.put(request, sign_in_steps.ONLY, refusal.code)
            return redirect("access:sign_in")

    return stepped


@open_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@_step
def new_password(request: PageRequest) -> HttpResponse:
    """The forced new password of a first sign-in."""
    at, address = clock.now(), request.actor.address
    note = sign_in_steps.note_of(request)
    user = note.user_at(at)

    def change(form: NewPasswordForm) -> HttpResponse:
        actor = actor_of(user, is_verified=False, address=address)
        services.change_password(user, form.cleaned_data["new_password"], actor=actor, at=at)
        renewed = sign_in_steps.Note(note.user, user.session_epoch, note.first_factor, note.until, note.next)
        return sign_in_steps.proceed(request, renewed, user, address=address, at=at)

    return form_page(request, "access/new_password.html", NewPasswordForm, change, at="new_password")


@open_door
@require_http_methods(["GET", "POST"])
@_step
def second_factor(request: PageRequest) -> HttpResponse:
    """The code of the authenticator, or a recovery code."""
    at, address = clock.now(), request.actor.address
    note = sign_in_steps.note_of(request)
    user = _ready_user(note.user_at(at))

    def enter(form: SecondFactorForm) -> HttpResponse:
        used = services.check_second_factor(user, form.cleaned_data["code"], address=address, at=at)
        sign_in_steps.come_in(request, note, user, second_factor=used, address=address, at=at)
        return redirect(note.next)

    return form_page(request, "access/second_factor.html", SecondFactorForm, enter, at="code")


@open_door
@require_http_methods(["GET", "POST"])
@_step
def enrol(request: PageRequest) -> HttpResponse:
    """Take up an authenticator: scan the picture, type its first code, keep the recovery codes."""
    at, address = clock.now(), request.actor.address
    note = sign_in_steps.note_of(request)
    user = _ready_user(note.user_at(at))
    secret = _enrolment_secret(request, user)

    def take_up(form: SecondFactorForm) -> HttpResponse:
        actor = actor_of(user, is_verified=False, address=address)
        codes = services.enrol(user, secret, form.cleaned_data["code"], actor=actor, at=at)
        sign_in_steps.come_in(request, note, user, second_factor="totp", address=address, at=at)
        CODES.put(request, sign_in_steps.ONLY, {"codes": codes, "next": note.next})
        return redirect("access:recovery_codes")

    picture = _enrolment_picture(user, secret)
    return form_page(request, "access/enrol.html", SecondFactorForm, take_up, at="code", context=picture)


@door(USE_ACCOUNT)
@require_http_methods(["GET", "POST"])
def recovery_codes(request: PageRequest) -> HttpResponse:
    """The recovery codes of a new authenticator, until they are said to be kept."""
    kept = CODES.get(request, sign_in_steps.ONLY) or {"codes": [], "next": "/"}
    if request.method == "POST":
        CODES.drop(request, sign_in_steps.ONLY)
    if request.method == "POST" or not kept["codes"]:
        return redirect(kept["next"])
    return render(request, "access/recovery_codes.html", kept)


def _ready_user(user: User) -> User:
    """Nobody reaches the second factor around the forced new password."""
    if user.must_change_password:
        raise Refusal(SIGN_IN_EXPIRED)
    return user


def _enrolment_secret(request: HttpRequest, user: User) -> bytes:
    """The secret that this sign-in offers, sealed in the session until it is confirmed."""
    stored = request.session.get(ENROLMENT)
    if stored is not None:
        return ring().open(base64.b64decode(stored), user.sealing_context)
    secret = new_secret()
    request.session[ENROLMENT] = base64.b64encode(ring().seal(secret, user.sealing_context)).decode()
    return secret


def _enrolment_picture(user: User, secret: bytes) -> dict[str, str]:
    import segno

    picture = segno.make(provisioning_uri(user, secret), error="m").svg_inline(scale=QR_SCALE)
    key = base64.b32encode(secret).decode()
    spaced = " ".join(key[i : i + 4] for i in range(0, len(key), 4))
    return {"picture": mark_safe(picture), "key": spaced}  # noqa: S308 - made by the QR library
