"""Headers of every answer, and expected refusals turned into pages."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from outpost.core.errors import FORBIDDEN, Refusal
from outpost.pages.addresses import came_from
from outpost.web.errors import error_page

# Beside what Django's SecurityMiddleware and django-csp set.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    }
)

Next = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    """Outermost: static files and errors carry the headers too. Only static files may be stored by a browser."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(str(settings.STATIC_URL)):
            response.headers["Cache-Control"] = "no-store"
        return response


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
        return error_page(request, exception.status, exception.message)


def _is_part(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
