"""WeCom group robots: one address a group, 20 messages a minute. Rules:
developer.work.weixin.qq.com/document/path/91770."""

import re
from urllib.parse import urlencode

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.core.signed_calls import JSON
from outpost.notifications.channels.base import (
    Channel,
    Field,
    Letter,
    Receipt,
    Settings,
    clipped,
    failed,
    json_of,
)
from outpost.notifications.channels.wecom import OFFICIAL
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import Outcome

MOST_BYTES = 4096
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#])")


class Robot(Channel):
    """Markdown into a group chat."""

    kind = "robot"
    medium = Medium.GROUP
    label = _("WeCom group robot")
    per_minute = 20
    is_idempotent = False
    fields = (
        Field("base_url", _("Base address"), "url", default=OFFICIAL),
        Field(
            "key",
            _("Key of the robot"),
            hint=_("The part of its webhook address after “key=”."),
            is_secret=True,
        ),
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:  # noqa: ARG002 - a group has no address
        """Post to the robot's group."""
        query = urlencode({"key": settings["key"]})
        url = f"{settings['base_url'].rstrip('/')}/cgi-bin/webhook/send?{query}"
        body = orjson.dumps({"msgtype": "markdown", "markdown": {"content": _markdown(letter)}})
        answer = json_of(settings.out.call("POST", url, headers=JSON, body=body))
        code = answer.get("errcode")
        if code == 0:
            return Receipt(Outcome.SENT)
        return failed(f"wecom_{code}" if isinstance(code, int) else "odd_answer")


def _markdown(letter: Letter) -> str:
    text = f"**{_escaped(letter.title)}**\n{_escaped(letter.text)}"
    link = f"\n[{_('Open')}]({letter.url})" if letter.url else ""
    return clipped(text, MOST_BYTES - len(link.encode())) + link


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
