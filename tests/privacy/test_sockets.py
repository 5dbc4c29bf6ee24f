"""The default set-up calls nobody: a session of pages, calls and files opens no connection but the database's (V9)."""

import socket
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from outpost.access.services import ask_passcode
from outpost.core.clock import now
from outpost.exchange import services as exchange
from outpost.sentinel.services.matching import run_match
from outpost.testing.cast import NOON
from tests.security.crawl import CALLS
from tests.security.test_routes import PAGES, address, values
from tests.security.world import NEAR, ROLES, World

pytestmark = pytest.mark.promise("V9")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to reach another machine or to look up a name."""
    seen: list[Any] = []

    def refused(_socket: socket.socket, target: Any, *_rest: object) -> None:
        seen.append(target)
        raise OSError("no calls to the outside in this test")

    def lookup(host: Any, *_arguments: object, **_named: object) -> None:
        seen.append(host)
        raise OSError("no look-ups in this test")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, lookup)
    return seen


def test_the_guard_sees_a_call(calls: list[Any]) -> None:
    with pytest.raises(OSError, match="no calls"), socket.socket() as one:
        one.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="no look-ups"):
        socket.create_connection(("example.org", 80))
    assert calls == [("192.0.2.1", 80), "example.org"] or len(calls) == 2


def test_no_page_call_or_job_goes_outside(world: World, calls: list[Any]) -> None:
    connection.ensure_connection()
    for role in ROLES:
        client = world.browser(role)
        for route in PAGES:
            for method in route.methods:
                answer = getattr(client, method.lower())(address(route, values(world, role)))
                if answer.streaming:
                    b"".join(answer.streaming_content)
                client.cookies["sessionid"] = world.sessions[role]
    for call in CALLS:
        world.machine("command").get(f"/api/v1/{call}")
    assert world.browser("anonymous").get(reverse("access:sign_in")).status_code == 200
    ask_passcode(NEAR.principal.phone, device="d", address="192.0.2.1", at=NOON)
    run_match(now().date(), actor=world.actor("operator"), at=NOON)
    exchange.expire(at=NOON)
    assert calls == []


def test_the_pages_name_no_other_host() -> None:
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'", "data:"}
