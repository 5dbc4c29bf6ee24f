"""A signed webhook for systems next door.

The body is one JSON object. Headers, which are part of the interface:

    Outpost-Id         the delivery's id, the same at each attempt: take an id once and answer 2xx for it again
    Outpost-Timestamp  seconds since 1970 when this attempt was signed
    Outpost-Signature  v1=<hex>, HMAC-SHA256 under the shared secret over "<timestamp>.<body>"

A receiver refuses a timestamp more than five minutes away from its own clock, so that nothing is replayed later.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.notifications.channels.base import (
    JSON,
    SENT,
    Channel,
    Field,
    Letter,
    Receipt,
    Settings,
    failed,
    raise_for_status,
    refused,
)
from outpost.notifications.recipients import Medium

ID, TIMESTAMP, SIGNATURE = "Outpost-Id", "Outpost-Timestamp", "Outpost-Signature"
WINDOW = timedelta(minutes=5)
LEAST_SECRET = 16


class Webhook(Channel):
    """One POST a message."""

    kind = "webhook"
    medium = Medium.GROUP
    label = _("Signed webhook")
    per_minute = 600
    is_idempotent = True
    fields = (
        Field("url", _("Address"), "url"),
        Field(
            "secret",
            _("Shared secret"),
            hint=_("At least 16 characters; the receiver checks the signature with the same."),
            is_secret=True,
        ),
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:  # noqa: ARG002 - a group has no address
        """Post the signed message. Any 2xx is taken; 400, 410 and 422 end it; everything else is tried again."""
        body = orjson.dumps(
            {
                "id": str(letter.id),
                "template": letter.template,
                "title": letter.title,
                "text": letter.text,
                "url": letter.url,
                "values": dict(letter.values),
                "created_at": letter.created_at.isoformat(),
            }
        )
        timestamp = str(int(letter.sent_at.timestamp()))
        headers = {
            **JSON,
            ID: str(letter.id),
            TIMESTAMP: timestamp,
            SIGNATURE: signature(settings["secret"], timestamp, body),
        }
        answer = settings.out.call("POST", settings["url"], headers=headers, body=body)
        raise_for_status(answer)
        if answer.is_success:
            return SENT
        if answer.status in {400, 410, 422}:
            return refused(f"http_{answer.status}")
        return failed(f"http_{answer.status}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in `Outpost-Signature`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def is_genuine(headers: Mapping[str, str], body: bytes, *, secret: str, at: datetime) -> bool:
    """What a receiver must check before it believes a message: the signature, and that it is fresh."""
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    is_fresh = abs(at.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
    expected = signature(secret, timestamp, body)
    return is_fresh and hmac.compare_digest(headers.get(SIGNATURE, "").encode(), expected.encode())
