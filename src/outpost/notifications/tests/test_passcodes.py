"""Sign-in codes go out by the SMS channel that is on, and only to who has an account."""

import threading
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from outpost.access.models import User
from outpost.access.services import ask_passcode, enter_passcode
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.core.outgoing import Answer, Outgoing
from outpost.core.tests.peers import answer, http_peer
from outpost.notifications import services
from outpost.notifications.models import Channel, Delivery, Message
from outpost.notifications.tests.support import Clock, channel, state_of, way_out, work
from outpost.testing.cast import NOON, Cast, build_cast

KNOWN, STRANGER = "13800138001", "13911112222"
"""The phone of the cast's principal, and one without account, which gets one by its code."""
HERE = "192.0.2.1"
PATIENCE = 60.0  # seconds


def ask(phone: str) -> tuple[str, str]:
    """The device that asked, and the code that the page would show."""
    device = new_id().hex
    return device, ask_passcode(phone, device=device, address=HERE, at=NOON).shown_code


@pytest.mark.usefixtures("cast")
def test_without_a_channel_codes_are_printed(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.OUTPOST_DEMO = True
    _device, shown = ask(KNOWN)
    assert f"138****8001: {shown}" in capsys.readouterr().out
    _device, shown = ask(STRANGER)
    assert f"139****2222: {shown}" in capsys.readouterr().out
    User.objects.update(is_active=False)
    assert ask(KNOWN)[1] == ""
    assert not capsys.readouterr().out
    assert not Message.objects.exists()


def test_a_code_arrives_by_sms_and_opens_the_door(
    cast: Cast, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.OUTPOST_DEMO = True
    with http_peer() as peer:
        row = channel("sms_http", {"url": peer.url, "body": '{"to": "{phone}", "text": "{text}"}'})
        device, shown = ask(KNOWN)
        assert (shown, capsys.readouterr().out) == ("", ""), "no page and no terminal shows what goes by SMS"
        assert not peer.seen
        message = Message.objects.get()
        assert (message.params, message.is_urgent) == ({}, True)
        work(row, Clock(), peer.listed)
        (seen,) = peer.seen
    body = orjson.loads(seen.body)
    assert body["to"] == KNOWN
    code = next(word for word in body["text"].replace("，", " ").split() if word.isdigit())
    assert enter_passcode(KNOWN, code, device=device, address=HERE, at=NOON) == cast.users["principal"]
    assert Message.objects.get().sealed_params is None, "the code is forgotten once it was sent"
    assert code not in str(list(Message.objects.values()) + list(Delivery.objects.values()))


@pytest.mark.promise("T6")
@pytest.mark.usefixtures("cast")
def test_a_disabled_account_costs_the_same_and_gets_nothing() -> None:
    with http_peer() as peer:
        row = channel("sms_http", {"url": peer.url})
        User.objects.filter(phone_hash=ring().search_hash("phone", KNOWN)).update(is_active=False)
        ask(KNOWN)
        ask(STRANGER)
        written = Delivery.objects.values_list("state", "kind", "attempts")
        assert list(written) == [("waiting", "sms_http", 0)] * 2, "the same is written for both"
        work(row, Clock(), peer.listed)
        (seen,) = peer.seen
    assert orjson.loads(seen.body)["phone"] == STRANGER
    assert Delivery.objects.count() == 1, "nothing tells afterwards that a disabled account asked"


@pytest.mark.slow
@pytest.mark.promise("P4")
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_gateway_that_hangs() -> None:
    """Codes are asked for while a worker is stuck in the gateway, which hangs until all are: none waits for it."""
    cast = build_cast()
    are_asked = threading.Event()
    with http_peer(lambda _handler, _seen: _hang_up_after(are_asked)) as peer:
        row = channel("sms_http", {"url": peer.url})
        ask(KNOWN)
        worker = threading.Thread(target=_stuck, args=(row, PatientOut(way_out(peer.listed).allowed)))
        worker.start()
        while not peer.seen and worker.is_alive():
            time.sleep(0.01)
        assert len(peer.seen) == 1
        for number in range(20):
            ask_passcode(KNOWN if number < 3 else f"139{number:08}", device="d", address=HERE, at=NOON)
        assert worker.is_alive(), "the worker was stuck until the last one had been answered"
        assert Delivery.objects.filter(state="waiting").count() == 20
        are_asked.set()
        worker.join()
    assert Delivery.objects.filter(state="unknown").count() == 1
    assert cast.users["principal"].is_active


def _hang_up_after(event: threading.Event) -> None:
    """Hang without an answer; whoever waits for us all the same is let go in the end, and is found out."""
    event.wait(PATIENCE)


class PatientOut(Outgoing):
    """A way out that gives a peer more time than the peer gives up after."""

    def call(self, method: str, url: str, **given: Any) -> Answer:
        return Outgoing.call(self, method, url, **given, seconds=2 * PATIENCE)


def _stuck(row: Channel, out: Outgoing) -> None:
    """A worker's thread, with a connection of its own."""
    try:
        services.deliver_due(row.id, clock=Clock(), out=out)
    finally:
        connection.close()


@pytest.mark.usefixtures("cast")
def test_a_code_that_comes_too_late_is_dropped() -> None:
    with http_peer(answer(500)) as peer:
        row = channel("sms_http", {"url": peer.url})
        ask(KNOWN)
        clock = Clock()
        work(row, clock, peer.listed)
        delivery = Delivery.objects.get()
        assert state_of(delivery.id) == ("waiting", 1, "http_500")
        clock.at += timedelta(minutes=10)
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[0] == "expired"
        assert len(peer.seen) == 1
    assert Message.objects.get().sealed_params is None
    assert Delivery.objects.get().sealed_address is None


@pytest.mark.usefixtures("cast")
def test_a_channel_that_is_off_leaves_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    row = channel("sms_http", {"url": "http://127.0.0.1:1"})
    Channel.objects.filter(id=row.id).update(is_on=False)
    ask(KNOWN)
    assert "138****8001: " in capsys.readouterr().out


@pytest.mark.promise("A5")
@pytest.mark.usefixtures("cast")
def test_a_log_of_production_holds_no_code(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    """Switching the SMS channel off is no way for an operator to read codes."""
    settings.OUTPOST_PRODUCTION = True
    ask(KNOWN)
    assert capfd.readouterr() == ("", "")
    settings.OUTPOST_PRODUCTION = False
    ask(KNOWN)
    assert "138****8001" in capfd.readouterr().out
