"""The settings of channels. Secrets go in sealed and never come out to a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.db import transaction

from outpost.audit import deletions, editing
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.allowed_hosts import NotAllowedError, split_url
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.outgoing import outgoing
from outpost.core.signed_calls import LEAST_SECRET
from outpost.notifications import errors, queries, templates
from outpost.notifications.actions import EDIT_CHANNELS
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.mail import SCHEMES
from outpost.notifications.models import Channel, Delivery, Message
from outpost.notifications.recipients import PERSONAL, Medium
from outpost.notifications.rules import DeliveryState
from outpost.notifications.services.delivering import settings_of
from outpost.notifications.services.second_word import ask_for_channel, needs_second_word
from outpost.notifications.services.sending import deliver_to, target_of

EDIT = EDIT_CHANNELS
TEST_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What an administrator has filled in. An empty secret keeps the one that is stored."""

    name: str
    per_minute: int
    values: Mapping[str, str]


@transaction.atomic
def add_channel(kind: str, settings: ChannelSettings, *, actor: Actor, at: datetime) -> Channel:
    """A new channel, switched off until it was tested. Raises NOT_FOUND for an unknown kind."""
    actor.require(EDIT)
    if kind not in KINDS:
        raise Refusal(NOT_FOUND)
    channel = Channel(kind=kind, medium=KINDS[kind].medium.value, created_at=at)
    _fill(channel, settings, {}, at=at)
    channel.save(force_insert=True)
    _record("added", channel, actor=actor, at=at)
    return channel


@transaction.atomic
def change_channel(
    channel_id: UUID, settings: ChannelSettings, *, actor: Actor, at: datetime, seen: str = ""
) -> Channel:
    """Change a channel's settings. Where its peer changes, secrets must be typed again: nobody may have them sent
    to another host without knowing them. `seen` is what the form showed (`audit.editing`).

    One that is on and carries passcodes stays as it is; the change is a channel of its own, which takes its place with
    the second word. Returns the channel that was changed or made."""
    channel = _locked(channel_id, actor=actor)
    editing.refuse_unread(seen, queries.edited_channel(channel))
    before = settings_of(channel)
    places = [
        f.name
        for f in KINDS[channel.kind].fields
        if f.kind == "url" or f.name in {"host", "port", "security"}
    ]
    has_moved = any(settings.values.get(name, "") != before.get(name, "") for name in places)
    secrets = {f.name for f in KINDS[channel.kind].fields if f.is_secret}
    kept = {name: before.get(name, "") for name in secrets}
    if has_moved and any(kept[name] and not settings.values.get(name) for name in secrets):
        raise Refusal(errors.SECRETS_AGAIN)
    is_other = any((settings.values.get(name) or kept.get(name, "")) != before[name] for name in before)
    if channel.is_on and is_other and needs_second_word(channel, actor):
        return _successor(channel, settings, kept, actor=actor, at=at)
    _fill(channel, settings, kept, at=at)
    channel.paused_until_at, channel.asked_by, channel.asked_at = (
        None,
        "",
        None,
    )  # nobody agrees to what they did not see
    changed = ["name", "per_minute", "settings", "sealed_secrets", "paused_until_at", "updated_at"]
    channel.save(update_fields=[*changed, "asked_by", "asked_at"])
    _record("changed", channel, actor=actor, at=at)
    return channel


def _successor(
    channel: Channel, settings: ChannelSettings, kept: Mapping[str, str], *, actor: Actor, at: datetime
) -> Channel:
    successor = Channel(kind=channel.kind, medium=channel.medium, created_at=at)
    _fill(successor, settings, kept, at=at)
    successor.save(force_insert=True)
    _record("added", successor, actor=actor, at=at)
    ask_for_channel(successor, actor=actor, at=at)
    return successor


@transaction.atomic
def switch_channel(channel_id: UUID, *, is_on: bool, actor: Actor, at: datetime) -> None:
    """Switch a channel on or off; on, one that carries passcodes waits for a second word.

    Raises ANOTHER_ON when one of the same way is on."""
    channel = _locked(channel_id, actor=actor)
    if is_on and channel.medium in PERSONAL:
        other = Channel.objects.select_for_update().filter(medium=channel.medium, is_on=True)
        clashing = other.exclude(id=channel_id).first()
        if clashing is not None:
            raise Refusal(errors.ANOTHER_ON, name=clashing.name)
    if channel.is_on == is_on and channel.asked_at is None:
        return
    if is_on and needs_second_word(channel, actor):
        ask_for_channel(channel, actor=actor, at=at)
        return
    channel.is_on, channel.paused_until_at, channel.updated_at = is_on, None, at
    channel.asked_by, channel.asked_at = "", None
    channel.save(update_fields=["is_on", "paused_until_at", "asked_by", "asked_at", "updated_at"])
    _record("switched_on" if is_on else "switched_off", channel, actor=actor, at=at)


