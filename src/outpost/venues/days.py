"""The day partitions of check-ins: made ahead, dropped once they are empty and past. The owner's functions do both, for
the application owns no table (migration 0001)."""

from collections.abc import Iterator
from datetime import date, timedelta

from outpost.core.db import run
from outpost.venues.rules import FARTHEST_BACK

AHEAD = 14
"""Days; what a lane meets without a partition it makes itself."""
MAKE_DAY = "SELECT venues_make_day(%s)"
_DROP_DAYS = "SELECT venues_drop_days(%s)"


def keep_days(today: date) -> None:
    """Make the days that may be stated now and in the next weeks, drop the emptied ones before them."""
    for day in _wanted(today):
        run(MAKE_DAY, [day])
    run(_DROP_DAYS, [today - FARTHEST_BACK])


def _wanted(today: date) -> Iterator[date]:
    first = today - FARTHEST_BACK
    return (first + timedelta(days=n) for n in range(FARTHEST_BACK.days + AHEAD + 1))
