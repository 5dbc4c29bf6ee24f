"""A channel that was removed by hand comes back with its secrets, as long as they are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit.deletions import Restorable
from outpost.audit.models import Deletion
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.notifications.models import Channel
from outpost.notifications.services.channels import EDIT, switch_channel


def restore_channel(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put a channel back, switched on when it was on. What it had still to deliver stays dead letters.

    Raises Refusal: NOT_FOUND once its secrets are gone, ANOTHER_ON when another one took its place.
    """
    channel = or_not_found(Channel.objects.select_for_update().filter(id=deletion.object_ids[0]).first())
    channel.removed_at, channel.updated_at = None, at
    channel.save(update_fields=["removed_at", "updated_at"])
    if deletion.kept["is_on"]:
        switch_channel(channel.id, is_on=True, actor=actor, at=at)
    detail = {"kind": channel.kind}
    record("notifications.channel_restored", actor=actor, at=at, object_id=channel.id, detail=detail)


def _names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    if not actor.may(EDIT):
        return {}
    ids = [deletion.object_ids[0] for deletion in deletions]
    names = {str(one.id): one.name for one in Channel.objects.filter(id__in=ids)}
    return {one.id: names[one.object_ids[0]] for one in deletions if one.object_ids[0] in names}


CHANNELS = (
    Restorable(
        "notifications.channel",
        EDIT,
        _("Channel"),
        _names,
        restore_channel,
        lambda deletion: reverse("channels:channel", args=deletion.object_ids),
    ),
)
