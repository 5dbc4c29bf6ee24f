"""`POST /api/v1/tests`, `/vaccinations`, `/declarations`: what goes in, what is refused, who may, what stays."""

import gzip
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.ndjson import LineLimits
from outpost.health import api, services
from outpost.health.models import TestRecord, Vaccination
from outpost.health.sheets import TESTS
from outpost.health.tests.records import (
    a_dose,
    a_test,
    brute_force,
    document,
    latest_samples,
    make_token,
    ndjson,
    outcomes,
    person,
    post,
)


@pytest.fixture
def token(db: None) -> Any:
    services.ensure_products()
    return make_token()


def only(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    (line,) = outcomes(response)
    return line


def test_each_line_is_answered_in_its_place(client: Client, token: Any) -> None:
    body = (
        ndjson(a_test(record_id="1"), a_test(record_id="2", result="?"), a_test(record_id="3")) + b"\n{oops\n"
    )
    response = post(client, "tests", body)
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert [
        (line["line"], line["record_id"], line["outcome"], line["code"]) for line in outcomes(response)
    ] == [
        (1, "1", "new", None),
        (2, "2", "rejected", "sheets.unknown_choice"),
        (3, "3", "new", None),
        (5, None, "rejected", "ndjson.not_json"),
    ]
    assert latest_samples() == brute_force()


def test_who_asks_for_json_gets_one_array(client: Client, token: Any) -> None:
    response = post(client, "tests", ndjson(a_test()), accept="application/json")
    assert response.json() == [
        {
            "line": 1,
            "source": "lims",
            "record_id": "1",
            "outcome": "new",
            "code": None,
            "message": None,
            "faults": [],
            "warnings": [],
        }
    ]


@pytest.mark.promise("R3")
def test_a_call_sent_again_changes_nothing(client: Client, token: Any) -> None:
    body = ndjson(a_test())
    assert only(post(client, "tests", body))["outcome"] == "new"
    entries = AuditEntry.objects.count()
    assert only(post(client, "tests", body))["outcome"] == "unchanged"
    assert (TestRecord.objects.count(), AuditEntry.objects.count()) == (1, entries)


@pytest.mark.promise("R3")
def test_the_same_id_with_other_content_is_a_correction_and_both_are_kept(client: Client, token: Any) -> None:
    post(client, "tests", ndjson(a_test(result="negative")))
    assert only(post(client, "tests", ndjson(a_test(result="positive"))))["outcome"] == "replaced"
    assert TestRecord.objects.get().result == "positive"
    assert RowVersion.objects.get(table="health_testrecord").row["result"] == "negative"


def test_a_source_may_withdraw_a_record(client: Client, token: Any) -> None:
    post(client, "tests", ndjson(a_test()))
    assert only(post(client, "tests", ndjson(a_test(status="withdrawn"))))["outcome"] == "replaced"
    assert latest_samples() == {}
    for unstated in (a_test(), a_test(status=None)):
        assert only(post(client, "tests", ndjson(unstated)))["outcome"] == "unchanged"
    assert only(post(client, "tests", ndjson(a_test(result="阳性"))))["outcome"] == "replaced"
    assert latest_samples() == {}
    assert (
        only(post(client, "tests", ndjson(a_test(result="阳性", status="active"))))["outcome"] == "replaced"
    )
    assert latest_samples() == brute_force() != {}


def test_doses_take_the_same_way(client: Client, token: Any) -> None:
    body = ndjson(
        a_dose(), a_dose(record_id="2", dose=2, given_on="2022-02-01"), a_dose(record_id="3", product="x")
    )
    assert [line["outcome"] for line in outcomes(post(client, "vaccinations", body))] == [
        "new",
        "new",
        "rejected",
    ]
    assert list(Vaccination.objects.order_by("dose").values_list("person_id", "dose")) == [
        (person(1), 1),
        (person(1), 2),
    ]


def test_a_call_leaves_an_audit_row_without_personal_data(client: Client, token: Any) -> None:
    post(client, "tests", ndjson(a_test(record_id="1"), a_test(record_id="2")))
    entry = AuditEntry.objects.get(action="health.tests_recorded")
    assert (entry.actor_id, entry.count) == (f"token:{token.id}", 2)
    assert document(1) not in json.dumps(entry.detail)


BAD_LINES: list[tuple[bytes, str]] = [
    (b"{", "ndjson.not_json"),
    (b"nonsense", "ndjson.not_json"),
    (b'{"source": "\xff"}', "ndjson.not_json"),
    (b'{"source": "\\ud800"}', "ndjson.not_json"),
    (b'{"source": NaN}', "ndjson.not_json"),
    (b"[" * 2000, "ndjson.not_json"),
    (b"[]", "ndjson.not_an_object"),
    (b'"text"', "ndjson.not_an_object"),
    (b"null", "ndjson.not_an_object"),
    (b"{}", "sheets.required"),
    (ndjson(a_test(document_number=110101190001010015)).strip(), "ndjson.not_text"),
    (ndjson(a_test(sampled_at=1654041600)).strip(), "ndjson.not_text"),
    (ndjson(a_test(result=True)).strip(), "ndjson.not_text"),
    (ndjson(a_test(name=["张三"])).strip(), "ndjson.not_text"),
    (ndjson(a_test(tube={"a": 1})).strip(), "ndjson.not_text"),
    (ndjson(a_test(record_id="a\0b")).strip(), "sheets.control_character"),
    (ndjson(a_test(record_id="")).strip(), "sheets.required"),
    (ndjson(a_test(document_number="1" * 18)).strip(), "people.document_birth_date"),
    (ndjson(a_test(sampled_at="2022-06-31 08:00")).strip(), "sheets.not_a_time"),
]


@pytest.mark.parametrize(("line", "code"), BAD_LINES)
def test_a_bad_line_is_rejected_and_the_next_goes_in(
    client: Client, token: Any, line: bytes, code: str
) -> None:
    bad, good = outcomes(post(client, "tests", line + b"\n" + ndjson(a_test(record_id="good"))))
    assert (bad["outcome"], bad["code"], good["outcome"]) == ("rejected", code, "new")
    assert bad["message"]
    assert TestRecord.objects.count() == 1


@pytest.mark.promise("T5")
@pytest.mark.parametrize(
    "extra",
    sorted(
        {field.name for field in TestRecord._meta.get_fields()} - {column.name for column in TESTS.columns}
        | {"enterprise_id", "role", "verified", "scope", "__class__"}
    ),
)
def test_a_field_that_is_not_known_is_refused(client: Client, token: Any, extra: str) -> None:
    line = only(post(client, "tests", ndjson(a_test(**{extra: "1"}))))
    assert (line["outcome"], line["code"]) == ("rejected", "ndjson.unknown_fields")
    assert extra in line["message"]
    assert not TestRecord.objects.exists()


def test_a_rejected_line_tells_all_that_is_wrong_each_at_its_field(client: Client, token: Any) -> None:
    body = ndjson(a_test(result="?", sampled_at="2022-06-31 08:00", document_number="1" * 18))
    line = only(post(client, "tests", body, **{"accept-language": "en"}))
    assert {(fault["field"], fault["code"]) for fault in line["faults"]} == {
        ("result", "sheets.unknown_choice"),
        ("sampled_at", "sheets.not_a_time"),
        ("document_number", "people.document_birth_date"),
    }
    assert line["code"] == line["faults"][0]["code"]
    assert all(fault["message"] in line["message"] for fault in line["faults"])


def test_what_is_wrong_with_a_line_as_a_whole_names_no_field(client: Client, token: Any) -> None:
    line = only(post(client, "tests", b"{oops\n"))
    assert [(fault["field"], fault["code"]) for fault in line["faults"]] == [(None, "ndjson.not_json")]


def test_messages_come_in_the_callers_language(client: Client, token: Any) -> None:
    body = ndjson(a_test(sampled_at=""))
    assert only(post(client, "tests", body))["message"] == "采样时间：必填项为空，请填写。"
    english = only(post(client, "tests", body, **{"accept-language": "en"}))["message"]
    assert english.startswith("Sampled at: This is required")


@pytest.mark.parametrize("secret", ["", "wrong", "expired", "revoked"])
def test_without_a_token_that_counts_nothing_happens(client: Client, token: Any, secret: str) -> None:
    make_token(secret="expired", expires_in=timedelta(seconds=1))
    revoked = make_token(secret="revoked")
    revoked.revoked_at = revoked.created_at
    revoked.save(update_fields=["revoked_at"])
    response = post(client, "tests", ndjson(a_test()), secret=secret)
    assert response.status_code == 401
    assert response.json()["code"] == "core.unauthenticated"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert not TestRecord.objects.exists()


@pytest.mark.parametrize("role", ["bureau", "town", "principal", "operator", "security", "auditor"])
@pytest.mark.parametrize("path", ["tests", "vaccinations", "declarations"])
def test_a_token_of_another_role_is_refused(client: Client, token: Any, role: str, path: str) -> None:
    make_token(role=role, secret=role)
    response = post(client, path, ndjson(a_test()), secret=role)
    assert (response.status_code, response.json()["code"]) == (403, "core.forbidden")
    assert not TestRecord.objects.exists()


@pytest.mark.promise("T9")
def test_a_token_touches_no_record_of_another_source(client: Client, token: Any) -> None:
    post(client, "tests", ndjson(a_test(), a_test(record_id="2")))
    before = list(TestRecord.objects.order_by("record_id").values())
    make_token(secret="other", scope="source:other-lab")
    lines = ndjson(
        a_test(result="positive"),
        a_test(status="withdrawn"),
        a_test(record_id="unknown"),
        a_test(source="other-lab"),
    )
    answers = [json.loads(line) for line in post(client, "tests", lines, secret="other").content.splitlines()]
    # known and unknown records of others get one answer, which tells nothing of what there is
    assert [answer["code"] for answer in answers] == ["health.source_not_yours"] * 3 + [None]
    assert [answer["outcome"] for answer in answers] == ["rejected"] * 3 + ["new"]
    assert list(TestRecord.objects.filter(source="lims").order_by("record_id").values()) == before


@pytest.mark.promise("T9")
@pytest.mark.parametrize("scope", ["source:vaccine", "region:440115001", "region:440106"])
def test_a_dose_of_another_source_is_refused_and_a_region_gives_no_source(
    client: Client, token: Any, scope: str
) -> None:
    make_token(secret="other", scope=scope)
    (answer,) = post(client, "vaccinations", ndjson(a_dose()), secret="other").content.splitlines()
    assert json.loads(answer)["code"] == "health.source_not_yours"
    assert not Vaccination.objects.exists()


def test_limits_refuse_the_call_as_a_whole(
    client: Client, token: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [a_test(record_id=str(i)) for i in range(4)]
    monkeypatch.setattr(api, "LIMITS", LineLimits(lines=3))
    response = post(client, "tests", ndjson(*lines))
    assert (response.status_code, response.json()["code"]) == (413, "ndjson.too_many_lines")
    assert "3" in response.json()["message"]
    monkeypatch.setattr(api, "LIMITS", LineLimits(bytes=len(ndjson(*lines)) - 1))
    response = post(client, "tests", ndjson(*lines))
    assert (response.status_code, response.json()["code"]) == (413, "ndjson.too_large")
    assert not TestRecord.objects.exists()


def test_a_body_larger_than_any_form_is_taken(client: Client, token: Any) -> None:
    """Django's limit for forms (5 MiB) is not the limit of a bulk call."""
    padded = b" " * (6 << 20) + b"\n" + ndjson(a_test())
    assert only(post(client, "tests", padded))["outcome"] == "new"


@pytest.mark.parametrize("body", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_call_is_refused(client: Client, token: Any, body: bytes) -> None:
    response = post(client, "tests", body)
    assert (response.status_code, response.json()["code"]) == (422, "ndjson.empty")


def test_a_body_in_chunks_is_refused_and_told_what_to_do(client: Client, token: Any) -> None:
    headers = {"authorization": "Bearer feeder-token-of-the-tests", "transfer-encoding": "chunked"}
    response = client.post(
        "/api/v1/tests",
        data=b"",
        content_type="application/x-ndjson",
        headers={**headers, "accept-language": "en"},
    )
    assert (response.status_code, response.json()["code"]) == (411, "ndjson.length_required")
    assert "Content-Length" in response.json()["message"]


def test_a_form_is_not_taken_for_lines(client: Client, token: Any) -> None:
    headers = {"authorization": "Bearer feeder-token-of-the-tests"}
    response = client.post("/api/v1/tests", {"source": "lims"}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "ndjson.media_type")


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("gone"),
        InterfaceError("closed"),
        psycopg.OperationalError("inside a COPY"),
        psycopg.errors.InsufficientPrivilege("could not extend file: Read-only file system"),
    ],
)
def test_a_database_that_is_gone_is_said_and_nothing_acknowledged(
    client: Client, token: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise fault

    monkeypatch.setattr(services, "record_tests", fail)
    response = post(client, "tests", ndjson(a_test()))
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["code"] == "core.unavailable"


def test_a_right_that_is_missing_is_a_fault_of_ours(
    client: Client, token: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise psycopg.errors.InsufficientPrivilege("permission denied for table health_testrecord")

    monkeypatch.setattr(services, "record_tests", fail)
    client.raise_request_exception = False
    assert post(client, "tests", ndjson(a_test())).status_code == 500


def test_a_database_that_is_gone_at_the_door_is_said_too(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("outpost.api.v1.token_actor", fail)
    assert post(client, "tests", ndjson(a_test())).status_code == 503


def test_the_interface_describes_itself(client: Client, db: None) -> None:
    described = client.get("/api/v1/openapi.json").json()
    for path in ("/api/v1/tests", "/api/v1/vaccinations", "/api/v1/declarations"):
        call = described["paths"][path]["post"]
        assert {"200", "400", "401", "403", "411", "413", "415", "422", "503"} <= set(call["responses"])
        line = call["requestBody"]["content"]["application/x-ndjson"]["schema"]["x-line"]
        assert line["additionalProperties"] is False
        assert {"source", "record_id", "document_number"} <= set(line["required"])
        assert set(call["responses"]["200"]["content"]) == {"application/json", "application/x-ndjson"}


def test_the_page_of_the_interface_loads_nothing_from_outside(client: Client, db: None) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "/static/ninja/swagger-ui-bundle.js" in page.content.decode()
    assert "://" not in page.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ["tests", "vaccinations", "declarations"])
def test_a_packed_body_is_called_so(path: str, language: str, token: Any, client: Client) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.ndjson", ndjson(a_test()))
    for packed in (gzip.compress(ndjson(a_test())), zipped.getvalue()):
        response = post(client, path, packed, accept_language=language)
        assert (response.status_code, response.json()["code"]) == (415, "ndjson.compressed")
        assert "gzip" in response.json()["message"]
