"""Doors of the shell itself: liveness, home, language, text size, sealed searches, error handlers."""

import sys
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import MAX_URL_REDIRECT_LENGTH
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_GET, require_POST

from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS, USE_ACCOUNT
from outpost.core.crypto import ring
from outpost.core.db import GONE
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.keyfile import KeyFileError
from outpost.core.outage import is_disk_full, outage_text
from outpost.core.rights import Role
from outpost.core.sealed_text import seal_search
from outpost.pages.addresses import came_from, local
from outpost.pages.doors import PageRequest, door, open_door
from outpost.web.context import LARGE_TEXT_COOKIE
from outpost.web.errors import error_page
from outpost.web.guides import GUIDES, picture_of
from outpost.web.metrics import exposition
from outpost.web.navigation import ENTRIES, home_of

LOOPBACK = frozenset({"127.0.0.1", "::1"})
# Fields of a filter form that are not filters.
CONTROL_FIELDS = frozenset({"csrfmiddlewaretoken", "next", "private"})


@open_door
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """The process answers. Says nothing about the database."""
    return JsonResponse({"status": "ok"})


@open_door
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """The database answers, the disk has room, the key file fits; 503 with what does not."""
    found = {"database": "ok", "disk": "full" if is_disk_full() else "ok", "keys": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ring()
    except KeyFileError:
        found["keys"] = "not usable"
    except GONE:
        found["database"] = "no answer"
    is_ready = set(found.values()) == {"ok"}
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ok" if is_ready else "unavailable", **found}, status=status)


@open_door
@require_GET
def metrics(request: PageRequest) -> HttpResponse:
    """Figures of the machine for Prometheus; in production for who asks from this machine only."""
    if settings.OUTPOST_PRODUCTION and request.actor.address not in LOOPBACK:
        raise Refusal(NOT_FOUND)
    return exposition()


@open_door
@require_GET
def home(request: PageRequest) -> HttpResponseBase:
    """To the page that answers the reader's question: of their role, or their own as a citizen."""
    is_citizen = request.actor.may(OWN_AFFAIRS) and not request.actor.may(USE_ACCOUNT)
    return redirect("web:my") if is_citizen else _home_of_role(request)


@door(USE_ACCOUNT)
def _home_of_role(request: PageRequest) -> HttpResponse:
    return redirect(home_of(request.actor))


language = open_door(i18n.set_language)


@open_door
@require_POST
def large_text(request: HttpRequest) -> HttpResponse:
    """Switch the large-text mode and come back."""
    response = HttpResponseRedirect(local(request, request.POST.get("next", "")) or "/")
    if request.COOKIES.get(LARGE_TEXT_COOKIE) == "1":
        response.delete_cookie(LARGE_TEXT_COOKIE)
    else:
        response.set_cookie(
            LARGE_TEXT_COOKIE, "1", max_age=timedelta(days=365), samesite="Lax", httponly=True
        )
    return response


@door(USE_ACCOUNT)
@require_POST
def search(request: PageRequest) -> HttpResponse:
    """Turn a filter form that holds identities into an address that does not: private fields are sealed."""
    private = frozenset(request.POST.getlist("private"))
    reader, on = request.actor.id, clock.local_day(clock.now())
    query = QueryDict(mutable=True)
    for key, values in request.POST.lists():
        stated = [value for value in values if value.strip()]
        kept = (
            [seal_search(one.strip(), reader=reader, on=on) for one in stated] if key in private else stated
        )
        if key not in CONTROL_FIELDS and kept:
            query.setlist(key, kept)
    path = local(request, request.POST.get("next", "")) or "/"
    page = f"{path}?{query.urlencode()}" if query else path
    if len(page) > MAX_URL_REDIRECT_LENGTH:
        messages.warning(request, _("What was asked for is too long to be looked for. Shorten it."))
        return HttpResponseRedirect(path)
    return HttpResponseRedirect(page)


@door(USE_ACCOUNT)
@require_GET
def guides(request: PageRequest) -> HttpResponse:
    """The guides of all roles, the reader's own first."""
    ordered = sorted(GUIDES, key=lambda role: role not in request.actor.roles)
    shown = [(role, Role(role).label, GUIDES[role].summary, role in request.actor.roles) for role in ordered]
    return render(request, "web/guides.html", {"guides": shown})


@door(USE_ACCOUNT)
@require_GET
def guide(request: PageRequest, role: str) -> HttpResponse:
    """The guide of one role, with links to those of its pages that the reader may open."""
    if role not in GUIDES:
        raise Refusal(NOT_FOUND)
    pages = {entry.url_name: entry for entry in ENTRIES if request.actor.may(entry.action)}
    found = GUIDES[role]
    steps = [
        (step, picture_of(role, step, get_language() or ""), pages.get(step.page)) for step in found.steps
    ]
    return render(request, "web/guide.html", {"guide": found, "name": Role(role).label, "steps": steps})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody expected. An outage is told apart here, for it shows in the middleware as well."""
    outage = outage_text(sys.exception())
    return error_page(request, 503, str(outage)) if outage else error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django names it
    """The form is older than the last sign-in or comes from elsewhere: back to its page, which offers what was typed.

    Nothing of it is kept here: the message travels in a cookie, what was typed waits in the browser (`unsaved.js`).
    """
    if "HX-Request" in request.headers:  # a part of a page, which stays as it is
        return error_page(request, 403)
    if not request.COOKIES:
        return redirect(f"{reverse('access:sign_in')}?cookies=none")
    messages.warning(
        request,
        _("Nothing was saved: this page was older than the last sign-in. Look at it again, then send it."),
    )
    return redirect(f"{came_from(request) or request.get_full_path()}#unsaved")
