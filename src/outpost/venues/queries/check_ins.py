"""Check-ins as pages and files show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from outpost.core import clock
from outpost.core.db import rows_of
from outpost.venues.models import CheckIn, Checkpoint, Conflict, Flow, Venue
from outpost.venues.rules import FARTHEST_BACK, NORMAL_UP_TO, CheckInSource, Mark

MEASURED, ABNORMAL = "measured", "abnormal"
"""Which temperatures a list shows."""


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """A check-in as a list shows it: without the person, whom only a search for a case may name (V1)."""

    occurred_at: datetime
    checkpoint: str
    source: CheckInSource | None
    temperature: Decimal | None
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class OwnCheckIn:
    """A check-in as its own person sees it."""

    occurred_at: datetime
    venue: str
    checkpoint: str
    mark: Mark | None


_OWN_VISITS = "SELECT * FROM venues_own_visits(%s, %s, %s, %s, %s)"
MOST_OWN = 500
"""More check-ins of a fortnight than anybody makes by hand."""


def checked_in(venue: Venue, on: date) -> int:
    """How many checked in at a venue in reach on a local day; `check_ins` are they, one by one."""
    counted = Flow.objects.filter(venue_id=venue.id, day=on).aggregate(total=Sum("check_ins"))
    return int(counted["total"] or 0)


def check_ins(
    venue: Venue,
    on: date,
    *,
    hour: int | None = None,
    checkpoint: str = "",
    temperature: str = "",
    mark: str = "",
) -> QuerySet[CheckIn]:
    """The check-ins at a venue in reach on a local day, in no order: those in an hour, by a checkpoint, with a
    temperature (MEASURED) or an abnormal one (ABNORMAL), with a mark."""
    condition = Q(venue_id=venue.id, day=on)
    if hour is not None:
        begins = clock.day_start(on) + timedelta(hours=hour)
        condition &= Q(occurred_at__gte=begins, occurred_at__lt=begins + timedelta(hours=1))
    if checkpoint:
        condition &= Q(checkpoint_id=checkpoint)
    if temperature:
        condition &= Q(temperature__gt=NORMAL_UP_TO if temperature == ABNORMAL else 0)
    if mark:
        condition &= Q(is_remote=mark == Mark.REMOTE)
    return CheckIn.objects.filter(condition).defer("person_id")


def without_names(
    venue: Venue,
    on: date,
    *,
    listed: int,
    temperature: str = "",
    hour: int | None = None,
    checkpoint: str = "",
    mark: str = "",
) -> int:
    """How many temperatures the flow counts beside those `listed` by `check_ins` for the same choice: a gate took them
    and registered nobody, so no check-in stands behind them."""
    if not temperature or mark:
        return 0
    found = Flow.objects.filter(venue_id=venue.id, day=on)
    if hour is not None:
        found = found.filter(hour=hour)
    if checkpoint:
        found = found.filter(checkpoint_id=checkpoint)
    counted = found.aggregate(total=Sum("abnormal" if temperature == ABNORMAL else "temperatures"))
    return max(int(counted["total"] or 0) - listed, 0)


def conflicts(venue: Venue) -> QuerySet[Conflict]:
    """What came later under the id of another check-in and names a venue in reach, in no order."""
    return Conflict.objects.filter(venue_id=venue.id).defer("person_id")


def check_in_rows(found: Iterable[CheckIn | Conflict]) -> list[CheckInRow]:
    """Those of a page."""
    rows = list(found)
    places = Checkpoint.objects.in_bulk({row.checkpoint_id for row in rows})
    return [
        CheckInRow(
            row.occurred_at,
            places[row.checkpoint_id].name,
            CheckInSource(row.source) if isinstance(row, CheckIn) else None,
            row.temperature,
            _mark(row.is_remote) if isinstance(row, CheckIn) else None,
        )
        for row in rows
    ]


def _mark(is_remote: bool) -> Mark | None:
    return Mark.REMOTE if is_remote else None


def own_check_ins(account_id: UUID, *, since: datetime | None, at: datetime) -> list[OwnCheckIn]:
    """Where the person for whom an account speaks checked in on the last 14 days, the last first. `since`: from when on
    an account whose card nobody has seen may know; of that time what a phone stated, never a form that was filled for
    the person. The database reads it for the account's own person alone."""
    first = max(since or at - FARTHEST_BACK, at - FARTHEST_BACK)
    source = "" if since is None else CheckInSource.PHONE.value
    rows = rows_of(_OWN_VISITS, [account_id, clock.local_day(first), first, source, MOST_OWN])
    places = Checkpoint.objects.select_related("venue").in_bulk(
        {checkpoint_id for _at, checkpoint_id, _remote in rows}
    )
    return [
        OwnCheckIn(occurred_at, place.venue.name, place.name, _mark(is_remote))
        for occurred_at, checkpoint_id, is_remote in rows
        if (place := places.get(checkpoint_id)) is not None
    ]
