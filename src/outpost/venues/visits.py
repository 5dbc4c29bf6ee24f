"""Reads of visits for tracing: where somebody was, and who was at a venue at an instant. Whoever calls this has the
right to it and has kept the look in the audit; a page shows check-ins by `queries`."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from outpost.core import clock
from outpost.core.db import planned_with, rows_of
from outpost.venues.models import CheckIn, Checkpoint, Venue
from outpost.venues.rules import LONGEST_STAY

# Usual and stated stays apart: the former reach back for hours, the latter for days, but few state their end.
_BESIDE = """SELECT w.number, c.person_id, c.checkpoint_id, c.occurred_at, c.left_at
  FROM unnest(%(numbers)s::int[], %(venues)s::uuid[], %(from)s::timestamptz[], %(to)s::timestamptz[],
              %(usual)s::timestamptz[], %(usual_on)s::date[], %(last_on)s::date[])
       AS w (number, venue_id, begins, ends, since, first_on, last_on)
  JOIN venues_checkin c ON c.venue_id = w.venue_id AND c.day BETWEEN w.first_on AND w.last_on
   AND c.occurred_at > w.since AND c.occurred_at < w.ends AND c.left_at IS NULL
 WHERE c.person_id <> ALL(%(people)s::uuid[])
UNION ALL
SELECT w.number, c.person_id, c.checkpoint_id, c.occurred_at, c.left_at
  FROM unnest(%(numbers)s::int[], %(venues)s::uuid[], %(from)s::timestamptz[], %(to)s::timestamptz[],
              %(longest)s::timestamptz[], %(longest_on)s::date[], %(last_on)s::date[])
       AS w (number, venue_id, begins, ends, since, first_on, last_on)
  JOIN venues_checkin c ON c.venue_id = w.venue_id AND c.day BETWEEN w.first_on AND w.last_on
   AND c.occurred_at > w.since AND c.occurred_at < w.ends AND c.left_at > w.begins
 WHERE c.person_id <> ALL(%(people)s::uuid[])"""


@dataclass(frozen=True, slots=True)
class Seen:
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


def visits_of(people: Collection[UUID], begins_at: datetime, ends_at: datetime) -> list[Seen]:
    """The visits of somebody (all their documents) that may reach into a span, in the order of time."""
    since = begins_at - LONGEST_STAY
    days = clock.local_day(since), clock.local_day(ends_at)
    found = CheckIn.objects.filter(
        person_id__in=people, day__range=days, occurred_at__gt=since, occurred_at__lt=ends_at
    )
    rows = found.order_by("occurred_at", "id").values_list(
        "person_id", "venue_id", "checkpoint_id", "occurred_at", "left_at"
    )
    return [Seen(*row) for row in rows]


def seen_in(windows: Sequence[Window], *, but: Collection[UUID]) -> Iterator[tuple[int, Seen]]:
    """Whoever may have been in one of these windows, with its number: by index, whatever else is recorded. Whether they
    were is the rule's to say."""
    longest = [one.begins_at - LONGEST_STAY for one in windows]
    usual = [one.begins_at - one.usual for one in windows]
    values = {
        "numbers": list(range(len(windows))),
        "venues": [one.venue_id for one in windows],
        "from": [one.begins_at for one in windows],
        "to": [one.ends_at for one in windows],
        "usual": usual,
        "usual_on": list(map(clock.local_day, usual)),
        "longest": longest,
        "longest_on": list(map(clock.local_day, longest)),
        "last_on": [clock.local_day(one.ends_at) for one in windows],
        "people": list(but),
    }
    with planned_with(max_parallel_workers_per_gather="0"):  # to start them takes longer than the look-ups
        found = rows_of(_BESIDE, values)
    for number, person_id, checkpoint_id, occurred_at, left_at in found:
        yield number, Seen(person_id, windows[number].venue_id, checkpoint_id, occurred_at, left_at)


def visited_venues(ids: Collection[UUID]) -> dict[UUID, VisitedVenue]:
    """Those venues with the usual stay of their kinds."""
    rows = Venue.objects.filter(id__in=ids).values_list("id", "name", "kind__usual_minutes")
    return {id_: VisitedVenue(name, min(timedelta(minutes=usual), LONGEST_STAY)) for id_, name, usual in rows}


def checkpoint_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of checkpoints, closed ones too."""
    return dict(Checkpoint.objects.filter(id__in=ids).values_list("id", "name"))
