"""Reads of the inbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from outpost.exchange.registry import label_of
from outpost.notifications import templates
from outpost.notifications.models import InboxMessage


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as its reader sees it."""

    id: UUID
    text: str
    created_at: datetime
    is_read: bool
    has_link: bool


def unread_count(user_id: UUID) -> int:
    """How many messages wait to be read."""
    return InboxMessage.objects.filter(user_id=user_id, read_at__isnull=True).count()


def inbox(user_id: UUID) -> QuerySet[InboxMessage]:
    """All messages of one account, the latest first."""
    return InboxMessage.objects.filter(user_id=user_id).order_by("-created_at")


def shown(messages: Iterable[InboxMessage]) -> list[Shown]:
    """Messages in the active language."""
    return [
        Shown(
            id=message.id,
            text=_text(message),
            created_at=message.created_at,
            is_read=message.read_at is not None,
            has_link=bool(message.link),
        )
        for message in messages
    ]


def _text(message: InboxMessage) -> str:
    params = dict(message.params)
    if "kind" in params:
        is_export = message.template.startswith("exchange.export_")
        params["kind"] = label_of(params["kind"], is_export=is_export)
    return templates.text_of(message.template).format(**params)
