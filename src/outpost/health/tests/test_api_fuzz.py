"""Generated calls of the interface: never a fault of ours, always an answer of the described form."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from outpost.config.wsgi import application
from outpost.core.actor import Actor
from outpost.health import services
from outpost.health.models import Declaration, TestRecord, Vaccination
from outpost.health.sheets import (
    DECLARATIONS,
    TESTS,
    VACCINATIONS,
    DeclarationParser,
    TestParser,
    VaccinationParser,
)
from outpost.health.tests.records import (
    ONE_DECLARATION,
    ONE_DOSE,
    ONE_TEST,
    SECRET,
    a_declaration,
    a_dose,
    a_test,
    document,
    make_token,
)
from outpost.testing.cast import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.promise("W1")]

NAMES = sorted(
    {column.name for sheet in (TESTS, VACCINATIONS, DECLARATIONS) for column in sheet.columns}
    | {"status", "role"}
)
MODELS: dict[str, Any] = {"tests": TestRecord, "vaccinations": Vaccination, "declarations": Declaration}
ATTACKS = [
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "\x00",
]
VALUES = st.one_of(
    st.sampled_from(
        [str(value) for one in (ONE_TEST, ONE_DOSE, ONE_DECLARATION) for value in one.values()]
        + [document(1), "护照", "作废"]
    ),
    st.sampled_from(ATTACKS),
    st.text(),
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False),
    st.lists(st.text(), max_size=2),
)
LINE = st.dictionaries(st.sampled_from(NAMES), VALUES).map(orjson.dumps) | st.binary(max_size=40)
BODY = st.lists(LINE, max_size=4).map(b"\n".join)

schemathesis.openapi.media_type("application/x-ndjson", BODY)


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_context: Any, value: Any) -> bytes:
    """The strategy makes bytes already."""
    return value if isinstance(value, bytes) else orjson.dumps(value)


CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance),
    *(response_schema_conformance, ignored_auth),
]


@pytest.fixture
def interface(db: None) -> Iterator[Any]:
    """The described interface, in process, inside the transaction of the test."""
    services.ensure_products()
    make_token()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("path", ["/api/v1/tests", "/api/v1/vaccinations", "/api/v1/declarations"])
def test_no_call_breaks_the_interface(interface: Any, path: str) -> None:
    answered: set[int] = set()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=interface[path]["POST"].as_strategy())
    def call(case: Any) -> None:
        response = case.call_and_validate(headers={"Authorization": f"Bearer {SECRET}"}, checks=CHECKS)
        answered.add(response.status_code)

    call()
    assert answered >= {200, 422}


@pytest.mark.promise("T9")
@pytest.mark.parametrize("path", ["/api/v1/tests", "/api/v1/vaccinations", "/api/v1/declarations"])
def test_no_call_touches_what_another_source_has_delivered(interface: Any, path: str) -> None:
    """Lines made of the very values of another source's records, under a token that is bound to a source."""
    system, model = Actor.system("test"), MODELS[path.rpartition("/")[2]]
    services.record_tests([TestParser(at=NOON).stated(a_test()).values], actor=system, at=NOON)
    services.record_vaccinations([VaccinationParser(at=NOON).stated(a_dose()).values], actor=system, at=NOON)
    stated = DeclarationParser(at=NOON).stated(a_declaration())
    services.record_declarations([stated.values], actor=system, at=NOON)
    assert model.objects.exists()
    make_token(secret="bound", scope="source:bound")
    before = list(model.objects.order_by("record_id").values())

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=interface[path]["POST"].as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": "Bearer bound"}, checks=CHECKS)
        assert list(model.objects.exclude(source="bound").order_by("record_id").values()) == before

    call()
