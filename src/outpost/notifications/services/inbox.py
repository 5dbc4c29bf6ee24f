"""Writing messages into inboxes, and marking them read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from outpost.core.errors import or_not_found
from outpost.notifications import templates
from outpost.notifications.models import InboxMessage


def tell(
    user_id: UUID,
    template: str,
    params: Mapping[str, str | int],
    *,
    link: str = "",
    dedupe_key: str,
    at: datetime,
) -> None:
    """Put one message into one inbox, in the caller's transaction; the same `dedupe_key` again does nothing.

    `params` are numbers and codes, never personal data; `kind` is the name of a kind of file. `link` is a path of
    this site.
    """
    tell_all([user_id], template, params, link=link, dedupe_key=dedupe_key, at=at)


def tell_all(
    user_ids: Iterable[UUID],
    template: str,
    params: Mapping[str, str | int],
    *,
    link: str,
    dedupe_key: str,
    at: datetime,
) -> None:
    """The same for many inboxes, in one statement."""
    if not templates.is_known(template):
        raise LookupError(f"no message template {template}")
    messages = [
        InboxMessage(
            user_id=user_id,
            template=template,
            params=dict(params),
            link=link,
            dedupe_key=dedupe_key,
            created_at=at,
        )
        for user_id in user_ids
    ]
    InboxMessage.objects.bulk_create(messages, ignore_conflicts=True)


def mark_read(message_id: UUID, *, user_id: UUID, at: datetime) -> InboxMessage:
    """Mark one's own message as read and return it. Raises Refusal 404 for anybody else's."""
    InboxMessage.objects.filter(id=message_id, user_id=user_id, read_at__isnull=True).update(read_at=at)
    return or_not_found(InboxMessage.objects.filter(id=message_id, user_id=user_id).first())


def mark_all_read(*, user_id: UUID, at: datetime) -> int:
    """Mark all of one's messages as read; returns how many were not."""
    return InboxMessage.objects.filter(user_id=user_id, read_at__isnull=True).update(read_at=at)
