"""Whom a message about their order can reach, and why it cannot reach the others: known before anything goes out.

Health knows nobody above it: `config.wiring` hands in who knows the phones of people who are held.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Notices:
    """Of so many people: who gets a message; who is on no site, waits 待核验, or has no phone on record."""

    told: int
    elsewhere: int
    unverified: int
    no_phone: int


Reached = Callable[[Collection[UUID]], Notices]
_reached: list[Reached] = []


def register(reached: Reached) -> None:
    """Have it asked; a repetition changes nothing."""
    if reached not in _reached:
        _reached.append(reached)


def notices_of(people: Collection[UUID]) -> Notices:
    """Of these, each by one of their documents. Without a module that reaches anybody all are registered nowhere."""
    return _reached[0](people) if _reached else Notices(0, len(people), 0, 0)
