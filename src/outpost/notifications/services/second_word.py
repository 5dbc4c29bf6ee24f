"""A channel that carries passcodes goes on with two words: the operator's, who sets it up, and the rights' keeper's.

Whoever chooses alone where passcodes go can have them all, and sign in as any principal (docs/adr/0018).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit.actions import SEE_AUDIT
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.notifications.actions import AGREE_CHANNELS, EDIT_CHANNELS
from outpost.notifications.models import Channel
from outpost.notifications.recipients import Account, Medium
from outpost.notifications.services.sending import send

PASSCODES_GO_BY = Medium.SMS
TOLD = (EDIT_CHANNELS, AGREE_CHANNELS, SEE_AUDIT)


def needs_second_word(channel: Channel, actor: Actor) -> bool:
    """Whether this actor may not put the channel on alone; from the server's own terminal everything goes."""
    return channel.medium == PASSCODES_GO_BY and not actor.is_system


def ask_for_channel(channel: Channel, *, actor: Actor, at: datetime) -> None:
    """Let a channel wait for the second word; both sides and the auditors are told. The caller saves nothing more."""
    channel.asked_by, channel.asked_at, channel.updated_at = actor.id, at, at
    channel.save(update_fields=["asked_by", "asked_at", "updated_at"])
    _tell("asked", channel, at=at)
    _record("asked", channel, actor=actor, at=at)


@transaction.atomic
def decide_channel(channel_id: UUID, *, is_agreed: bool, actor: Actor, at: datetime) -> None:
    """Put a channel on that waits, in the place of the one that is on, or let it stay off.

    Raises Refusal: 403, NOT_FOUND when it does not wait, is removed, or was asked for by the actor.
    """
    actor.require(AGREE_CHANNELS)
    waiting = Channel.objects.select_for_update().filter(asked_at__isnull=False, removed_at__isnull=True)
    channel = or_not_found(waiting.filter(id=channel_id).exclude(asked_by=actor.id).first())
    if is_agreed:
        others = Channel.objects.filter(medium=channel.medium, is_on=True)
        others.update(is_on=False, updated_at=at)
        channel.is_on, channel.paused_until_at = True, None
    detail = {"asked_by": channel.asked_by}
    channel.asked_by, channel.asked_at, channel.updated_at = "", None, at
    channel.save(update_fields=["is_on", "paused_until_at", "asked_by", "asked_at", "updated_at"])
    what = "agreed" if is_agreed else "declined"
    _tell(what, channel, at=at)
    _record(what, channel, actor=actor, at=at, **detail)


def _tell(what: str, channel: Channel, *, at: datetime) -> None:
    everybody = {user.id for action in TOLD for user in users_who_may(action)}
    send(
        f"notifications.channel_{what}",
        recipients=[Account(one) for one in sorted(everybody)],
        values={"name": channel.name},
        url=reverse("channels:waiting") if what == "asked" else "",
        dedupe=f"channel:{channel.id}:{what}:{at.isoformat()}",
        at=at,
    )


def _record(what: str, channel: Channel, *, actor: Actor, at: datetime, **detail: str) -> None:
    described = {"kind": channel.kind, **detail}
    record(f"notifications.channel_{what}", actor=actor, at=at, object_id=channel.id, detail=described)
