"""A venue that was closed by hand comes back as it was, its codes with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit import services as audit
from outpost.audit.deletions import Restorable, few, ids_of, mark, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.exchange.merge import wait_for_import
from outpost.venues import errors
from outpost.venues.actions import RUN_VENUES
from outpost.venues.models import Venue
from outpost.venues.queries.venues import town_name
from outpost.venues.services.ledger import tell_lanes
from outpost.venues.services.running import KEY, KIND

RESTORED = "venues.restored"


def restore_venue(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Open a closed venue again. Raises Refusal: NOT_FOUND outside the actor's scope, NAME_TAKEN, MANAGER_TAKEN."""
    wait_for_import("venues_venue")
    (venue,) = lock_rows(Venue.objects.visible_to(actor, RUN_VENUES), deletion.object_ids)
    if venue.removed_at != deletion.deleted_at:
        return
    living = Venue.objects.current()
    if living.filter(region=venue.region_id, name=venue.name).exists():
        raise Refusal(errors.NAME_TAKEN, name=venue.name, town=town_name(venue))
    managed = living.filter(manager_phone_hash=bytes(venue.manager_phone_hash), confirmed_at__isnull=False)
    if venue.confirmed_at is not None and managed.exists():
        raise Refusal(errors.MANAGER_TAKEN)
    mark(Venue.objects.all(), KEY, [venue.id], None, actor=actor, at=at, cause=RESTORED)
    tell_lanes()
    audit.record(RESTORED, actor=actor, at=at, object_id=venue.id)


def _names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    found = Venue.objects.visible_to(actor, RUN_VENUES).filter(id__in=ids_of(deletions))
    return names_within(deletions, {str(one.id): one.name for one in found}, few)


VENUES = (
    Restorable(
        KIND,
        RUN_VENUES,
        _("Venues"),
        _names,
        restore_venue,
        lambda deletion: reverse("venues:venue", args=deletion.object_ids),
    ),
)
