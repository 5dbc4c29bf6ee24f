"""The pages of channels: secrets go in and never come out, hosts must be listed, tests show their result."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access.tests.support import refused
from outpost.audit import deletions
from outpost.audit.models import AuditEntry, Deletion
from outpost.core.errors import Refusal
from outpost.core.tests.peers import answer, http_peer
from outpost.notifications import queries, services
from outpost.notifications.channels import KINDS
from outpost.notifications.models import Channel, Delivery
from outpost.notifications.recipients import Medium
from outpost.notifications.services.channels import ChannelSettings
from outpost.notifications.services.delivering import settings_of
from outpost.notifications.tests.support import SECRET, Clock, channel, greet_group, webhook, work
from outpost.testing.browsers import sent, shown
from outpost.testing.cast import NOON, Cast

HOUR = timedelta(hours=1)

HOSTS = (
    "sms.example.gov.cn,hook.example.gov.cn,http://127.0.0.1,smtp://127.0.0.1,127.0.0.0/8,mail.example.gov.cn"
)


@pytest.fixture(autouse=True)
def listed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTPOST_OUTGOING_HOSTS = HOSTS
    monkeypatch.setattr("outpost.access.queries.needs_second_factor", lambda _role: False)
    monkeypatch.setattr("outpost.core.clock.now", lambda: NOON)


@pytest.fixture
def client(cast: Cast) -> Client:
    found = Client(headers={"accept-language": "en"})
    found.force_login(cast.users["operator"])
    return found


def hook(**changes: str) -> dict[str, str]:
    return {
        "name": "Hook",
        "per_minute": "60",
        "url": "https://hook.example.gov.cn/in",
        "secret": SECRET,
        **changes,
    }


def test_secrets_go_in_and_never_come_out(client: Client) -> None:
    assert b"No channel yet" in client.get("/channels/").content
    response = client.post("/channels/new/webhook", hook())
    row = Channel.objects.get()
    assert response["Location"] == f"/channels/{row.id}"
    assert not row.is_on
    assert SECRET not in str(Channel.objects.values())
    assert settings_of(row) == {"url": "https://hook.example.gov.cn/in", "secret": SECRET}
    for path in ("/channels/", f"/channels/{row.id}"):
        page = client.get(path).content.decode()
        assert "Hook" in page
        assert SECRET not in page
    assert SECRET not in str(AuditEntry.objects.values())


def test_an_empty_secret_stays_unless_the_address_changes(client: Client) -> None:
    client.post("/channels/new/webhook", hook())
    row = Channel.objects.get()
    path = f"/channels/{row.id}"
    assert client.post(path, sent(client, path, hook(name="Other", secret=""))).status_code == 302
    row.refresh_from_db()
    assert (row.name, settings_of(row)["secret"]) == ("Other", SECRET)
    moved = client.post(path, sent(client, path, hook(secret="", url="https://sms.example.gov.cn/steal")))
    assert b"type the secrets again" in shown(client, moved).content
    assert client.post(path, sent(client, path, hook(secret="another long secret"))).status_code == 302
    row.refresh_from_db()
    assert settings_of(row)["secret"] == "another long secret"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": "https://evil.test/in"}, "does not let calls out to evil.test"),
        ({"url": "http://hook.example.gov.cn/in"}, "does not let calls out"),
        ({"url": "https://169.254.169.254/latest"}, "does not let calls out"),
        ({"url": "file:///etc/passwd"}, "no address of the form"),
        ({"secret": "short"}, "has 5 characters"),
        ({"per_minute": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "required"),
    ],
)
@pytest.mark.promise("W4")
def test_what_cannot_work_is_refused_with_a_reason(
    client: Client, changes: dict[str, str], expected: str
) -> None:
    page = shown(client, client.post("/channels/new/webhook", hook(**changes)))
    assert expected in page.content.decode()
    assert not Channel.objects.exists()


def test_every_kind_can_be_added(client: Client) -> None:
    given = {
        "wecom": {"base_url": "https://sms.example.gov.cn/wecom", "corp_id": "w", "agent_id": "1", "secret": "s"},
        "robot": {"base_url": "https://sms.example.gov.cn", "key": "k"},
        "sms_http": {"method": "POST", "content_type": "json", "url": "https://sms.example.gov.cn/send?p={phone}"},
        "sms_alibaba": {
            "url": "https://sms.example.gov.cn", "key_id": "i", "key_secret": "s", "sign_name": "n",
            "template_of:access.passcode": "S code",
        },
        "sms_tencent": {
            "url": "https://sms.example.gov.cn", "region": "r", "secret_id": "i", "secret_key": "s", "app_id": "1",
            "sign_name": "n", "template_of:access.passcode": "1 code",
        },
        "email": {"host": "mail.example.gov.cn", "port": "465", "security": "tls", "sender": "a@example.gov.cn"},
        "webhook": hook(),
    }  # fmt: skip
    assert given.keys() == KINDS.keys()
    for kind, values in given.items():
        assert client.get(f"/channels/new/{kind}").status_code == 200
        page = client.post(f"/channels/new/{kind}", {"name": kind, "per_minute": "10", **values})
        assert page.status_code == 302, page.content.decode()
        row = Channel.objects.get(kind=kind)
        page = client.get(f"/channels/{row.id}")
        assert page.status_code == 200
        for name, value in values.items():
            if name.startswith("template_of:"):
                assert row.settings["templates"] == f"access.passcode = {value}"
                assert page.context["form"][name].value() == value
    assert client.get("/channels/new/carrier-pigeon").status_code == 404


def test_one_channel_of_a_way_is_on(client: Client, cast: Cast) -> None:
    one = channel("sms_http", {"url": "https://sms.example.gov.cn"}, is_on=False)
    other = channel("sms_alibaba", {"url": "https://sms.example.gov.cn"}, is_on=False)
    assert client.post(f"/channels/{one.id}/switch", {"on": "1"}).status_code == 302
    services.decide_channel(one.id, is_agreed=True, actor=cast.actor("security"), at=NOON)
    page = client.post(f"/channels/{other.id}/switch", {"on": "1"}, follow=True)
    assert b"is on for the same way already" in page.content
    on = [(row.medium, row.id) for row in queries.channels_on()]
    assert on == [(Medium.SMS, one.id)]
    client.post(f"/channels/{one.id}/switch", {"on": "0"})
    assert queries.channels_on() == []
    robots = [channel("robot", {"base_url": "https://sms.example.gov.cn"}, is_on=False) for _ in range(2)]
    for robot in robots:
        client.post(f"/channels/{robot.id}/switch", {"on": "1"})
    assert {row.id for row in queries.channels_on()} == {robot.id for robot in robots}


def test_a_test_goes_out_while_the_channel_is_off_and_shows_its_result(client: Client) -> None:
    with http_peer(answer(500)) as peer:
        row = channel("sms_http", {"url": peer.url}, is_on=False)
        page = shown(client, client.post(f"/channels/{row.id}/test", {"address": ""}))
        assert page.context["test_form"].errors["address"]
        waiting = client.post(f"/channels/{row.id}/test", {"address": "13800138009"}, follow=True)
        assert b"hx-get" in waiting.content
        assert b"138****8009" in waiting.content
        assert b"13800138009" not in waiting.content
        delivery = Delivery.objects.get()
        assert work(row, Clock(), peer.listed) is False
        done = client.get(f"/channels/tests/{delivery.id}").content.decode()
        assert "Dead letter" in done
        assert "http_500" in done
        assert "hx-get" not in done
        peer.behave = answer()
        client.post(f"/channels/{row.id}/test", {"address": "13800138009"})
        work(row, Clock(), peer.listed)
        assert Delivery.objects.filter(state="sent").count() == 1


def test_a_removed_channel_leaves_dead_letters(client: Client) -> None:
    row = webhook("http://127.0.0.1:1")
    delivery = greet_group(row)
    assert client.post(f"/channels/{row.id}/remove").status_code == 302
    found = Delivery.objects.get(id=delivery.id)
    assert (found.state, found.code, found.channel_id) == ("dead", "channel_removed", None)
    page = client.get("/channels/deliveries").content.decode()
    assert "The channel was removed." in page
    assert "Send again" not in page


def removed(cast: Cast, *, is_on: bool = False) -> tuple[Channel, Deletion]:
    """A channel that the operator has removed, and what was noted of it."""
    row, operator = webhook("https://hook.example.gov.cn/in"), cast.actor("operator")
    services.switch_channel(row.id, is_on=is_on, actor=operator, at=NOON)
    services.remove_channel(row.id, actor=operator, at=NOON)
    return row, Deletion.objects.get(kind="notifications.channel")


def test_a_removed_channel_comes_back_once_with_its_secrets_as_it_was(cast: Cast) -> None:
    row, deletion = removed(cast, is_on=True)
    operator = cast.actor("operator")
    for _ in range(2):  # repeating is harmless
        assert deletions.restore(deletion.id, actor=operator, at=NOON + HOUR) == f"/channels/{row.id}"
        found = Channel.objects.get()
        assert (found.removed_at, found.is_on) == (None, True)
        assert settings_of(found)["secret"] == SECRET
    done = AuditEntry.objects.filter(object_id=str(row.id)).values_list("action", flat=True)
    assert list(done).count("notifications.channel_restored") == 1


def test_a_channel_that_was_off_comes_back_off(cast: Cast) -> None:
    _row, deletion = removed(cast)
    deletions.restore(deletion.id, actor=cast.actor("operator"), at=NOON + HOUR)
    assert not Channel.objects.get().is_on


def test_an_undo_that_was_done_does_not_bring_back_a_channel_removed_again(cast: Cast) -> None:
    row, deletion = removed(cast)
    operator = cast.actor("operator")
    deletions.restore(deletion.id, actor=operator, at=NOON + HOUR)
    services.remove_channel(row.id, actor=operator, at=NOON + 2 * HOUR)
    deletions.restore(deletion.id, actor=operator, at=NOON + 3 * HOUR)
    assert Channel.objects.get().removed_at == NOON + 2 * HOUR


def test_a_channel_stays_away_after_a_day_and_its_secrets_go(cast: Cast) -> None:
    _row, deletion = removed(cast)
    with refused("audit.deletion_over"):
        deletions.restore(deletion.id, actor=cast.actor("operator"), at=NOON + deletions.KEPT_FOR)
    assert Channel.objects.get().removed_at == NOON
    assert services.forget_channels(at=NOON + deletions.KEPT_FOR) == 1
    with refused("core.not_found"):
        deletions.restore(deletion.id, actor=cast.actor("operator"), at=NOON + HOUR)


@pytest.mark.promise("T1")
def test_a_channel_is_brought_back_only_by_who_could_remove_it(cast: Cast) -> None:
    _row, deletion = removed(cast)
    for name in ("command", "bureau", "town", "principal", "security", "auditor", "outsider"):
        with refused("core.not_found"):
            deletions.restore(deletion.id, actor=cast.actor(name), at=NOON + HOUR)
    assert Channel.objects.get().removed_at == NOON


def test_the_log_filters_and_sends_again(client: Client) -> None:
    with http_peer(answer(410)) as peer:
        row, other = webhook(peer.url), webhook("http://127.0.0.1:1")
        dead, waiting = greet_group(row), greet_group(other, "other")
        work(row, Clock(), peer.listed)
    log = "/channels/deliveries"
    ids: Callable[[str], set[object]] = lambda query: {  # noqa: E731 - shorter than a function
        r.id for r in client.get(log + query).context["listing"].rows
    }
    assert ids("") == {dead.id, waiting.id}
    assert ids("?state=dead") == {dead.id}
    assert ids(f"?channel={other.id}") == {waiting.id}
    assert ids(f"?channel={other.id}&state=dead") == set()
    page = client.get(f"{log}?state=dead").content.decode()
    assert f"/channels/deliveries/{dead.id}/again" in page
    assert "The peer answered http_410." in page
    assert client.post(f"{log}/{dead.id}/again").status_code == 302
    assert ids("?state=dead") == set()
    assert client.post(f"{log}/{dead.id}/again").status_code == 409


@pytest.mark.parametrize(
    "name", ["command", "bureau", "town", "principal", "security", "auditor", "outsider"]
)
def test_only_the_operator_gets_in(cast: Cast, name: str) -> None:
    row = webhook("http://127.0.0.1:1")
    client = Client()
    client.force_login(cast.users[name])
    for path in ("/channels/", "/channels/new/webhook", "/channels/deliveries", f"/channels/{row.id}"):
        assert client.get(path).status_code == 403
    settings = ChannelSettings("x", 1, {})
    actor = cast.actor(name)
    acts: list[Callable[[], object]] = [
        lambda: services.add_channel("webhook", settings, actor=actor, at=NOON),
        lambda: services.change_channel(row.id, settings, actor=actor, at=NOON),
        lambda: services.switch_channel(row.id, is_on=False, actor=actor, at=NOON),
        lambda: services.send_test(row.id, "", actor=actor, at=NOON),
        lambda: services.remove_channel(row.id, actor=actor, at=NOON),
    ]
    for act in acts:
        with pytest.raises(Refusal, match="forbidden"):
            act()
    assert queries.channels(actor=actor, at=NOON) == []
    assert not queries.deliveries(actor=actor).exists()


def test_acts_are_audited(cast: Cast) -> None:
    operator = cast.actor("operator")
    values = {"url": "https://hook.example.gov.cn/in", "secret": SECRET}
    row = services.add_channel("webhook", ChannelSettings("x", 9, values), actor=operator, at=NOON)
    services.change_channel(row.id, ChannelSettings("y", 9999, values), actor=operator, at=NOON)
    assert Channel.objects.get().per_minute == KINDS["webhook"].per_minute
    services.switch_channel(row.id, is_on=True, actor=operator, at=NOON)
    services.switch_channel(row.id, is_on=True, actor=operator, at=NOON)
    services.send_test(row.id, "", actor=operator, at=NOON)
    services.switch_channel(row.id, is_on=False, actor=operator, at=NOON)
    services.remove_channel(row.id, actor=operator, at=NOON)
    done = AuditEntry.objects.filter(object_id=str(row.id)).order_by("seq").values_list("action", flat=True)
    short = [action.removeprefix("notifications.channel_") for action in done]
    assert short == ["added", "changed", "switched_on", "tested", "switched_off", "removed"]


def test_the_list_tells_how_much_waits_and_rests(client: Client, cast: Cast) -> None:
    with http_peer(answer(500)) as peer:
        row = webhook(peer.url)
        greet_group(row)
        greet_group(row, "other")
        work(row, Clock(), peer.listed)
    (shown,) = queries.channels(actor=cast.actor("operator"), at=NOON)
    assert (shown.waiting, shown.dead, shown.is_resting) == (2, 0, True)
    (later,) = queries.channels(actor=cast.actor("operator"), at=NOON + timedelta(minutes=2))
    assert not later.is_resting
    assert b"rests after a fault" in client.get("/channels/").content


def test_pages_are_there_in_chinese(client: Client) -> None:
    page = client.get("/channels/", headers={"accept-language": "zh-CN"}).content.decode()
    assert "通知渠道" in page
    assert "HTTP 短信网关" in page
