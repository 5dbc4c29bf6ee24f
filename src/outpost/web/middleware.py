"""Headers of every answer, and expected refusals turned into pages."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from outpost.core.errors import FORBIDDEN, Refusal
from outpost.core.rights import in_words
from outpost.desks.web import GATE
from outpost.pages.addresses import came_from
from outpost.web.errors import error_page
from outpost.web.metrics import METHODS

# Beside what Django's SecurityMiddleware and django-csp set.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    }
)

# The most that is read of somebody who has not signed in: kept in memory, never on the disk.
STRANGERS_BYTES = 64 * 1024
FORM_BYTES = 1024 * 1024  # what stands around a file in the form that sends it
INTERFACE = "/api/"

Next = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    """Outermost: static files and errors carry the headers too. Only static files and those of the gate app may be
    stored by a browser."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(GATE):
            response.headers.setdefault("Cache-Control", "no-store")
        elif not request.path.startswith(str(settings.STATIC_URL)):
            response.headers["Cache-Control"] = "no-store"
        return response


class MethodMiddleware:
    """A made-up method is refused before anything is asked of the database."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in METHODS:
            return self.get_response(request)
        return HttpResponse(status=HTTPStatus.NOT_IMPLEMENTED)


class BodyMiddleware:
    """What need not be read is not read: more than a form of strangers, and more than a file of anybody.

    Calls of the interface ask for their token before they read anything, and have limits of their own.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = _length(request)
        if length <= STRANGERS_BYTES or request.path.startswith(INTERFACE):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return error_page(request, HTTPStatus.UNAUTHORIZED)
        if length > settings.OUTPOST_IMPORT_MAX_BYTES + FORM_BYTES:
            return error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.get_response(request)


def _length(request: HttpRequest) -> int:
    stated = request.META.get("CONTENT_LENGTH") or ""
    return int(stated) if stated.isdecimal() else 0  # without a length nothing is read


class RefusalMiddleware:
    """A `Refusal` that no door caught is said on the page that the act came from, else it is the error page of its
    status. A method that an address does not know has a page, too."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
            return response
        page = error_page(request, HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if (
            exception.status == HTTPStatus.NOT_FOUND
        ):  # byte-equal for what is missing and what is out of reach
            return error_page(request, HTTPStatus.NOT_FOUND)
        page = came_from(request)
        if request.method == "POST" and page and exception.problem is not FORBIDDEN and not _is_part(request):
            messages.error(request, exception.message)
            return redirect(page)
        return error_page(request, exception.status, in_words(exception.problem, exception.fields))


def _is_part(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
