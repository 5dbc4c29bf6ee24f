"""体温异常: noted with a gate's entry, told to the manager and the town, closed with what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.queries import accounts_over
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import Refusal
from outpost.core.rights import Role
from outpost.core.scoped import locked
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.regions.rules import REGION
from outpost.venues import errors
from outpost.venues.actions import RUN_VENUES
from outpost.venues.models import Abnormal, Venue
from outpost.venues.rules import VENUE, Outcome, Reading, Readings

SAID = "venues.abnormal_temperature"
_QUARTER = 15  # minutes: a broken thermometer is told of four times an hour, not four hundred times


def note_abnormal(readings: Sequence[Reading], *, at: datetime) -> int:
    """Note what gates measured, in the caller's transaction; returns how many are new. What is noted stays as it is.

    One that a second reading took back is noted as closed, and told to nobody.
    """
    known = set(Abnormal.objects.filter(id__in=[one.id for one in readings]).values_list("id", flat=True))
    new = {one.id: one for one in readings if one.id not in known}
    Abnormal.objects.bulk_create([_row(one, at=at) for one in new.values()], ignore_conflicts=True)
    for venue_id in sorted({one.venue_id for one in new.values() if not one.readings.is_taken_back}):
        _tell(Venue.objects.get(id=venue_id), at=at)
    return len(new)


def _row(one: Reading, *, at: datetime) -> Abnormal:
    return Abnormal(
        id=one.id,
        venue_id=one.venue_id,
        checkpoint_id=one.checkpoint_id,
        member_id=one.member_id,
        person_id=one.person_id,
        day=local_day(one.occurred_at),
        occurred_at=one.occurred_at,
        **taken(one.readings, "first"),
        isolated=one.isolated,
        noted_at=at,
        closed_at=at if one.readings.is_taken_back else None,
        outcome=Outcome.NORMAL if one.readings.is_taken_back else "",
    )


def taken(readings: Readings, first: str) -> dict[str, Any]:
    """The columns of both readings, of which the first is named so, and those of `models.Taken`."""
    return {
        first: readings.first,
        "second": readings.second,
        "method": readings.method,
        "second_method": readings.second_method,
        "second_after": readings.waited and readings.waited // timedelta(seconds=1),
        "failed": readings.failed,
        "failed_method": readings.failed_method,
    }


def _tell(venue: Venue, *, at: datetime) -> None:
    """The manager and the officers of the town; nothing of a person stands in it."""
    key = str(venue.id)
    told = [
        *accounts_over(Role.MANAGER, VENUE, [key]).get(key, []),
        *accounts_over(Role.TOWN, REGION, [venue.region_id]).get(venue.region_id, []),
    ]
    quarter = f"{at:%Y%m%d%H}{at.minute // _QUARTER}"
    dedupe, url = f"{SAID}:{key}:{quarter}", reverse("venues:temperatures")
    send(SAID, recipients=[Account(one) for one in told], dedupe=dedupe, at=at, url=url)


@transaction.atomic
def close_abnormal(abnormal_id: UUID, outcome: Outcome, *, actor: Actor, at: datetime) -> None:
    """Say what became of it; the first word stands. Raises Refusal: 403, NOT_FOUND outside the actor's reach,
    ABNORMAL_CLOSED."""
    actor.require(RUN_VENUES)
    (one,) = locked(Abnormal.objects.visible_to(actor, RUN_VENUES), [abnormal_id])
    if one.closed_at is not None:
        raise Refusal(errors.ABNORMAL_CLOSED)
    one.closed_at, one.closed_by, one.outcome = at, actor.id, outcome
    one.save(update_fields=["closed_at", "closed_by", "outcome"])
    audit.record("venues.abnormal_closed", actor=actor, at=at, object_id=one.id)
