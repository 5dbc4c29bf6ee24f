"""Every answer carries the security headers, and every write asks for the CSRF token (W2)."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.middleware.security import SecurityMiddleware
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from outpost.access.sessions import SessionStore
from outpost.audit.models import AuditEntry
from outpost.web.views import server_error
from tests.security.crawl import Crawl
from tests.security.test_routes import ROUTES as TABLE
from tests.security.test_routes import Route, address, values
from tests.security.world import ROLES, World, roles_of

pytestmark = pytest.mark.promise("W2")

POSTED = [route for route in TABLE if "POST" in route.methods and not route.name.startswith("api")]


def policy(text: str) -> dict[str, list[str]]:
    """A content security policy by directive."""
    return {words[0]: words[1:] for words in (part.split() for part in text.split(";")) if words}


def test_every_answer_of_the_walk_carries_them(crawl: Crawl) -> None:
    assert len(crawl.answers) > 300
    for answer in crawl.answers:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        directives = policy(headers["content-security-policy"])
        assert directives["default-src"] == ["'self'"], answer.url
        assert directives["frame-ancestors"] == directives["object-src"] == ["'none'"], answer.url
        assert directives["base-uri"] == ["'none'"], answer.url
        assert not re.search(r"unsafe-|\*|https?:", headers["content-security-policy"]), answer.url
        assert headers["x-content-type-options"] == "nosniff", answer.url
        assert headers["x-frame-options"] == "DENY", answer.url
        assert headers["referrer-policy"] == "same-origin", answer.url
        assert headers["cache-control"] == "no-store", answer.url
        assert headers["cross-origin-opener-policy"] == "same-origin", answer.url
        assert "server" not in headers, answer.url
        assert "x-powered-by" not in headers, answer.url


def test_nothing_inline_and_nothing_from_outside(crawl: Crawl) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    outside = re.compile(r'(?:src|href|action|hx-get|hx-post)="(?:https?:)?//')
    odd = [
        (answer.url, found.group())
        for answer in crawl.answers
        if "text/html" in answer.headers.get("Content-Type", "") and not answer.route.startswith("api")
        for found in (*inline.finditer(answer.text), *outside.finditer(answer.text))
    ]
    assert odd == []


def test_errors_carry_them_too(world: World) -> None:
    client = world.browser("command")
    for path in ("/no-such-page", "/api/v1/no-such-call", "/accounts"):
        answer = client.get(path)
        assert answer.status_code in (403, 404)
        assert "'self'" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_tls_is_held_to_where_it_is_on(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    request = RequestFactory().get("/healthz", secure=True)
    answer: Any = SecurityMiddleware(server_error)(request)
    assert answer["Strict-Transport-Security"] == "max-age=31536000"


def test_cookies_are_guarded() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


def kept_in(session: str) -> dict[str, object]:
    """What pages keep in a session; the walk of all pages may have left some there."""
    return {name: value for name, value in SessionStore(session).load().items() if name.startswith("kept_")}


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.name)
def test_a_write_asks_for_the_token(world: World, route: Route) -> None:
    """Without it nothing is done or kept here, and a redirect leads back to the page."""
    role = next((role for role in ROLES if role in roles_of(route.action)), "auditor")
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.cookies["sessionid"] = world.sessions[role]
    client.cookies["csrftoken"] = "a" * 32
    where, entries = address(route, values(world, role)), AuditEntry.objects.count()
    before = kept_in(world.sessions[role])
    page, typed = "/me", {"name": "typed"}
    for headers in ({}, {"x-csrftoken": "b" * 32}, {"origin": "https://elsewhere.example"}):
        answer = client.post(where, typed, headers=headers)
        assert (answer.status_code, answer["Location"]) == (302, f"{where}#unsaved"), headers
    answer = client.post(where, typed, headers={"referer": f"http://testserver{page}"})
    assert (answer.status_code, answer["Location"]) == (302, f"{page}#unsaved")
    assert client.post(where, typed, headers={"hx-request": "true"}).status_code == 403
    assert AuditEntry.objects.count() == entries  # neither done nor refused for a right
    assert kept_in(world.sessions[role]) == before
    assert "older than the last sign-in" in client.get(page).content.decode()


def test_the_table_of_writes_is_not_empty() -> None:
    assert len(POSTED) > 30
