"""Generated calls of every operation: no fault of ours, answers as described, no way round the token (W1)."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from outpost.config.wsgi import application
from tests.security.world import World

pytestmark = pytest.mark.promise("W1")

CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance),
    *(response_schema_conformance, ignored_auth),
]
STATISTICS = [
    f"/api/v1/sentinel/{name}" for name in ("compliance", "test-statistics", "vaccination-statistics")
]
READING = [
    *((path, role) for path in STATISTICS for role in ("command", "principal")),
    ("/api/v1/arrivals", "receiver"),
]
DESK = {
    ("GET", "/api/v1/desk/setup"),
    ("POST", "/api/v1/desk/devices"),
    ("POST", "/api/v1/desk/entries"),
}
EXAMPLES = 25


@pytest.fixture
def interface(world: World) -> Iterator[Any]:
    """The described interface, in process, inside the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_operation_is_called_by_some_test(interface: Any) -> None:
    """`test_api_fuzz.py` of health and sites call those that write."""
    operations = {(method.upper(), path) for path in interface for method in interface[path]}
    reading = {("GET", path) for path, _role in READING}
    writing = {("POST", f"/api/v1/{name}") for name in ("tests", "vaccinations", "declarations", "contracts")}
    assert operations == reading | DESK | writing


@pytest.mark.parametrize(("method", "path"), sorted(DESK))
def test_no_call_of_a_desk_breaks_the_interface_or_gets_in(interface: Any, method: str, path: str) -> None:
    """Without a pairing code and a device's signature, whatever is sent."""
    answered: set[int] = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=interface[path][method].as_strategy())
    def call(case: Any) -> None:
        response = case.call_and_validate(checks=[one for one in CHECKS if one is not ignored_auth])
        answered.add(response.status_code)

    call()
    assert answered
    assert min(answered) >= 400


@pytest.mark.parametrize(("path", "role"), READING)
def test_no_reading_call_breaks_the_interface(world: World, interface: Any, path: str, role: str) -> None:
    answered: set[int] = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=interface[path]["GET"].as_strategy())
    def call(case: Any) -> None:
        headers = {"Authorization": f"Bearer {world.tokens[role]}"}
        response = case.call_and_validate(headers=headers, checks=CHECKS)
        answered.add(response.status_code)

    call()
    assert 200 in answered
