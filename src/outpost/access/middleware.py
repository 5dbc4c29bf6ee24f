"""Builds the actor of each request from today's grants, and keeps every refusal for lack of a right."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from outpost.access import services
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.sessions import SIGNED_IN_AT, SessionStore
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import FORBIDDEN, Refusal

RENEW_AFTER_SECONDS = 60

Next = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Puts `request.actor` in place and renews the idle clock of the session once a minute."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = self._actor(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def _actor(self, request: HttpRequest) -> Actor:
        address = address_of(request.META)
        nobody = Actor(id="anonymous", label="anonymous", address=address)
        if _is_for_anybody(request):
            return nobody
        if _is_over(request):
            logout(request)
        if not isinstance(request.user, User):
            return nobody
        self._renew(request)
        session = cast(SessionStore, request.session)
        is_verified = bool(session.get("is_verified"))
        return actor_of(request.user, is_verified=is_verified, address=address, held=session.held)

    def _renew(self, request: HttpRequest) -> None:
        seconds = int(clock.now().timestamp())
        if seconds - request.session.get("seen_at", 0) > RENEW_AFTER_SECONDS:
            request.session["seen_at"] = seconds


class DenialMiddleware:
    """Records refusals for lack of a right, wherever they were raised. Stands innermost: it sees them first.

    When the entry cannot be written the request fails with an error instead of a refusal (L2).
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Refusal) and exception.problem is FORBIDDEN:
            route = request.resolver_match.view_name if request.resolver_match else ""
            actor: Actor = request.actor  # type: ignore[attr-defined]
            services.record_denial(exception, actor=actor, route=route, at=clock.now())


def _is_for_anybody(request: HttpRequest) -> bool:
    """Whether the page asks nobody who they are, so that no session is read (`pages.doors.anonymous_door`)."""
    try:
        page = resolve(request.path_info).func
    except Resolver404:
        return False
    return bool(getattr(page, "is_anonymous", False))


def _is_over(request: HttpRequest) -> bool:
    """Whether the sign-in is too long ago, however busy the session is."""
    since = request.session.get(SIGNED_IN_AT)
    if since is None:
        return False
    return clock.now() - datetime.fromisoformat(since) > timedelta(hours=settings.OUTPOST_SESSION_HOURS)


def address_of(environ: Mapping[str, Any]) -> str:
    """The client's address: behind a proxy what the nearest proxy saw, else the peer of the connection."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return str(environ.get("REMOTE_ADDR", ""))
