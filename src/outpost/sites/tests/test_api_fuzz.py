"""Generated calls of `POST /api/v1/contracts`: never a fault of ours, always an answer of the described form; and
nothing beyond the reach of the token is touched."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.config.wsgi import application
from outpost.health.tests.records import SECRET, make_token
from outpost.health.tests.test_api_fuzz import ATTACKS, CHECKS
from outpost.sites.columns.contracts import CONTRACTS
from outpost.sites.models import Contract, Employer, Project
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_filing import line
from outpost.testing.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("W1")]

NAMES = [column.name for column in CONTRACTS]
TEXTS = st.one_of(st.sampled_from([*line().values(), *ATTACKS, FAR_TOWN]), st.text(), st.none())
CHANGES = st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=3)
CLOSING = st.fixed_dictionaries({}, optional={"closed": st.sampled_from([True, False, None, "yes", 1])})
NUMBER = st.integers(1, 2)
LINE = st.builds(lambda number, changes, closing: line(number) | changes | closing, NUMBER, CHANGES, CLOSING)
BODY = st.lists(LINE.map(orjson.dumps) | st.binary(max_size=20), max_size=4).map(b"\n".join)


@pytest.fixture
def interface(cast: Cast) -> Iterator[Any]:
    """The described interface, in process, inside the transaction of the test."""
    make_token(role="town", scope="region:440115001")
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.promise("T9")
def test_no_call_breaks_the_interface_or_touches_another_town(cast: Cast, interface: Any) -> None:
    brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    far = (Project, Contract, Employer)
    before = [list(table._default_manager.values()) for table in far]
    operation, answered = interface["/api/v1/contracts"]["POST"], set()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=BODY)
    def call(body: bytes) -> None:
        case = operation.Case(body=body, media_type="application/x-ndjson")
        response = case.call_and_validate(headers={"Authorization": f"Bearer {SECRET}"}, checks=CHECKS)
        answered.add(response.status_code)
        for table, rows in zip(far, before, strict=True):
            now = {row["id"]: row for row in table._default_manager.values()}
            assert [now[row["id"]] for row in rows] == rows

    call()
    assert answered >= {200, 422}
