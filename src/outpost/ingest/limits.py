"""How often one person may check in, and how much of the lane one venue may have. Nothing is counted by address, which
a whole mall shares."""

from collections import Counter
from uuid import UUID

SPAN = 60.0
MOST = 60
"""Check-ins of a person in a span: a phone that sends what it kept offline, never a flood."""


class Limits:
    """Counted in this process alone, in spans that all begin together, so that little is remembered. `most`: of one
    person or venue in a span."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._span = -1
        self._taken: Counter[UUID] = Counter()

    def is_over(self, whose: UUID, now: float) -> bool:
        """Count one of this person or venue, at so many seconds; whether it is one too many."""
        if (span := int(now // SPAN)) != self._span:
            self._span = span
            self._taken.clear()
        self._taken[whose] += 1
        return self._taken[whose] > self._most
