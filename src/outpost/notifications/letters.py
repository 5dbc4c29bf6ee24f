"""From a stored message to the letter that a channel sends, in the language of the deployment."""

from datetime import datetime

import orjson
from django.conf import settings
from django.utils.translation import override

from outpost.core.crypto import ring
from outpost.exchange.registry import label_of
from outpost.notifications import templates
from outpost.notifications.channels.base import Letter
from outpost.notifications.models import Delivery, Message


def letter_of(delivery: Delivery, *, at: datetime) -> Letter:
    """The letter of a delivery, as it is sent at this instant."""
    message = delivery.message
    with override(settings.LANGUAGE_CODE):
        values = _values(message)
        return Letter(
            id=delivery.id,
            template=message.template,
            title=templates.title_of(message.template),
            text=templates.said(message.template, values),
            url=f"{settings.OUTPOST_SITE}{message.link}" if settings.OUTPOST_SITE and message.link else "",
            values={name: str(value) for name, value in values.items()},
            created_at=message.created_at,
            sent_at=at,
        )


def _values(message: Message) -> dict[str, str | int]:
    values: dict[str, str | int] = dict(message.params)
    if message.sealed_params is not None:
        values |= orjson.loads(ring().open(message.sealed_params, message.sealing_context))
    if "kind" in values:  # the name of a kind of file
        values["kind"] = label_of(
            str(values["kind"]), is_export=message.template.startswith("exchange.export_")
        )
    return values
