"""Reads of the inbox, the channels and the log of deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, last_act
from outpost.core.actor import Actor
from outpost.core.db import value_of
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.exchange.registry import label_of
from outpost.notifications import templates
from outpost.notifications.actions import AGREE_CHANNELS, EDIT_CHANNELS, SEE_DELIVERIES
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.sms_templates import OF_MESSAGE, TEMPLATES
from outpost.notifications.channels.sms_templates import stated as said_of
from outpost.notifications.models import Channel, Delivery, InboxMessage
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import DeliveryState


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
    waiting = "SELECT count(*) FROM notifications_inboxmessage WHERE user_id = %s AND read_at IS NULL"
    return int(value_of(waiting, [user_id]))  # on every page: to build this query took longer than to ask it


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
    return templates.said(message.template, params)


@dataclass(frozen=True, slots=True)
class ChannelOn:
    """A channel that messages can go out by, for pages that offer a choice."""

    id: UUID
    medium: Medium
    name: str


def channels_on() -> list[ChannelOn]:
    """The channels that are on, by name. Groups are chosen one by one, the other media by their `medium`."""
    return [
        ChannelOn(channel.id, Medium(channel.medium), channel.name)
        for channel in Channel.objects.filter(is_on=True).order_by("name")
    ]


def medium_is_on(medium: Medium) -> bool:
    """Whether a channel of this medium is on, and sends."""
    return not settings.OUTPOST_SENDING_HELD and Channel.objects.filter(medium=medium, is_on=True).exists()


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel in the list of settings."""

    id: UUID
    name: str
    kind: str
    is_on: bool
    per_minute: int
    waiting: int
    dead: int
    is_resting: bool


def channels(*, actor: Actor, at: datetime) -> list[ChannelRow]:
    """All channels with how much waits and what died, by name, for who sets them up."""
    if not actor.may(EDIT_CHANNELS):
        return []
    rows = (
        Channel.objects.filter(removed_at__isnull=True)
        .order_by("name", "created_at")
        .annotate(waiting=_count(next_at__isnull=False), dead=_count(state=DeliveryState.DEAD))
    )
    return [
        ChannelRow(
            id=row.id,
            name=row.name,
            kind=str(KINDS[row.kind].label),
            is_on=row.is_on,
            per_minute=row.per_minute,
            waiting=row.waiting,
            dead=row.dead,
            is_resting=row.paused_until_at is not None and row.paused_until_at > at,
        )
        for row in rows
    ]


def waiting_channels(*, actor: Actor) -> list[Channel]:
    """Channels that wait for the second word, for who gives it."""
    if not actor.may(AGREE_CHANNELS):
        return []
    waiting = Channel.objects.filter(asked_at__isnull=False, removed_at__isnull=True)
    return list(waiting.exclude(asked_by=actor.id).order_by("asked_at"))


def _count(**conditions: object) -> Coalesce:
    found = Delivery.objects.filter(channel=OuterRef("pk"), **conditions).order_by().values("channel")
    return Coalesce(Subquery(found.annotate(n=Count("*")).values("n")), 0)


def channel(channel_id: UUID, *, actor: Actor) -> Channel:
    """One channel to edit. Raises NOT_FOUND."""
    found = Channel.objects.filter(id=channel_id, removed_at__isnull=True).first()
    if found is None or not actor.may(EDIT_CHANNELS):
        raise Refusal(NOT_FOUND)
    return found


def edited_channel(row: Channel) -> Edited:
    """What a form shows of a channel; its secrets are not shown, and an empty one stays."""
    plain = {name: value for name, value in row.settings.items() if name != TEMPLATES.name}
    by_message = said_of(row.settings.get(TEMPLATES.name, ""))
    stated = {
        "name": row.name,
        "per_minute": str(row.per_minute),
        **plain,
        **{OF_MESSAGE + name: text for name, text in by_message.items()},
    }
    names: dict[str, str | Promise] = {
        "name": _("Name"),
        "per_minute": _("At most so many messages a minute"),
    }
    names |= {setting.name: setting.label for setting in KINDS[row.kind].fields}
    names |= {OF_MESSAGE + name: text for name, text in templates.all_texts()}
    last = last_act(row.id, "notifications.channel_added", "notifications.channel_changed")
    return Edited(row.id, stated, last, names)


def deliveries(*, actor: Actor, channel: str = "", state: str = "", template: str = "") -> QuerySet[Delivery]:
    """The log of deliveries, filtered, for who runs the system."""
    found = Delivery.objects.select_related("message", "channel")
    if not actor.may(SEE_DELIVERIES):
        return found.none()
    if channel:
        found = found.filter(channel_id=channel)
    if state:
        found = found.filter(state=state)
    if template:
        found = found.filter(message__template=template)
    return found


def delivery(delivery_id: UUID, *, actor: Actor) -> Delivery:
    """One delivery. Raises NOT_FOUND."""
    return or_not_found(deliveries(actor=actor).filter(id=delivery_id).first())
