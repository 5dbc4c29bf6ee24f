"""Reads of visits for a case: where its person was, and who was at a venue at an instant.

The application may not read whose visit a check-in is. Two functions of the database's owner read it for a case
(`migrations/0002_visits_of_a_case.py`): they look themselves whether it is open, agreed to by a second officer, rests
on a positive result that stands, and holds the span. Whoever calls this has kept the look in the audit.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from outpost.core import clock
from outpost.core.db import rows_of
from outpost.venues.models import Checkpoint, Venue
from outpost.venues.rules import LONGEST_STAY

_OWN = "SELECT * FROM tracing_visits(%s, %s, %s)"
_BESIDE = """SELECT * FROM tracing_beside(%(case)s, %(begins_at)s, %(ends_at)s, %(numbers)s::int[], %(venues)s::uuid[],
    %(from)s::timestamptz[], %(to)s::timestamptz[], %(usual)s::timestamptz[], %(usual_on)s::date[],
    %(longest)s::timestamptz[], %(longest_on)s::date[], %(last_on)s::date[])"""


@dataclass(frozen=True, slots=True)
class Reading:
    """For which case, in which half-open span of its window, visits are read."""

    case_id: UUID
    begins_at: datetime
    ends_at: datetime


class Seen(NamedTuple):
    """A check-in with its check-out, None where none is known."""

    person_id: UUID
    venue_id: UUID
    checkpoint_id: UUID
    occurred_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """A venue from an instant to another (half-open), and how long people usually stay there."""

    venue_id: UUID
    begins_at: datetime
    ends_at: datetime
    usual: timedelta


@dataclass(frozen=True, slots=True)
class VisitedVenue:
    """What a search says of a venue, one that is gone as well."""

    name: str
    usual: timedelta


def visits_of(reading: Reading) -> list[Seen]:
    """The visits of the person of a case (all their documents) that may reach into the span, in the order of time."""
    return [Seen(*row) for row in rows_of(_OWN, [reading.case_id, reading.begins_at, reading.ends_at])]


def seen_in(reading: Reading, windows: Sequence[Window]) -> Iterator[tuple[int, Seen]]:
    """Whoever else may have been in one of these windows, with its number: by index, whatever else is recorded. Whether
    they were is the rule's to say. The windows are at venues where the person of the case was."""
    longest = [one.begins_at - LONGEST_STAY for one in windows]
    usual = [one.begins_at - one.usual for one in windows]
    values = {
        "case": reading.case_id,
        "begins_at": reading.begins_at,
        "ends_at": reading.ends_at,
        "numbers": list(range(len(windows))),
        "venues": [one.venue_id for one in windows],
        "from": [one.begins_at for one in windows],
        "to": [one.ends_at for one in windows],
        "usual": usual,
        "usual_on": list(map(clock.local_day, usual)),
        "longest": longest,
        "longest_on": list(map(clock.local_day, longest)),
        "last_on": [clock.local_day(one.ends_at) for one in windows],
    }
    for number, person_id, checkpoint_id, occurred_at, left_at in rows_of(_BESIDE, values):
        yield number, Seen(person_id, windows[number].venue_id, checkpoint_id, occurred_at, left_at)


def visited_venues(ids: Collection[UUID]) -> dict[UUID, VisitedVenue]:
    """Those venues with the usual stay of their kinds."""
    rows = Venue.objects.filter(id__in=ids).values_list("id", "name", "kind__usual_minutes")
    return {id_: VisitedVenue(name, min(timedelta(minutes=usual), LONGEST_STAY)) for id_, name, usual in rows}


def checkpoint_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of checkpoints, closed ones too."""
    return dict(Checkpoint.objects.filter(id__in=ids).values_list("id", "name"))
