"""The door of every page: which action it needs. A route without a door fails the build."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from outpost.core.actor import Actor
from outpost.pages.addresses import came_from, local


class PageRequest(HttpRequest):
    """A request that has passed a door: it carries the actor."""

    actor: Actor


def door(action: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Admit signed-in actors who may do `action`; others sign in first or are refused with 403.

    What lies outside the actor's scope is the page's own query to hide (404).
    """

    def wrap(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(page)
        def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            request.actor.require(action)
            return page(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]  # read by the test that walks every route
        return guarded

    return wrap


def open_door(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Mark a page that anybody may open without signing in."""
    page.action = None  # type: ignore[attr-defined]  # read by the test that walks every route
    return page


def anonymous_door(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Mark a page that is the same for everybody: nobody is asked who they are, so that it costs no look-up."""
    page.is_anonymous = True  # type: ignore[attr-defined]  # read by the middleware that builds the actor
    return open_door(page)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(request.path).url})
    page = local(request, request.get_full_path()) if request.method == "GET" else came_from(request)
    return redirect_to_login(page or request.path)
