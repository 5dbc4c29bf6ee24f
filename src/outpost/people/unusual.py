"""What reading of identities is unusual, judged from the looks of one day. Pure.

No people are assigned to an officer yet, so that every person counts. An employer's look at own staff is no look here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NIGHT_BEGINS, NIGHT_ENDS = 22, 6  # hours of the local day


class Rule(StrEnum):
    PEOPLE = "people"  # one reader, many people in a day
    READERS = "readers"  # one person, many readers in a day
    NIGHT = "night"  # one reader, many people at night
    TRIES = "tries"  # one reader, many masked numbers tried
    SHORT_LIVED = "short_lived"  # one account, many people added and soon taken out again
    EXPORTS = "exports"  # one reader, several files that together needed a second person


@dataclass(frozen=True, slots=True)
class UnusualLimits:
    """The most of each that is not unusual."""

    people: int = 200
    readers: int = 5
    night: int = 50
    exports: int = 5000


@dataclass(frozen=True, slots=True)
class Look:
    """One look: who, when (local), at whom; or a file in clear of so many rows that nobody else agreed to."""

    who: str
    at: datetime
    people: frozenset[str] = frozenset()
    rows: int = 0

    @property
    def is_at_night(self) -> bool:
        return self.at.hour >= NIGHT_BEGINS or self.at.hour < NIGHT_ENDS


@dataclass(frozen=True, slots=True, order=True)
class Signal:
    """A rule that the day's looks break. `subject`: the reader, or for READERS the person."""

    rule: Rule
    subject: str
    found: int
    limit: int


@dataclass(slots=True)
class _Reader:
    people: set[str] = field(default_factory=set)
    at_night: set[str] = field(default_factory=set)
    rows: int = 0
    rows_at_night: int = 0


def signals(looks: Iterable[Look], limits: UnusualLimits) -> list[Signal]:
    """What is unusual among the looks of one local day, sorted."""
    readers: dict[str, _Reader] = defaultdict(_Reader)
    read_by: dict[str, set[str]] = defaultdict(set)
    for look in looks:
        reader = readers[look.who]
        reader.people |= look.people
        reader.rows += look.rows
        if look.is_at_night:
            reader.at_night |= look.people
            reader.rows_at_night += look.rows
        for person in look.people:
            read_by[person].add(look.who)
    found = [Signal(Rule.READERS, person, len(who), limits.readers) for person, who in read_by.items()]
    for who, reader in readers.items():
        night = len(reader.at_night) + reader.rows_at_night
        found += [
            Signal(Rule.PEOPLE, who, len(reader.people), limits.people),
            Signal(Rule.NIGHT, who, night, limits.night),
            Signal(Rule.EXPORTS, who, reader.rows, limits.exports),
        ]
    return sorted(one for one in found if one.found > one.limit)
