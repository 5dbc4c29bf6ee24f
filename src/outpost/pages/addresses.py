"""Addresses of pages: with a query, and back to where somebody came from."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def address(name: str, /, *args: Any, **query: Any) -> str:
    """The address of a page with the query that is not empty."""
    asked = urlencode({key: value for key, value in query.items() if value not in (None, "")})
    return reverse(name, args=args) + (f"?{asked}" if asked else "")


def local(request: HttpRequest, asked: str) -> str:
    """The address when it lies on this host, else empty."""
    is_safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_safe else ""


def back(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """Back to where the act was done (a local address), else to the named page."""
    return redirect(local(request, request.POST.get("next", "")) or reverse(name, args=args))


def came_from(request: HttpRequest) -> str:
    """Path and query of the page whose link or button was used; empty when it is not told, elsewhere, or this one."""
    parts = urlsplit(local(request, request.headers.get("Referer", "")))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return "" if parts.path == request.path else path
