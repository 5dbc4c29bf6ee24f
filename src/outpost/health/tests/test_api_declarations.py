"""`POST /api/v1/declarations`: as a file of them, known by source and record id, and the pass follows."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.crypto import ring
from outpost.health import pass_facts, services
from outpost.health.models import Declaration, PassFactsRow
from outpost.health.rules import OWN, STATED
from outpost.health.sealing import declaration_context
from outpost.health.tests.records import a_declaration, document, make_token, ndjson, outcomes, person, post

PATH = "declarations"


@pytest.fixture(autouse=True)
def token(db: None) -> Any:
    services.ensure_products()
    return make_token()


def said(response: Any) -> list[tuple[str, str | None]]:
    assert response.status_code == 200, response.content
    return [(line["outcome"], line["code"]) for line in outcomes(response)]


@pytest.mark.promise("R3")
def test_a_line_goes_in_once_and_the_pass_follows(client: Client) -> None:
    body = ndjson(
        a_declaration(symptoms="咳嗽", temperature=36.5, home="南沙街道1号", phone="13800138009"),
        a_declaration(record_id="2", document_number=document(2), temperature="37.8"),
    )
    assert said(post(client, PATH, body)) == [("new", None), ("new", None)]
    entries = AuditEntry.objects.count()
    assert said(post(client, PATH, body)) == [("unchanged", None), ("unchanged", None)]
    assert (Declaration.objects.count(), AuditEntry.objects.count()) == (2, entries)
    first, second = Declaration.objects.order_by("record_id")
    assert (first.symptoms, first.temperature, second.temperature) == (
        *(["咳嗽"], Decimal("36.5"), Decimal("37.8")),
    )
    assert "南沙街道1号".encode() in ring().open(bytes(first.sealed or b""), declaration_context(first.id))
    facts = dict(PassFactsRow.objects.values_list("person_id", "has_symptoms"))
    assert facts == {person(1): True, person(2): True}
    assert pass_facts.mend() == 0


@pytest.mark.promise("R3")
def test_a_correction_is_replaced_and_the_former_version_kept(client: Client) -> None:
    post(client, PATH, ndjson(a_declaration(symptoms="咳嗽")))
    assert said(post(client, PATH, ndjson(a_declaration(symptoms="无")))) == [("replaced", None)]
    assert RowVersion.objects.get(table="health_declaration").row["symptoms"] == ["咳嗽"]
    assert PassFactsRow.objects.get().has_symptoms is False
    assert said(post(client, PATH, ndjson(a_declaration(status="withdrawn")))) == [("replaced", None)]
    assert not PassFactsRow.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"temperature": "99"}, "health.temperature"),
        ({"temperature": True}, "ndjson.not_text"),
        ({"name": ""}, "sheets.required"),
        ({"declared_at": "2062-06-08 08:00"}, "health.declared_ahead"),
        ({"risk_area": "也许"}, "sheets.unknown_choice"),
        ({"has_symptoms": "no"}, "ndjson.unknown_fields"),
        ({"colour": "green"}, "ndjson.unknown_fields"),
    ],
)
def test_a_bad_line_is_rejected_and_the_next_goes_in(
    client: Client, changes: dict[str, Any], code: str
) -> None:
    answers = said(post(client, PATH, ndjson(a_declaration(**changes), a_declaration(record_id="good"))))
    assert answers == [("rejected", code), ("new", None)]
    assert Declaration.objects.get().record_id == "good"


@pytest.mark.promise("T9")
@pytest.mark.parametrize("source", [OWN, STATED])
def test_nobody_declares_in_the_place_of_a_citizen(client: Client, source: str) -> None:
    assert said(post(client, PATH, ndjson(a_declaration(source=source)))) == [
        ("rejected", "health.source_not_yours")
    ]
    assert not Declaration.objects.exists()
