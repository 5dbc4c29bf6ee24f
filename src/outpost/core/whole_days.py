"""An instant of which only the day is known: the last microsecond of that day. Pure.

So it counts on its day, ages from the end of it, and lies before nothing of the next.
"""

from datetime import datetime

LAST_MICROSECOND = 999_999


def is_whole_day(at: datetime) -> bool:
    """Whether an instant stands for the day that it ends."""
    return at.microsecond == LAST_MICROSECOND
