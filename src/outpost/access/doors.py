"""The citizens' door: whoever signs in by phone, for their own affairs, with or without a right."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase

from outpost.access import errors, throttle
from outpost.access.throttle import CITIZEN_REQUESTS
from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS
from outpost.pages.doors import PageRequest, door

Page = Callable[..., HttpResponseBase]


def citizen_door(page: Page) -> Page:
    """Admit a phone account, and count its requests: one account cannot keep the others waiting.

    Whatever the page shows or changes is looked up by the account itself, never by an id from the address alone.
    Raises Refusal TOO_MANY_REQUESTS.
    """

    @wraps(page)
    def counted(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        throttle.count(CITIZEN_REQUESTS, request.actor.id, problem=errors.TOO_MANY_REQUESTS, at=clock.now())
        return page(request, *args, **kwargs)

    return door(OWN_AFFAIRS)(counted)
