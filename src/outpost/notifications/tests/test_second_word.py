"""Nobody alone chooses where sign-in codes go (A5): each administrator by every way to it."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access.services import ask_passcode
from outpost.access.tests.support import HERE, refused
from outpost.audit import deletions
from outpost.audit.models import AuditEntry, Deletion
from outpost.notifications import services
from outpost.notifications.channels import KINDS
from outpost.notifications.models import Channel, InboxMessage, Message
from outpost.notifications.services.channels import ChannelSettings
from outpost.notifications.services.delivering import settings_of
from outpost.notifications.tests.support import channel
from outpost.testing.browsers import shown
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("A5")]

LATER = NOON + timedelta(hours=1)
SECRETS = {field.name: "typed" for field in KINDS["sms_http"].fields if field.is_secret}
OURS, THEIRS = "https://sms.example.gov.cn/ours", "https://sms.example.gov.cn/theirs"


@pytest.fixture(autouse=True)
def listed(settings: Settings) -> None:
    settings.OUTPOST_OUTGOING_HOSTS = "sms.example.gov.cn"
    settings.OUTPOST_SECOND_FACTOR = "off"


def on() -> list[str]:
    return [settings_of(row)["url"] for row in Channel.objects.filter(is_on=True, removed_at__isnull=True)]


def sms(url: str = THEIRS, **changes: str) -> ChannelSettings:
    return ChannelSettings(
        "SMS", 60, {"url": url, "method": "POST", "content_type": "json", **SECRETS, **changes}
    )


def told(template: str) -> set[str]:
    found = InboxMessage.objects.filter(template=template).values_list("user__username", flat=True)
    return set(found)


def test_an_operator_alone_turns_no_codes_to_an_own_account(cast: Cast) -> None:
    operator = cast.actor("operator")
    ours = channel("sms_http", {"url": OURS})
    changed = services.change_channel(ours.id, sms(), actor=operator, at=NOON)
    assert on() == [OURS], "the change waits, and codes go on as before"
    services.switch_channel(ours.id, is_on=False, actor=operator, at=NOON)
    services.switch_channel(changed.id, is_on=True, actor=operator, at=NOON)
    own = services.add_channel("sms_http", sms(), actor=operator, at=NOON)
    services.switch_channel(own.id, is_on=True, actor=operator, at=NOON)
    services.remove_channel(own.id, actor=operator, at=NOON)
    deletions.restore(Deletion.objects.get().id, actor=operator, at=LATER)
    services.change_channel(ours.id, sms(), actor=operator, at=LATER)
    services.switch_channel(ours.id, is_on=True, actor=operator, at=LATER)
    assert on() == []
    for waiting in Channel.objects.filter(asked_at__isnull=False):
        with refused("core.forbidden"):
            services.decide_channel(waiting.id, is_agreed=True, actor=operator, at=LATER)
    ask_passcode("13800138001", device="d", address=HERE, at=LATER)
    assert not Message.objects.filter(template="access.passcode").exists()


@pytest.mark.parametrize(
    "name", ["command", "bureau", "town", "principal", "operator", "auditor", "outsider"]
)
def test_only_a_security_administrator_has_the_second_word(cast: Cast, name: str) -> None:
    waiting = services.add_channel("sms_http", sms(), actor=cast.actor("operator"), at=NOON)
    services.switch_channel(waiting.id, is_on=True, actor=cast.actor("operator"), at=NOON)
    with refused("core.forbidden"):
        services.decide_channel(waiting.id, is_agreed=True, actor=cast.actor(name), at=NOON)
    with refused("core.forbidden"):
        services.switch_channel(waiting.id, is_on=True, actor=cast.actor("security"), at=NOON)
    assert on() == []


def test_both_and_the_auditor_are_told_and_the_change_takes_the_others_place(cast: Cast) -> None:
    ours = channel("sms_http", {"url": OURS})
    changed = services.change_channel(ours.id, sms(), actor=cast.actor("operator"), at=NOON)
    assert told("notifications.channel_asked") == {"operator", "security", "auditor"}
    services.decide_channel(changed.id, is_agreed=True, actor=cast.actor("security"), at=LATER)
    assert on() == [THEIRS]
    assert told("notifications.channel_agreed") == {"operator", "security", "auditor"}
    entry = AuditEntry.objects.get(action="notifications.channel_agreed")
    assert (entry.actor_id, entry.detail["asked_by"]) == (
        cast.actor("security").id,
        cast.actor("operator").id,
    )
    with refused("core.not_found"):  # once
        services.decide_channel(changed.id, is_agreed=True, actor=cast.actor("security"), at=LATER)


def test_what_was_declined_or_changed_meanwhile_is_not_agreed_to(cast: Cast) -> None:
    operator, security = cast.actor("operator"), cast.actor("security")
    row = services.add_channel("sms_http", sms(OURS), actor=operator, at=NOON)
    services.switch_channel(row.id, is_on=True, actor=operator, at=NOON)
    services.change_channel(row.id, sms(THEIRS), actor=operator, at=NOON)
    with refused("core.not_found"):
        services.decide_channel(row.id, is_agreed=True, actor=security, at=LATER)
    services.switch_channel(row.id, is_on=True, actor=operator, at=LATER)
    services.decide_channel(row.id, is_agreed=False, actor=security, at=LATER)
    assert on() == []


def test_the_pages_say_what_waits_and_where_it_leads(cast: Cast) -> None:
    operator, security = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    operator.force_login(cast.users["operator"])
    security.force_login(cast.users["security"])
    assert b"No channel waits" in security.get("/channels/waiting").content
    row = channel("sms_http", {"url": THEIRS}, is_on=False)
    page = shown(operator, operator.post(f"/channels/{row.id}/switch", {"on": "1"}))
    assert b"waits for a security administrator" in page.content
    assert THEIRS.encode() in security.get("/channels/waiting").content
    security.post(f"/channels/{row.id}/decide", {"agree": "1"})
    assert on() == [THEIRS]
