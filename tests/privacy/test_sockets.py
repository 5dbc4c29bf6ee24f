"""The default set-up calls nobody: nothing opens a connection but the database's (V9).

Every test of the world looks at that (`calls` in tests/conftest.py), so each page is covered by the tests of routes.
"""

import socket
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from outpost.access.services import ask_passcode
from outpost.core.clock import now
from outpost.exchange import services as exchange
from outpost.sentinel.services.matching import run_match
from outpost.testing.cast import NOON
from tests.security.crawl import CALLS
from tests.security.world import NEAR, World

pytestmark = pytest.mark.promise("V9")


def test_the_guard_sees_a_call(calls: list[Any]) -> None:
    with pytest.raises(OSError, match="no calls"), socket.socket() as one:
        one.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="no look-ups"):
        socket.create_connection(("example.org", 80))
    assert calls == [("192.0.2.1", 80), ("example.org", 80)]


def test_no_call_or_job_goes_outside(world: World) -> None:
    for call in CALLS:
        world.machine("command").get(f"/api/v1/{call}")
    assert world.browser("anonymous").get(reverse("access:sign_in")).status_code == 200
    ask_passcode(NEAR.principal.phone, device="d", address="192.0.2.1", at=NOON)
    run_match(now().date(), actor=world.actor("operator"), at=NOON)
    exchange.expire(at=NOON)


def test_the_pages_name_no_other_host() -> None:
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'", "data:"}
