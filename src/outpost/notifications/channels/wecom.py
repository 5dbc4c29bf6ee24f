"""WeCom application messages. Any base address, because 粤政易 and other government deployments are a WeCom of
their own. Rules: developer.work.weixin.qq.com/document/path/90236 (messages), 91039 (tokens), 90455 (error codes)."""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.outgoing import NoAnswerError
from outpost.core.signed_calls import JSON
from outpost.notifications.channels.base import (
    Channel,
    Field,
    Letter,
    PeerFailedError,
    Receipt,
    Settings,
    clipped,
    failed,
    json_of,
    refused,
)
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import Outcome

OFFICIAL = "https://qyapi.weixin.qq.com"
TOKEN_ENDED = frozenset({40014, 42001})
NOBODY = frozenset({40003, 81013, 60111})  # no such member, or none that the application may reach
BAD_CONTENT = frozenset({40058, 41011, 44004, 45002, 45003, 45004})
EARLY = timedelta(minutes=5)  # a token is renewed so long before it ends
REMEMBERED_SECONDS = 4 * 60 * 60  # the longest that the peer recognises a repetition
TITLE_BYTES, DESCRIPTION_BYTES = 128, 512


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends_at: datetime


class WeCom(Channel):
    """Text cards to members. A repeated request with the same content is recognised by the peer for four hours."""

    kind = "wecom"
    medium = Medium.WECOM
    label = _("WeCom application (also 粤政易)")
    per_minute = 600
    is_idempotent = True
    fields = (
        Field("base_url", _("Base address"), "url", default=OFFICIAL),
        Field("corp_id", _("Corp ID")),
        Field("agent_id", _("Agent ID"), "number"),
        Field("secret", _("Secret of the application"), is_secret=True),
    )

    def __init__(self) -> None:
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Send a text card, or plain text when the site's address is unknown (a card must link somewhere)."""
        answer = self._post(letter, address, settings, self._token(settings, letter.sent_at))
        if answer.get("errcode") in TOKEN_ENDED:
            token = self._token(settings, letter.sent_at, is_renewed=True)
            answer = self._post(letter, address, settings, token)
        return _receipt(answer, address)

    def _post(self, letter: Letter, address: str, settings: Settings, token: str) -> dict[str, Any]:
        url = f"{settings['base_url'].rstrip('/')}/cgi-bin/message/send?access_token={quote(token, safe='')}"
        body = orjson.dumps(_message(letter, address, settings))
        return json_of(settings.out.call("POST", url, headers=JSON, body=body))

    def _token(self, settings: Settings, at: datetime, *, is_renewed: bool = False) -> str:
        """The token of this application, kept until shortly before its end: the peer limits how often it is asked."""
        key = _application(settings)
        with self._lock:
            known = self._tokens.get(key)
            if known is None or is_renewed or known.ends_at - EARLY <= at:
                known = self._tokens[key] = _fetch_token(settings, at)
            return known.text


def _application(settings: Settings) -> str:
    parts = (settings["base_url"], settings["corp_id"], settings["secret"])
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _fetch_token(settings: Settings, at: datetime) -> _Token:
    """Raises an OutgoingError that says that nothing was delivered: no message was on its way yet."""
    query = urlencode({"corpid": settings["corp_id"], "corpsecret": settings["secret"]})
    url = f"{settings['base_url'].rstrip('/')}/cgi-bin/gettoken?{query}"
    try:
        answer = json_of(settings.out.call("GET", url))
    except NoAnswerError as error:
        raise PeerFailedError(f"token_{error.reason}") from None
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if answer.get("errcode") or not isinstance(text, str) or not isinstance(seconds, int):
        raise PeerFailedError(f"wecom_{_number(answer.get('errcode'))}")
    return _Token(text, at + timedelta(seconds=seconds))


def _message(letter: Letter, address: str, settings: Settings) -> dict[str, Any]:
    """The body. Its time line keeps two messages of the same words apart, and an attempt like the one before it."""
    common = {
        "touser": address,
        "agentid": int(settings["agent_id"]),
        "enable_duplicate_check": 1,
        "duplicate_check_interval": REMEMBERED_SECONDS,
    }
    local = letter.created_at.astimezone(clock.zone())
    time_line = f"{local:%Y-%m-%d %H:%M:%S}"
    if not letter.url:
        return {
            **common,
            "msgtype": "text",
            "text": {"content": f"{letter.title}\n{letter.text}\n{time_line}"},
        }
    room = DESCRIPTION_BYTES - 60
    description = f'<div class="gray">{time_line}</div><div>{clipped(escape(letter.text), room)}</div>'
    card = {"title": clipped(letter.title, TITLE_BYTES), "description": description, "url": letter.url}
    return {**common, "msgtype": "textcard", "textcard": card}


def _receipt(answer: dict[str, Any], address: str) -> Receipt:
    code = answer.get("errcode")
    if code == 0:
        invalid = str(answer.get("invaliduser") or "").lower().split("|")
        unlicensed = str(answer.get("unlicenseduser") or "").lower().split("|")
        if address.lower() in invalid or address.lower() in unlicensed:
            return refused("address_unknown")
        return Receipt(Outcome.SENT, peer_id=str(answer.get("msgid") or ""))
    if code in NOBODY:
        return refused("address_unknown")
    if code in BAD_CONTENT:
        return refused(f"wecom_{code}")
    return failed(f"wecom_{_number(code)}")


def _number(code: object) -> str:
    """An error code for the log; whatever is no number must not get there."""
    return str(code) if isinstance(code, int) else "odd_answer"
