"""The calls of a device: paired once, signed, limited; and the same cases on both sides."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outpost.access.models import Grant, User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.curve import CURVE, public_point
from outpost.core.errors import Problem, Refusal
from outpost.core.phones import normalise_phone
from outpost.core.stated import phone_hash
from outpost.desks import errors, rules, web
from outpost.desks.models import Device, PairingCode, Pin
from outpost.desks.sealing import b64u, from_b64u, list_key, opened_by
from outpost.desks.services.devices import enrol, make_code, revoke, set_pin
from outpost.people.rules import DocumentType, normalise_document
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import HAND, ROOT, Gate, unboxed
from outpost.venues.days import keep_days
from outpost.venues.models import Venue
from outpost.venues.reading.gate import temperature
from outpost.venues.rules import VENUE
from outpost.venues.tests.gate import gate, visit
from outpost.venues.tests.ledger import brought, venue_row

SHARED = Path(settings.PACKAGE).parents[1] / "tests" / "shared"


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    keep_days(clock.local_day(clock.now()))
    brought(venue_row(1))


@pytest.fixture
def venue(db: None) -> Venue:
    return Venue.objects.get()


@pytest.fixture
def desk(venue: Venue) -> Gate:
    return gate(venue, at=clock.now())


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


def code_of(venue: Venue, at: datetime = NOON) -> str:
    return make_code(str(VENUE), str(venue.id), actor=HAND, at=at)


def new_key() -> str:
    return b64u(public_point(ec.generate_private_key(CURVE)))


def paired(code: str, **how: Any) -> Device:
    usual: dict[str, Any] = {
        "public_key": new_key(),
        "name": "南门平板",
        "app": "1",
        "address": "10.0.0.1",
        "at": NOON,
    }
    return enrol(code, **(usual | how))


@pytest.mark.rules
def test_the_shared_cases_hold_here() -> None:
    sealing = json.loads((SHARED / "sealing.json").read_text("utf-8"))
    key = ec.derive_private_key(int.from_bytes(from_b64u(sealing["private"]) or b""), CURVE)
    plain = opened_by([key], from_b64u(sealing["sealed"]) or b"", UUID(sealing["id"]), sealing["seq"])
    assert plain is not None
    assert json.loads(plain) == sealing["content"]


@pytest.mark.rules
def test_what_is_typed_is_good_here_as_at_the_gate() -> None:
    typed = json.loads((SHARED / "documents.json").read_text("utf-8"))
    today = date.fromisoformat(typed["today"])
    checks: dict[str, Callable[[dict[str, str]], object]] = {
        "documents": lambda one: normalise_document(DocumentType(one["type"]), one["text"], today=today),
        "phones": lambda one: normalise_phone(one["text"]),
        "temperatures": lambda one: temperature(one["text"]),
    }
    wrong = [
        one for kind, check in checks.items() for one in typed[kind] if is_good(check, one) != one["good"]
    ]
    assert wrong == []


def is_good(check: Callable[[dict[str, str]], object], one: dict[str, str]) -> bool:
    try:
        check(one)
    except Refusal:
        return False
    return True


@pytest.mark.rules
def test_missing_numbers_are_runs() -> None:
    assert rules.gaps(3, [5, 6, 9, 2]) == [(4, 4), (7, 8)]
    assert rules.whole_to(3, [4, 5, 7]) == 5
    assert rules.whole_to(3, []) == 3


@pytest.mark.django_db
@pytest.mark.promise("A3")
def test_a_pairing_code_is_good_once_and_for_ten_minutes(venue: Venue) -> None:
    code = code_of(venue)
    device = paired(code.lower().replace(" ", ""))
    assert (device.place_key, device.enrolled_by) == (str(venue.id), HAND.id)
    late = code_of(venue)
    ten_minutes = timedelta(minutes=10)
    tries = [
        lambda: paired(code),
        lambda: paired("00000 00000"),
        lambda: paired(late, at=NOON + ten_minutes),
    ]
    assert {refused(one) for one in tries} == {errors.CODE_UNKNOWN}
    former, newest = code_of(venue), code_of(venue)
    assert refused(lambda: paired(former)) is errors.CODE_UNKNOWN
    assert refused(lambda: paired(newest, name="")) is errors.BAD_NAME
    assert refused(lambda: paired(newest, public_key=b64u(b"\x04" * 65))) is errors.BAD_KEY
    assert paired(newest).id != device.id
    assert not PairingCode.objects.filter(made_at__gt=NOON).exists()
    acts = AuditEntry.objects.filter(action__startswith="desks.").values_list("action", flat=True)
    assert sorted(acts) == ["desks.code_made"] * 4 + ["desks.device_enrolled"] * 2


@pytest.mark.django_db
def test_guessing_codes_ends_for_the_source_alone(venue: Venue) -> None:
    code = code_of(venue)
    said = [refused(lambda: paired("00000 00000")) for _ in range(11)]
    assert said == [errors.CODE_UNKNOWN] * 10 + [errors.TOO_MANY]
    assert refused(lambda: paired(code)) is errors.TOO_MANY
    assert paired(code, address="10.0.0.2").place_key == str(venue.id)


@pytest.mark.django_db
def test_a_device_enrols_itself_and_sends_by_signed_calls(venue: Venue, client: Client) -> None:
    said = {"code": code_of(venue, at=clock.now()), "public_key": new_key(), "name": "北门", "app": "1.0"}
    answer = client.post(f"{ROOT}/devices", said, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["place"] == {"kind": "venue", "name": venue.name}
    desk = gate(venue, at=clock.now())
    set_pin(desk.member_id, "482915", actor=HAND, at=NOON)
    setup = client.get(f"{ROOT}/setup", headers=desk.headers("GET", "/setup"))
    (member,) = setup.json()["members"]
    assert (member["name"], member["rounds"], len(member["verifier"])) == ("甄检测", 200_000, 43)
    taken = desk.post(client, [desk.entry(visit(1), clock.now()), "x"])
    assert [one["state"] for one in taken.json()["answers"]] == ["kept", "refused"]
    assert taken.json()["last_seq"] == 1
    assert "no-store" in taken["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.promise("O5")
def test_a_call_that_is_not_the_device_s_is_refused(venue: Venue, desk: Gate, client: Client) -> None:
    other = gate(brought(venue_row(2))[0], at=clock.now())
    entry = desk.entry(visit(1), clock.now())
    own = other.headers("POST", "/entries", b"{}")
    cases = {
        "desks.bad_signature": [
            {"Outpost-Signature": own["Outpost-Signature"]},
            {"Outpost-Signature": ""},
            {"Outpost-Signature": "é"},
            {"Outpost-Device": own["Outpost-Device"]},
        ],
        "desks.unknown_device": [{"Outpost-Device": ""}, {"Outpost-Device": str(venue.id)}],
    }
    for code, headers in cases.items():
        for changed in headers:
            answer = desk.post(client, [entry], **changed)
            assert (answer.status_code, answer.json()["code"]) == (401, code), changed
    assert AuditEntry.objects.filter(action="desks.signature_refused").count() == 4
    setup = client.get(f"{ROOT}/setup", headers=desk.headers("POST", "/setup"))
    assert setup.status_code == 401
    assert desk.post(client, [entry]).json()["answers"][0]["state"] == "kept"
    assert desk.post(client, [entry]).json()["answers"][0]["state"] == "repeated"  # a replay does nothing


@pytest.mark.django_db
@pytest.mark.promise("A3")
def test_a_revoked_device_is_told_so_and_its_entries_wait(venue: Venue, desk: Gate, client: Client) -> None:
    revoke(str(VENUE), str(venue.id), desk.device.id, actor=HAND, at=clock.now())
    setup = client.get(f"{ROOT}/setup", headers=desk.headers("GET", "/setup"))
    assert (setup.status_code, setup.json()["code"]) == (401, "desks.revoked")
    (answer,) = desk.post(client, [desk.entry(visit(1), clock.now())]).json()["answers"]
    assert (answer["state"], answer["code"]) == ("refused", "desks.revoked")
    assert AuditEntry.objects.filter(action="desks.device_revoked", object_id=desk.device.id).exists()


@pytest.mark.django_db
def test_too_much_at_once_is_refused_whole(venue: Venue, desk: Gate, client: Client) -> None:
    entry = desk.entry(visit(1), clock.now())
    assert desk.post(client, [entry] * 201).status_code == 422
    assert desk.post(client, []).status_code == 422
    body = b"[" + b" " * 10_000_000 + b"]"
    headers = desk.headers("POST", "/entries", body)
    answer = client.post(f"{ROOT}/entries", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "desks.too_large")
    body = b"no json"
    headers = desk.headers("POST", "/entries", body)
    answer = client.post(f"{ROOT}/entries", body, content_type="application/json", headers=headers)
    assert answer.status_code in {400, 422}


@pytest.mark.django_db
def test_a_full_batch_asks_the_database_no_more_than_a_small_one(desk: Gate, client: Client) -> None:
    """Nor does the next one, with all that came before: a gate that was away for days is done in minutes."""

    def statements(count: int) -> int:
        entries = [desk.entry(visit(desk.seq), clock.now()) for _ in range(count)]
        with CaptureQueriesContext(connection) as asked:
            answers = desk.post(client, entries).json()["answers"]
        assert [one["state"] for one in answers] == ["kept"] * count
        return len(asked)

    statements(1)  # warms what is asked once
    few, *many = [statements(count) for count in (2, rules.MOST_ENTRIES, rules.MOST_ENTRIES)]
    assert many == [few, few]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pin", "problem"), [("12345", errors.PIN_DIGITS), ("１２３４８６", errors.PIN_DIGITS)]
)
def test_a_pin_has_six_digits(pin: str, problem: Problem, cast: Cast) -> None:
    assert refused(lambda: rules.check_pin(pin)) is problem
    for easy in ("000000", "123456", "987654"):
        assert refused(partial(rules.check_pin, easy)) is errors.PIN_EASY
    assert not Pin.objects.exists()


def test_the_app_is_served_as_built(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "APP", tmp_path / "app")
    assert client.get("/gate/").status_code == 503
    (tmp_path / "app" / "assets").mkdir(parents=True)
    for name in ("index.html", "sw.js", "assets/read-0a1b.wasm"):
        (tmp_path / "app" / name).write_text("x", encoding="utf-8")
    (tmp_path / "secret.js").write_text("x", encoding="utf-8")
    page = client.get("/gate/")
    assert "'wasm-unsafe-eval'" in page["Content-Security-Policy"]
    assert "camera=(self)" in page["Permissions-Policy"]
    kept = {name: client.get(f"/gate/{name}") for name in ("index.html", "sw.js", "assets/read-0a1b.wasm")}
    assert [one["Cache-Control"] for one in (page, *kept.values())] == [
        *("no-cache", "no-cache", "no-cache"),
        "public, max-age=31536000, immutable",
    ]
    assert kept["assets/read-0a1b.wasm"]["Content-Type"] == "application/wasm"
    for name in ("missing.js", "../secret.js", "assets", "%2e%2e/secret.js"):
        answer = client.get(f"/gate/{name}")
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store"), name


@pytest.mark.django_db
@pytest.mark.promise("T10")
def test_a_pairing_code_ends_with_the_right_of_who_made_it(venue: Venue) -> None:
    manager = User.objects.get(phone_hash=phone_hash(ring(), "13700000001"))
    maker = Actor(id=f"user:{manager.id}", label="manager")
    code = make_code(str(VENUE), str(venue.id), actor=maker, at=NOON)
    Grant.objects.filter(user=manager).update(revoked_at=NOON)
    assert refused(lambda: paired(code)) is errors.CODE_UNKNOWN
    Grant.objects.filter(user=manager).update(revoked_at=None)
    User.objects.filter(id=manager.id).update(is_active=False)
    assert refused(lambda: paired(code)) is errors.CODE_UNKNOWN
    User.objects.filter(id=manager.id).update(is_active=True)
    assert paired(code).place_key == str(venue.id)


@pytest.mark.rules
def test_a_shared_list_opens_here_by_its_pin() -> None:
    listed = json.loads((SHARED / "listed.json").read_text("utf-8"))
    member, place = listed["member"], b"outpost.desks.people.1" + UUID(listed["device"]).bytes
    key = list_key(listed["pin"], from_b64u(member["salt"]) or b"", member["rounds"])
    wrapped = listed["people"]["keys"][member["id"]]
    own = unboxed(key, wrapped, place + UUID(member["id"]).bytes)
    assert json.loads(unboxed(own, listed["people"]["sealed"], place)) == listed["content"]
