"""What the check of channels finds, at peers that are there and at peers that are not. Nothing is sent."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from outpost.notifications.health_checks import channels, check_channels
from outpost.notifications.models import Channel, Delivery
from outpost.notifications.rules import DeliveryState
from outpost.notifications.tests.support import channel, greet_group, way_out, webhook
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


def found(*listed: str) -> list[tuple[str, str]]:
    return [(check.peer, check.code) for check in check_channels(out=way_out(*listed), at=NOON)]


def test_a_channel_that_can_be_reached(port: int) -> None:
    webhook(f"https://127.0.0.1:{port}/in")
    assert found(f"127.0.0.1:{port}") == [(f"127.0.0.1:{port}", "")]


def test_mail_is_looked_for_at_its_own_port(port: int) -> None:
    channel("email", {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "a@b.cn"})
    assert found("smtp://127.0.0.1") == [(f"127.0.0.1:{port}", "")]


def test_a_host_that_is_not_listed(port: int) -> None:
    webhook(f"https://127.0.0.1:{port}/in")
    assert found() == [(f"127.0.0.1:{port}", "host_not_listed")]


def test_a_peer_that_does_not_listen() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        closed = gone.getsockname()[1]
    webhook(f"https://127.0.0.1:{closed}/in")
    assert found(f"127.0.0.1:{closed}") == [(f"127.0.0.1:{closed}", "no_connection")]


def test_settings_that_are_missing() -> None:
    channel("wecom", {"corp_id": "ww1"})
    (check,) = check_channels(out=way_out(), at=NOON)
    assert check.code == "incomplete"
    assert check.reason


def test_secrets_of_another_installation(port: int) -> None:
    row = webhook(f"https://127.0.0.1:{port}/in")
    Channel.objects.filter(id=row.id).update(sealed_secrets=bytes(row.sealed_secrets)[:-1] + b"\0")
    assert found() == [("", "sealed")]


def test_a_channel_that_is_off_is_not_called() -> None:
    webhook("https://nowhere.invalid/in", is_on=False)
    (check,) = check_channels(out=way_out("nowhere.invalid"), at=NOON)
    assert (check.is_on, check.peer, check.code) == (False, "", "")


def test_the_dead_letters_of_a_day_are_counted(port: int) -> None:
    row = webhook(f"https://127.0.0.1:{port}/in")
    letter = greet_group(row)
    Delivery.objects.filter(id=letter.id).update(state=DeliveryState.DEAD, next_at=None, finished_at=NOON)
    (check,) = check_channels(out=way_out(), at=NOON)
    assert check.dead == 1


@pytest.mark.parametrize("kind", ["https", "http", "smtp"])
def test_its_mend_mends_when_it_is_followed(kind: str, port: int, settings: Settings) -> None:
    """What it said to add let no call out where nothing encrypts, or where the address is a private one."""
    if kind == "smtp":
        channel("email", {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "a@b.cn"})
    else:
        webhook(f"{kind}://127.0.0.1:{port}/in")
    settings.OUTPOST_OUTGOING_HOSTS, followed = "", []
    for _ in range(2):
        (finding,) = channels(NOON)
        followed.append(str(dict(finding.fields)["entry"]))
        assert followed[-1] in finding.render()["mend"]
        settings.OUTPOST_OUTGOING_HOSTS = ",".join(followed)
    assert followed[-1] == "127.0.0.1/32"
    (finding,) = channels(NOON)
    assert finding.state == "ok"


def test_an_installation_that_takes_over_sends(settings: Settings) -> None:
    settings.OUTPOST_SENDING_HELD = True
    held = next(channels(NOON))
    assert (held.state, held.mend) == (
        "warn",
        "Unset OUTPOST_SENDING_HELD when this installation takes over.",
    )
    settings.OUTPOST_SENDING_HELD = False
    assert [one.state for one in channels(NOON)] == ["ok"]


def somebody(cast: Cast, settings: Settings, who: str) -> Client:
    settings.OUTPOST_SECOND_FACTOR = "off"
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users[who])
    return client


def test_messages_that_were_given_up_are_sent_again_on_the_page(
    cast: Cast, port: int, settings: Settings
) -> None:
    settings.OUTPOST_OUTGOING_HOSTS = f"127.0.0.1:{port},127.0.0.0/8"
    operator = somebody(cast, settings, "operator")
    letter = greet_group(webhook(f"https://127.0.0.1:{port}/in"))
    dead = {"state": DeliveryState.DEAD, "code": "http_410", "next_at": None, "finished_at": NOON}
    Delivery.objects.filter(id=letter.id).update(**dead)
    (finding,) = channels(NOON)
    assert (finding.state, finding.mend) == (
        "warn",
        "Look at the page of deliveries for the reason, and send them again.",
    )
    again = f"/channels/deliveries/{letter.id}/again"
    page = operator.get("/channels/deliveries").content.decode()
    assert "410" in page
    assert again in page
    assert operator.post(again).status_code == 302
    assert [one.state for one in channels(NOON)] == ["ok"]


def test_an_sms_channel_is_set_up_as_the_guide_says(cast: Cast, port: int, settings: Settings) -> None:
    settings.OUTPOST_OUTGOING_HOSTS = f"127.0.0.1:{port},127.0.0.0/8"
    operator, security = (somebody(cast, settings, who) for who in ("operator", "security"))
    settings.OUTPOST_PRODUCTION = True
    (missing,) = channels(NOON)
    assert (missing.state, missing.mend) == ("fail", "Set one up: docs/how-to/messages.md")
    typed = {"name": "SMS", "per_minute": "60", "method": "POST", "content_type": "json"}
    operator.post("/channels/new/sms_http", {**typed, "url": f"https://127.0.0.1:{port}/send?to={{phone}}"})
    row = Channel.objects.get()
    operator.post(f"/channels/{row.id}/switch", {"on": "1"})
    assert next(channels(NOON)).state == "fail"  # it waits for the second word
    security.post(f"/channels/{row.id}/decide", {"agree": "1"})
    assert [one.state for one in channels(NOON)] == ["ok"]


def test_what_the_doctor_says(settings: Settings) -> None:
    """None is fine for trying out, not for production; one whose host is not listed says what to do."""
    settings.OUTPOST_OUTGOING_HOSTS = ""
    (none,) = channels(NOON)
    assert none.state == "ok"
    settings.OUTPOST_PRODUCTION = True
    (missed,) = channels(NOON)
    assert missed.state == "fail"
    webhook("https://hook.example/in")
    with translation.override("en"):
        no_codes, listed = channels(NOON)
        assert (no_codes.state, no_codes.render()["found"][:25]) == ("fail", "No SMS channel is on: nob")
        assert listed.render() == {
            "name": "channel",
            "state": "warn",
            "found": "webhook: The host is not in OUTPOST_OUTGOING_HOSTS.",
            "mend": "Add hook.example:443 to OUTPOST_OUTGOING_HOSTS and start again.",
        }
