"""A signed webhook for systems next door.

The body is one JSON object; how it is signed, and what a receiver checks, says `core.signed_calls`.
"""

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.core.signed_calls import signed_headers
from outpost.notifications.channels.base import (
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
        headers = signed_headers(letter.id, body, secret=settings["secret"], at=letter.sent_at)
        answer = settings.out.call("POST", settings["url"], headers=headers, body=body)
        raise_for_status(answer)
        if answer.is_success:
            return SENT
        if answer.status in {400, 410, 422}:
            return refused(f"http_{answer.status}")
        return failed(f"http_{answer.status}")
