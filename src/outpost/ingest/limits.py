"""How often one person may check in. Nothing is counted by address: a whole mall shares one."""

from collections import Counter
from uuid import UUID

SPAN = 60.0
MOST = 60
"""Check-ins of a person in a span: a phone that sends what it kept offline, never a flood."""


class Limits:
    """Counted in this process alone, in spans that all begin together, so that little is remembered."""

    def __init__(self) -> None:
        self._span = -1
        self._taken: Counter[UUID] = Counter()

    def is_over(self, person_id: UUID, now: float) -> bool:
        """Count one of this person, at so many seconds; whether it is one too many."""
        if (span := int(now // SPAN)) != self._span:
            self._span = span
            self._taken.clear()
        self._taken[person_id] += 1
        return self._taken[person_id] > MOST
