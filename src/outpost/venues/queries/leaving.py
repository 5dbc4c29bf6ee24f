"""Reads of 离开打卡: the visits that an account may end. The database reads them for the account's own person alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outpost.core.db import rows_of
from outpost.people import queries as people
from outpost.venues.models import CheckIn, Checkpoint
from outpost.venues.rules import ENDED_WITHIN, CheckInSource, Leaving

_OPEN = "SELECT id, checkpoint_id, occurred_at FROM venues_open_visits(%s, %s, %s)"
_ONE = "SELECT venue_id, day, occurred_at FROM venues_open_visits(%s, %s, %s) WHERE id = %s"
_HAS_LEFT = "SELECT venues_has_left(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit that has not ended yet."""

    id: UUID
    occurred_at: datetime
    venue: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Sight:
    """From when on, and of which source, an account's own visits are shown to it."""

    since: datetime
    source: str


def sight(spoken: people.Spoken, *, at: datetime) -> Sight | None:
    """What of the last day an account may end; None while others act for a person whose card nobody has seen."""
    if not people.may_know_stated(spoken):
        return None
    alone = people.stated_alone_since(spoken)
    earliest = at - ENDED_WITHIN
    if alone is None:
        return Sight(earliest, "")
    return Sight(max(alone, earliest), CheckInSource.PHONE.value)


def open_visits(account_id: UUID, seen: Sight) -> Iterator[OpenVisit]:
    """The last one first."""
    rows = rows_of(_OPEN, [account_id, seen.since, seen.source])
    places = Checkpoint.objects.select_related("venue").in_bulk({place for _id, place, _at in rows})
    for id_, place, occurred_at in rows:
        found = places[place]
        yield OpenVisit(id_, occurred_at, found.venue.name, found.name)


def leaving_of(account_id: UUID, seen: Sight, visit_id: UUID, left_at: datetime) -> Leaving | None:
    """What ends where the account leaves one of its open visits; None for any other."""
    for venue_id, day, came_at in rows_of(_ONE, [account_id, seen.since, seen.source, visit_id]):
        visit = CheckIn.objects.filter(venue_id=venue_id, day=day, id=visit_id)
        return Leaving(left_at, came_at, visit.values_list("received_at", flat=True).get())
    return None


def has_left(account_id: UUID, visit_id: UUID, left_at: datetime) -> bool:
    """Whether a visit of the account's own ended at that very instant: somebody says again what is known."""
    return bool(rows_of(_HAS_LEFT, [account_id, visit_id, left_at])[0][0])


def has_open_visit(account_id: UUID, spoken: people.Spoken, *, at: datetime) -> bool:
    """Whether there is one to be ended."""
    seen = sight(spoken, at=at)
    return seen is not None and any(True for _ in open_visits(account_id, seen))
