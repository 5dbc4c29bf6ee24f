"""Each kind of message goes out over each kind of channel: composed, sent, taken by the peer."""

from collections.abc import Mapping
from string import Formatter

import orjson
import pytest

from outpost.core.tests.peers import answer, http_peer
from outpost.notifications import templates
from outpost.notifications.channels import KINDS
from outpost.notifications.models import Delivery, Message
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import LIFE
from outpost.notifications.services import deliver_due
from outpost.notifications.services.sending import deliver_to, target_of
from outpost.notifications.tests.support import SECRET, channel, mail_peer, way_out
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

ADDRESSES = {
    Medium.WECOM: "LiSi",
    Medium.SMS: "13800138001",
    Medium.EMAIL: "a@example.gov.cn",
    Medium.GROUP: "",
}
STATUS = {"SerialNo": "1", "Code": "Ok", "Message": "", "PhoneNumber": "+8613800138001"}
TAKEN = {
    "errcode": 0,
    "access_token": "t",
    "expires_in": 7200,
    "msgid": "m",  # WeCom and its robots
    "Code": "OK",
    "BizId": "b",
    "Response": {"SendStatusSet": [STATUS]},  # the two providers of SMS
    "code": 0,
}


def params_of(text: str) -> dict[str, str]:
    """A value for everything that the text names."""
    return {field: "3" for _text, field, _spec, _conversion in Formatter().parse(text) if field}


def values_of(kind: str, url: str, mail: Mapping[str, str]) -> dict[str, str]:
    """Settings of the kind with this peer; every message has its approved template."""
    approved = "\n".join(f"{name} = SMS_1" for name, _text in templates.all_texts())
    known = {"url": url, "base_url": f"{url}/", "secret": SECRET, "templates": approved, "agent_id": "1"}
    fields = KINDS[kind].fields
    values = {
        one.name: known.get(one.name) or one.default or ("x" if one.is_required else "") for one in fields
    }
    return values | (dict(mail) if kind == "email" else {})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_message_is_taken(kind: str, cast: Cast) -> None:
    """Sign-in codes go to phones of accounts only."""
    with http_peer(answer(body=orjson.dumps(TAKEN))) as peer, mail_peer() as mail:
        row = channel(kind, values_of(kind, peer.url, mail.values))
        wanted = dict(templates.all_texts())
        if row.medium != Medium.SMS:
            del wanted[templates.PASSCODE]
        for name, text in wanted.items():
            message = Message(
                template=name,
                params=params_of(text),
                dedupe_key=name,
                created_at=NOON,
                expires_at=NOON + LIFE,
            )
            message.save(force_insert=True)
            deliver_to(message, [target_of(row, ADDRESSES[Medium(row.medium)])], at=NOON)
        while deliver_due(row.id, clock=lambda: NOON, out=way_out(peer.listed, mail.listed)):
            pass
        states = {d.message.template: d.state for d in Delivery.objects.select_related("message")}
        assert states == dict.fromkeys(wanted, "sent")
