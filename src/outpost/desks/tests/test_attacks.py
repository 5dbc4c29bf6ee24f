"""What somebody tries who knows a device or holds one."""

import json
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from outpost.access.throttle import Limit
from outpost.core import clock
from outpost.core.curve import CURVE, public_point
from outpost.desks import api
from outpost.desks.models import Device
from outpost.desks.sealing import b64u
from outpost.desks.services.devices import make_code
from outpost.testing.cast import Cast
from outpost.testing.gates import HAND, ROOT, Gate
from outpost.venues.days import keep_days
from outpost.venues.models import CheckIn, Checkpoint, Venue
from outpost.venues.rules import VENUE
from outpost.venues.tests.gate import document, gate, visit
from outpost.venues.tests.ledger import brought, venue_row


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


@pytest.mark.django_db
@pytest.mark.promise("A6")
def test_forged_calls_do_not_use_up_those_of_the_device(desk: Gate, client: Client) -> None:
    few = Limit("desk.calls.tried", 2, api.CALLS.window)
    entry = desk.entry(visit(1), clock.now())
    with patch.object(api, "CALLS", few):
        for _ in range(3):
            assert desk.post(client, [entry], **{"Outpost-Signature": "x"}).status_code == 401
        assert [desk.post(client, [entry]).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["1\x00", "1\ud800", "1\n2"])
def test_the_name_of_an_app_that_cannot_be_written_is_refused(app: str, venue: Venue, client: Client) -> None:
    code = make_code(str(VENUE), str(venue.id), actor=HAND, at=clock.now())
    key = b64u(public_point(ec.generate_private_key(CURVE)))
    said = {"code": code, "public_key": key, "name": "北门", "app": app}
    answer = client.post(f"{ROOT}/devices", said, content_type="application/json")
    assert (answer.status_code, Device.objects.count()) == (422, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"id": "\ud800"},
        {"id": "1\x00"},
        {"id": 7},
        {"seq": True},
        {"seq": 2**60},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": "2026-11-29T00:00:00"},
        {"skew_ms": 1e300},
        {"skew_ms": float("nan")},
        {"member_id": None},
        {"sealed": "AAAA" * 4_000},
        {"sealed": ["AAAA"]},
    ],
    ids=str,
)
def test_a_hostile_entry_is_refused_alone(changes: dict[str, Any], desk: Gate, client: Client) -> None:
    """It is signed rightly, and a good one stands behind it."""
    now = clock.now()
    entries = [desk.entry(visit(1), now) | changes, desk.entry(visit(2), now)]
    body = json.dumps({"app": "1", "device_time": now.isoformat(), "entries": entries}).encode()
    headers = desk.headers("POST", "/entries", body)
    answer = client.post(f"{ROOT}/entries", body, content_type="application/json", headers=headers)
    assert [one["state"] for one in answer.json()["answers"]] == ["refused", "kept"]


@pytest.mark.django_db
@pytest.mark.parametrize("years", [-56, 73], ids=str)
def test_an_entry_far_from_now_does_not_count(years: int, desk: Gate, client: Client) -> None:
    made = clock.now().replace(day=1)
    said = desk.post(client, [desk.entry(visit(1), made.replace(year=made.year + years))])
    assert [one["state"] for one in said.json()["answers"]] == ["refused"]
    assert not CheckIn.objects.exists()


@pytest.mark.django_db
def test_a_device_states_nothing_of_another_venue(venue: Venue, desk: Gate, client: Client) -> None:
    """Neither at its checkpoint, nor by who works there, nor under an id that was used there."""
    now = clock.now()
    there = gate(brought(venue_row(2))[0], at=now)
    taken = there.entry(visit(1), now)
    there.post(client, [taken])
    checkpoint = Checkpoint.objects.filter(venue_id=there.device.place_key)[0]
    entries = [
        desk.entry(visit(2, checkpoint_id=str(checkpoint.id)), now),
        desk.entry(visit(3), now, member_id=str(there.member_id)),
        desk.entry(visit(4), now, id=UUID(taken["id"])),
    ]
    answers = desk.post(client, entries).json()["answers"]
    assert [one["state"] for one in answers] == ["refused", "refused", "conflict"]
    assert CheckIn.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ["visit"]},
        {"checkpoint_id": {}},
        {"temperature": "３６.５"},
        {"temperature": 36.5},
        {"isolated": 1},
        {"way": None},
        {"verdict": "pass"},
        {"person": {"pass": "é"}},
        {"person": {"pass": []}},
        {"person": document(1) | {"name": "甄\x00访客"}},
        {"person": document(1) | {"document_number": "E1\x002345678"}},
        {"person": document(1) | {"document_type": {}}},
        {"person": document(1) | {"phone": ["13800000000"]}},
    ],
    ids=str,
)
def test_a_hostile_form_under_a_good_seal_is_refused_alone(
    changes: dict[str, Any], desk: Gate, client: Client
) -> None:
    now = clock.now()
    answer = desk.post(client, [desk.entry(visit(1) | changes, now), desk.entry(visit(2), now)])
    assert [one["state"] for one in answer.json()["answers"]] == ["refused", "kept"]