@transaction.atomic
def remove_channel(channel_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Remove a channel; what waited for it becomes dead letters, and the log stays. Its secrets lie sealed for as long
    as it can be put back, then they go with it (`forget_channels`)."""
    channel = _locked(channel_id, actor=actor)
    Delivery.objects.filter(channel=channel, next_at__isnull=False).update(
        channel=None,
        state=DeliveryState.DEAD,
        next_at=None,
        finished_at=at,
        code="channel_removed",
        sealed_address=None,
    )
    deletions.remember(
        "notifications.channel",
        [channel.id],
        actor=actor,
        at=at,
        parts={"channels": 1},
        kept={"is_on": channel.is_on},
    )
    channel.is_on, channel.removed_at, channel.updated_at = False, at, at
    channel.asked_by, channel.asked_at = "", None
    channel.save(update_fields=["is_on", "removed_at", "asked_by", "asked_at", "updated_at"])
    _record("removed", channel, actor=actor, at=at)


def forget_channels(*, at: datetime) -> int:
    """Remove the channels for good, with their secrets, that cannot be put back any more; returns how many."""
    gone = list(Channel.objects.filter(removed_at__lte=at - deletions.KEPT_FOR))
    for channel in gone:
        channel.delete()
    return len(gone)


@transaction.atomic
def send_test(channel_id: UUID, address: str, *, actor: Actor, at: datetime) -> UUID:
    """Send a test by a channel, on or off; returns the delivery to look at. Tried once."""
    channel = _locked(channel_id, actor=actor)
    address = "" if channel.medium == Medium.GROUP else address.strip()
    if not address and channel.medium != Medium.GROUP:
        raise Refusal(errors.TEST_ADDRESS)
    message = Message(
        template=templates.TEST,
        dedupe_key=f"test:{new_id()}",
        is_urgent=True,
        created_at=at,
        expires_at=at + TEST_LIFE,
    )
    message.save(force_insert=True)
    (delivery,) = deliver_to(message, [target_of(channel, address)], at=at)
    _record("tested", channel, actor=actor, at=at)
    return delivery.id


def _locked(channel_id: UUID, *, actor: Actor) -> Channel:
    actor.require(EDIT)
    found = Channel.objects.select_for_update().filter(id=channel_id, removed_at__isnull=True)
    return or_not_found(found.first())


def _fill(channel: Channel, settings: ChannelSettings, kept: Mapping[str, str], *, at: datetime) -> None:
    """Put the values into the row, secrets sealed. Raises when its peer cannot be called from here."""
    fields = KINDS[channel.kind].fields
    values = {f.name: settings.values.get(f.name) or kept.get(f.name, "") for f in fields}
    _check_peer(channel.kind, values)
    secrets = {f.name: values[f.name] for f in fields if f.is_secret}
    channel.name, channel.updated_at = settings.name, at
    channel.per_minute = min(settings.per_minute, KINDS[channel.kind].per_minute)
    channel.settings = {f.name: values[f.name] for f in fields if not f.is_secret}
    channel.sealed_secrets = ring().seal(orjson.dumps(secrets), channel.sealing_context)


def _check_peer(kind: str, values: Mapping[str, str]) -> None:
    """Say now what every delivery would say later: a host that is not listed, no address at all, a weak secret."""
    allowed = outgoing().allowed
    urls = [values[f.name] for f in KINDS[kind].fields if f.kind == "url"]
    try:
        for url in urls:
            allowed.check_url(split_url(url))
        if kind == "email":
            allowed.check_name(SCHEMES[values["security"]], values["host"], int(values["port"]))
    except NotAllowedError as error:
        if error.reason == "bad_address":
            raise Refusal(errors.BAD_ADDRESS) from None
        host = urlsplit(urls[0]).netloc if urls else f"{values['host']}:{values['port']}"
        raise Refusal(errors.HOST_NOT_LISTED, host=host) from None
    if kind == "webhook" and len(values["secret"]) < LEAST_SECRET:
        raise Refusal(errors.SECRET_SHORT, found=len(values["secret"]), least=LEAST_SECRET)


def _record(what: str, channel: Channel, *, actor: Actor, at: datetime) -> None:
    detail = {"kind": channel.kind}
    record(f"notifications.channel_{what}", actor=actor, at=at, object_id=channel.id, detail=detail)
