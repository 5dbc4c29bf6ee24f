"""Headers of every answer, and expected refusals turned into pages."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from outpost.core.errors import Refusal
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
    """A `Refusal` that no door caught becomes the error page of its status, with its message."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if exception.status == 404:  # byte-equal for what is missing and what is out of reach
            return error_page(request, 404)
        return error_page(request, exception.status, exception.message)
