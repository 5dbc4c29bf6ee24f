"""Doors of signing in. They work without scripts and on old phones: plain forms, one page a step."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access import services
from outpost.access.devices import device_of, remember
from outpost.access.errors import PASSCODE_MISSING
from outpost.access.forms import OfficerSignInForm, PhoneSignInForm
from outpost.access.models import User
from outpost.access.web import sign_in_steps
from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.errors import Refusal, find_problem
from outpost.core.masking import mask_phone
from outpost.pages.addresses import address as address_of
from outpost.pages.addresses import local
from outpost.pages.doors import PageRequest, open_door
from outpost.pages.forms import drawn, take
from outpost.pages.keeping import Keep

OFFICER, PHONE = "officer", "phone"  # the two doors of the page

ASKED = Keep("passcode_asked", life=timedelta(minutes=10), most=1)


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
    notice = find_problem(sign_in_steps.NOTICES.get(request, sign_in_steps.ONLY) or "")
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
    return address_of("access:sign_in", by=tab, next=local(request, request.POST.get("next", "")))


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
    ASKED.put(request, sign_in_steps.ONLY, {"phone": number, "shown": shown})


def asked_code(request: HttpRequest) -> dict[str, Any]:
    """What a page that asks for a code needs: whether one was just sent, to which phone, and the demo's own display."""
    asked = ASKED.get(request, sign_in_steps.ONLY) or {}
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
@require_POST
def sign_out(request: PageRequest) -> HttpResponse:
    """End all sessions of the account."""
    if isinstance(request.user, User):
        services.sign_out(request.user, actor=request.actor, at=clock.now())
    logout(request)
    return redirect(reverse("access:sign_in"))
