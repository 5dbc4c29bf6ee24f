"""Doors of signing in. They work without scripts and on old phones: plain forms, one page a step."""

import base64
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

import segno
from django.contrib.auth import logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access import services
from outpost.access.devices import COOKIE, device_of, remember
from outpost.access.doors import PageRequest, open_door
from outpost.access.errors import SIGN_IN_EXPIRED
from outpost.access.forms import NewPasswordForm, OfficerSignInForm, PhoneSignInForm, SecondFactorForm
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.second_factor import new_secret, provisioning_uri
from outpost.access.web import flow
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.masking import mask_phone

ENROLMENT = "enrolment"
QR_SCALE = 5

Page = Callable[..., HttpResponse]


def refuse(form: Form, refusal: Refusal, field: str | None = None) -> int:
    """Show the refusal at the form; returns the status of the page."""
    form.add_error(field, refusal.message)
    return refusal.status


def _step(page: Page) -> Page:
    """A page inside a sign-in under way; when that has run out, the way leads back to its beginning."""

    @wraps(page)
    def stepped(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return page(request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.problem is not SIGN_IN_EXPIRED:
                raise
            request.session.flush()
            return _sign_in_page(request, OfficerSignInForm(), PhoneSignInForm(), notice=refusal)

    return stepped


def _sign_in_page(
    request: HttpRequest,
    officer: OfficerSignInForm,
    phone: PhoneSignInForm,
    *,
    status: int = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    by = "phone" if phone.is_bound else "officer" if officer.is_bound else _tab(request)
    address = request.POST.get("next") or request.GET.get("next", "")
    context |= {"by": by, "officer_form": officer, "phone_form": phone, "next": address}
    return render(request, "access/sign_in.html", context, status=status)


def _tab(request: HttpRequest) -> str:
    """The tab that was asked for; a phone starts with the phone, and a browser that has asked for a passcode before."""
    asked = request.GET.get("by", "")
    if asked in ("officer", "phone"):
        return asked
    is_phone = "Mobi" in request.headers.get("User-Agent", "")
    return "phone" if is_phone or COOKIE in request.COOKIES else "officer"


@open_door
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: PageRequest) -> HttpResponse:
    """The sign-in page, and the officers' first factor."""
    if request.method == "GET":
        return _sign_in_page(request, OfficerSignInForm(), PhoneSignInForm())
    form, at, address = OfficerSignInForm(request.POST), clock.now(), request.actor.address
    if not form.is_valid():
        return _sign_in_page(request, form, PhoneSignInForm(), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        user = services.check_password(**form.cleaned_data, address=address, at=at)
    except Refusal as refusal:
        return _sign_in_page(request, form, PhoneSignInForm(), status=refuse(form, refusal))
    return flow.begin(request, user, first_factor="password", address=address, at=at)


@open_door
@sensitive_post_parameters("code", "phone")
@require_POST
def phone(request: PageRequest) -> HttpResponse:
    """The phone door: the button `ask` sends a code, the other one signs in with it."""
    form = PhoneSignInForm(request.POST)
    device = device_of(request)
    if not form.is_valid():
        return _sign_in_page(request, OfficerSignInForm(), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    response = (_ask if "ask" in request.POST else _enter)(request, form, device)
    remember(response, device)
    return response


def _ask(request: PageRequest, form: PhoneSignInForm, device: str) -> HttpResponse:
    number = form.cleaned_data["phone"]
    try:
        asked = services.ask_passcode(number, device=device, address=request.actor.address, at=clock.now())
    except Refusal as refusal:
        return _sign_in_page(request, OfficerSignInForm(), form, status=refuse(form, refusal))
    shown = [{"phone": mask_phone(number), "code": asked.shown_code}] if asked.shown_code else []
    return _sign_in_page(request, OfficerSignInForm(), form, was_sent=True, developer_codes=shown)


def _enter(request: PageRequest, form: PhoneSignInForm, device: str) -> HttpResponse:
    at, address = clock.now(), request.actor.address
    number, code = form.cleaned_data["phone"], form.cleaned_data["code"]
    if not code:
        form.add_error("code", _("Enter the code from the message, or ask for one first."))
        return _sign_in_page(request, OfficerSignInForm(), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        user = services.enter_passcode(number, code, device=device, address=address, at=at)
    except Refusal as refusal:
        return _sign_in_page(request, OfficerSignInForm(), form, status=refuse(form, refusal))
    return flow.begin(request, user, first_factor="passcode", address=address, at=at)


@open_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@_step
def new_password(request: PageRequest) -> HttpResponse:
    """The forced new password of a first sign-in."""
    at, address = clock.now(), request.actor.address
    note = flow.note_of(request)
    user = note.user_at(at)
    form = NewPasswordForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            actor = actor_of(user, is_verified=False, address=address)
            services.change_password(user, form.cleaned_data["new_password"], actor=actor, at=at)
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal, "new_password"))
        else:
            renewed = flow.Note(note.user, user.session_epoch, note.first_factor, note.until, note.next)
            return flow.proceed(request, renewed, user, address=address, at=at)
    return render(request, "access/new_password.html", {"form": form}, status=status)


@open_door
@require_http_methods(["GET", "POST"])
@_step
def second_factor(request: PageRequest) -> HttpResponse:
    """The code of the authenticator, or a recovery code."""
    at, address = clock.now(), request.actor.address
    note = flow.note_of(request)
    user = _ready_user(note.user_at(at))
    form = SecondFactorForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            used = services.check_second_factor(user, form.cleaned_data["code"], address=address, at=at)
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal, "code"))
        else:
            flow.come_in(request, note, user, second_factor=used, address=address, at=at)
            return redirect(note.next)
    return render(request, "access/second_factor.html", {"form": form}, status=status)


@open_door
@require_http_methods(["GET", "POST"])
@_step
def enrol(request: PageRequest) -> HttpResponse:
    """Take up an authenticator: scan the picture, type its first code, keep the recovery codes."""
    at, address = clock.now(), request.actor.address
    note = flow.note_of(request)
    user = _ready_user(note.user_at(at))
    secret = _enrolment_secret(request, user)
    form = SecondFactorForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        actor = actor_of(user, is_verified=False, address=address)
        try:
            codes = services.enrol(user, secret, form.cleaned_data["code"], actor=actor, at=at)
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal, "code"))
        else:
            flow.come_in(request, note, user, second_factor="totp", address=address, at=at)
            return render(request, "access/recovery_codes.html", {"codes": codes, "next": note.next})
    context = {"form": form, **_enrolment_picture(user, secret)}
    return render(request, "access/enrol.html", context, status=status)


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
