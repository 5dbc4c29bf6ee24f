"""Logs and error pages of a whole session name nobody, even when something breaks with a person in its hands (V8)."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from outpost.core.errors import Refusal
from outpost.core.logs import ScrubFilter
from outpost.exchange import services as exchange
from outpost.server.embedded import EmbeddedPostgres
from outpost.testing.browsers import shown as page_after
from outpost.testing.cast import NOON
from tests.security.world import FAR, NEAR, PURPOSE, STAFF_EACH, TENANTS, World, staff_file

pytestmark = pytest.mark.promise("V8")

NUMBERS = [n for t in TENANTS for person in (t.principal, *t.people) for n in (person.phone, person.number)]
EVERYTHING = [text for tenant in TENANTS for text in tenant.identities()]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the house writes to its log, at the most talkative level, through its own handler."""
    house = next(
        one for one in logging.getLogger().handlers if any(isinstance(f, ScrubFilter) for f in one.filters)
    )
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(house.formatter)
    for one in house.filters:
        handler.addFilter(one)
    root, level = logging.getLogger(), logging.getLogger().level
    database = logging.getLogger("django.db.backends").level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(
        logging.INFO
    )  # statements are never logged in production
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    logging.getLogger("django.db.backends").setLevel(database)


def named(text: str, canaries: list[str]) -> list[str]:
    return [canary for canary in canaries if canary in text]


def test_a_session_of_pages_leaves_nobody_in_the_log(world: World, lines: io.StringIO) -> None:
    person = NEAR.people[STAFF_EACH]
    form = {
        "name": person.name,
        "document_type": "resident_id",
        "document_number": person.number,
        "phone": person.phone,
        "address": person.address,
    }
    client = world.browser("command")
    where = reverse("sentinel:add_staff", args=[world.enrolments[NEAR.mark].id])
    assert (
        page_after(client, client.post(where, {**form, "phone": person.phone + "0"})).context["form"].errors
    )
    assert client.post(where, form).status_code == 302
    assert page_after(client, client.post(where, form)).context["form"].errors
    reveal = reverse("sentinel:reveal_staff", args=[world.staff[NEAR.mark][0].id])
    assert (
        NEAR.people[0].phone in page_after(client, client.post(reveal, {"purpose": PURPOSE})).content.decode()
    )
    found = client.post("/search", {"next": "/sentinel/staff/", "private": "phone", "phone": person.phone})
    assert client.get(found["Location"]).status_code == 200
    assert client.get(f"/sentinel/staff/?phone={person.phone}").status_code == 200
    assert client.get(f"/no/{person.number}/{person.phone}").status_code == 404
    stranger = Client()
    stranger.post("/sign-in", {"username": person.phone, "password": "wrong"})
    stranger.post("/sign-in/phone", {"phone": FAR.principal.phone, "ask": "1"})
    stranger.post("/sign-in/phone", {"phone": FAR.principal.phone, "code": "000000"})
    assert lines.getvalue()
    assert named(lines.getvalue(), EVERYTHING) == []


def test_calls_and_imports_leave_nobody_in_the_log(world: World, lines: io.StringIO) -> None:
    person = FAR.people[0]
    line = {"source": "lims", "record_id": "v8", "document_number": person.number, "sampled_at": "never"}
    answer = world.machine("feeder").post(
        "/api/v1/tests", orjson.dumps(line), content_type="application/x-ndjson"
    )
    assert b"rejected" in answer.content
    assert person.number not in answer.content.decode()
    body = staff_file(FAR, *FAR.people)
    task = exchange.upload(
        [body],
        "list.csv",
        kind="sentinel.staff",
        params={"category": "cast-cold"},
        actor=world.actor("far_principal"),
        at=NOON,
    )
    exchange.check_import(task.id, at=NOON)
    exchange.confirm_import(task.id, actor=world.actor("far_principal"), at=NOON)
    exchange.apply_import(task.id, at=NOON)
    assert named(lines.getvalue(), EVERYTHING) == []


def test_a_fault_shows_and_logs_nobody(
    world: World, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = NEAR.people[0]

    def broken(*_arguments: object, **_named: object) -> None:
        raise ValueError(f"invalid value: {person.phone} {person.number}")

    monkeypatch.setattr("outpost.sentinel.web.person.member_as_row", broken)
    answer = world.browser("command").get(
        reverse("sentinel:staff_member", args=[world.staff[NEAR.mark][0].id])
    )
    assert answer.status_code == 500
    assert named(answer.content.decode(), NUMBERS) == []
    assert "invalid value" not in answer.content.decode()
    assert "ValueError" in lines.getvalue()
    assert named(lines.getvalue(), NUMBERS) == []


def test_refusals_name_nobody(world: World) -> None:
    person = NEAR.people[0]
    with pytest.raises(Refusal) as refused:
        exchange.request_export(
            "sentinel.staff_in_clear",
            params={"category": "cast-cold", "phone": person.phone},
            purpose="",
            actor=world.actor("command"),
            at=NOON,
        )
    assert named(repr(refused.value) + refused.value.message, EVERYTHING) == []


def test_the_log_of_the_database_names_nobody(world: World, embedded_server: EmbeddedPostgres | None) -> None:
    if embedded_server is None:  # another's server: its log is out of reach
        return
    home = Path(embedded_server.cluster).parent
    logs = [path for path in home.rglob("*.log") if path.is_file()]
    assert logs
    for path in logs:
        assert named(path.read_text(encoding="utf-8", errors="replace"), EVERYTHING) == []


def test_the_filter_is_what_holds_it() -> None:
    """What proves that the tests above would see a number."""
    record = logging.makeLogRecord({"msg": "seen %s", "args": (NUMBERS[0],)})
    assert named(record.getMessage(), NUMBERS) == [NUMBERS[0]]
    ScrubFilter().filter(record)
    assert named(record.getMessage(), NUMBERS) == []
