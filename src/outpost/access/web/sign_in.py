"""Doors of signing in. They work without scripts and on old phones: plain forms, one page a step."""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access import services
from outpost.access.devices import device_of, remember
from outpost.access.errors import PASSCODE_MISSING, SIGN_IN_EXPIRED
from outpost.access.forms import NewPasswordForm, OfficerSignInForm, PhoneSignInForm, SecondFactorForm
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.second_factor import new_secret, provisioning_uri
from outpost.access.web import sign_in_steps
from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS, USE_ACCOUNT
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, find_problem
from outpost.core.masking import mask_phone
from outpost.pages.addresses import address as address_of
from outpost.pages.doors import PageRequest, door, open_door
from outpost.pages.forms import drawn, form_page, take
from outpost.pages.keeping import Keep

ENROLMENT = "enrolment"
OFFICER, PHONE = "officer", "phone"  # the two doors of the page
QR_SCALE = 5

ASKED = Keep("passcode_asked", life=timedelta(minutes=10), most=1)
NOTICES = Keep("sign_in_notices", life=timedelta(minutes=2), most=1)
CODES = Keep("recovery_codes", life=timedelta(minutes=30), most=1)
ONLY = "only"

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
            NOTICES.put(request, ONLY, refusal.code)
            return redirect("access:sign_in")

    return stepped


@open_door
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: PageRequest) -> HttpResponse:
    """The sign-in page, and the officers' first factor."""
    if request.method == "GET":
        return _sign_in_page(request)

    def enter(form: OfficerSignInForm) -> HttpResponse:
        at, address = clock.now(), request.actor.address
        user = services.check_password(**form.cleaned_data, address=address, at=at)
        return sign_in_steps.begin(request, user, first_factor="password", address=address, at=at)

    return take(request, OfficerSignInForm, enter, page=_page_of(request, OFFICER), name=OFFICER)


def _sign_in_page(request: PageRequest) -> HttpResponse:
    asked = asked_code(request)
    phone_form = partial(PhoneSignInForm, initial={"phone": asked["asked_phone"]})
    notice = find_problem(NOTICES.get(request, ONLY) or "")
    context = {
        "by": _tab(request),
        "next": request.GET.get("next", ""),
        "officer_form": drawn(request, OfficerSignInForm, name=OFFICER),
        "phone_form": drawn(request, phone_form, name=PHONE),
        **asked,
        "notice": Refusal(notice) if notice else None,
    }
    return render(request, "access/sign_in.html", context)


def _tab(request: HttpRequest) -> str:
    """The tab that was asked for; a phone starts with the phone, and a browser that has asked for a passcode before."""
    asked = request.GET.get("by", "")
    if asked in (OFFICER, PHONE):
        return asked
    is_phone = "Mobi" in request.headers.get("User-Agent", "") or _leads_to_citizens(request)
    return PHONE if is_phone or settings.OUTPOST_DEVICE_COOKIE in request.COOKIES else OFFICER


def _leads_to_citizens(request: HttpRequest) -> bool:
    """Whether a page of one's own affairs waits behind the sign-in."""
    try:
        page = resolve(urlsplit(request.GET.get("next", "")).path).func
    except Resolver404:
        return False
    return getattr(page, "action", None) == OWN_AFFAIRS


def _page_of(request: HttpRequest, tab: str) -> str:
    return address_of("access:sign_in", by=tab, next=request.POST.get("next", ""))


@open_door
@sensitive_post_parameters("code", "phone", "document")
@require_POST
def phone(request: PageRequest) -> HttpResponse:
    """The phone door: the button `ask` sends a code, the other one signs in with it."""
    device, page = device_of(request), _page_of(request, PHONE)

    def act(form: PhoneSignInForm) -> HttpResponse:
        if "ask" not in request.POST:
            return _enter(request, form, device)
        ask_code(request, form.cleaned_data["phone"], device)
        return redirect(page)

    response = take(request, PhoneSignInForm, act, page=page, at={PASSCODE_MISSING.code: "code"}, name=PHONE)
    remember(response, device)
    return response


def ask_code(request: PageRequest, number: str, device: str) -> None:
    """Send a code to a phone, and let the page know."""
    asked = services.ask_passcode(number, device=device, address=request.actor.address, at=clock.now())
    shown = [{"phone": mask_phone(number), "code": asked.shown_code}] if asked.shown_code else []
    ASKED.put(request, ONLY, {"phone": number, "shown": shown})


def asked_code(request: HttpRequest) -> dict[str, Any]:
    """What a page that asks for a code needs: whether one was just sent, to which phone, and the demo's own display."""
    asked = ASKED.get(request, ONLY) or {}
    return {
        "was_sent": bool(asked),
        "asked_phone": asked.get("phone", ""),
        "developer_codes": asked.get("shown", []),
    }


def _enter(request: PageRequest, form: PhoneSignInForm, device: str) -> HttpResponse:
    at, address = clock.now(), request.actor.address
    number, code = form.cleaned_data["phone"], form.cleaned_data["code"]
    if not code:
        raise Refusal(PASSCODE_MISSING)
    document = form.cleaned_data["document"]
    user = services.enter_passcode(number, code, document=document, device=device, address=address, at=at)
    return sign_in_steps.begin(request, user, first_factor="passcode", address=address, at=at)


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
        CODES.put(request, ONLY, {"codes": codes, "next": note.next})
        return redirect("access:recovery_codes")

    picture = _enrolment_picture(user, secret)
    return form_page(request, "access/enrol.html", SecondFactorForm, take_up, at="code", context=picture)


@door(USE_ACCOUNT)
@require_http_methods(["GET", "POST"])
def recovery_codes(request: PageRequest) -> HttpResponse:
    """The recovery codes of a new authenticator, until they are said to be kept."""
    kept = CODES.get(request, ONLY) or {"codes": [], "next": "/"}
    if request.method == "POST":
        CODES.drop(request, ONLY)
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
    picture = segno.make(provisioning_uri(user, secret), error="m").svg_inline(scale=QR_SCALE)
    key = base64.b32encode(secret).decode()
    spaced = " ".join(key[i : i + 4] for i in range(0, len(key), 4))
    return {"picture": mark_safe(picture), "key": spaced}  # noqa: S308 - made by the QR library


@open_door
@require_POST
def sign_out(request: PageRequest) -> HttpResponse:
    """End all sessions of the account."""
    if isinstance(request.user, User):
        services.sign_out(request.user, actor=request.actor, at=clock.now())
    logout(request)
    return redirect(reverse("access:sign_in"))
