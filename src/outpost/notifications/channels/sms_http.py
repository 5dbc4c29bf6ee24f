"""SMS by any HTTP gateway: method, address, headers and body as the gateway's own paper says."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.core.outgoing import Answer, NoAnswerError
from outpost.notifications.channels.base import (
    SENT,
    Channel,
    Field,
    Letter,
    PeerFailedError,
    Receipt,
    Settings,
    failed,
    raise_for_status,
)
from outpost.notifications.recipients import Medium

FORM, JSON_BODY, PLAIN = "form", "json", "text"
TYPES = {
    FORM: "application/x-www-form-urlencoded; charset=utf-8",
    JSON_BODY: "application/json; charset=utf-8",
    PLAIN: "text/plain; charset=utf-8",
}


class HttpSms(Channel):
    """One request a message. `{phone}`, `{text}` and `{id}` stand for what is sent, escaped as the body needs it."""

    kind = "sms_http"
    medium = Medium.SMS
    label = _("SMS by an HTTP gateway")
    per_minute = 600
    is_idempotent = False
    fields = (
        Field("method", _("Method"), "choice", default="POST", choices=(("POST", "POST"), ("GET", "GET"))),
        Field(
            "url",
            _("Address"),
            "url",
            hint=_("{phone}, {text} and {id} (the same at a repetition) are filled in."),
        ),
        Field(
            "content_type",
            _("Form of the body"),
            "choice",
            default=JSON_BODY,
            choices=((JSON_BODY, "JSON"), (FORM, _("form")), (PLAIN, _("plain text"))),
        ),
        Field(
            "headers",
            _("Headers"),
            "lines",
            hint=_("One a line, such as “Authorization: Bearer …”. Sealed, because they hold the key."),
            is_required=False,
            is_secret=True,
        ),
        Field(
            "body",
            _("Body"),
            "lines",
            default='{"phone": "{phone}", "content": "{text}", "id": "{id}"}',
            is_required=False,
            is_secret=True,
            hint=_("With the same places to fill in. Sealed, because gateways put their password here."),
        ),
        Field(
            "success_field",
            _("Field that tells success"),
            hint=_("In a JSON answer, such as “code” or “result.status”; empty: status 200 is enough."),
            is_required=False,
        ),
        Field("success_value", _("Its value when the message was taken"), is_required=False),
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Send one SMS with the text and, where it is known, the link."""
        filled = {"phone": address, "text": sms_text(letter), "id": str(letter.id)}
        escape = _ESCAPES[settings["content_type"]]
        body = _fill(settings["body"], filled, escape) if settings["method"] != "GET" else ""
        url = _fill(settings["url"], filled, _quoted)
        headers = {**_headers(settings["headers"])}
        if body:
            headers.setdefault("Content-Type", TYPES[settings["content_type"]])
        answer = settings.out.call(settings["method"], url, headers=headers, body=body.encode())
        return _receipt(answer, settings)


def sms_text(letter: Letter) -> str:
    """The text of an SMS with its link."""
    return f"{letter.text} {letter.url}".strip()


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _inside_json(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]


_ESCAPES: dict[str, Callable[[str], str]] = {FORM: _quoted, JSON_BODY: _inside_json, PLAIN: str}


def _fill(template: str, values: dict[str, str], escape: Callable[[str], str]) -> str:
    """Put the values into their places; other braces stay, as JSON has them."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", escape(value))
    return template


def _headers(lines: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _colon, value in pairs}


def _receipt(answer: Answer, settings: Settings) -> Receipt:
    raise_for_status(answer)
    if not answer.is_success:
        return failed(f"http_{answer.status}")
    if not settings["success_field"]:
        return SENT
    try:
        found: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise NoAnswerError("odd_answer") from None
    for key in settings["success_field"].split("."):
        if not isinstance(found, dict) or key not in found:
            raise NoAnswerError("odd_answer")
        found = found[key]
    said = str(found).lower() if isinstance(found, bool) else str(found)
    if said == settings["success_value"]:
        return SENT
    raise PeerFailedError("gateway_says_no")
