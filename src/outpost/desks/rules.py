"""What is decided about devices and their entries, from what is stated and known. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from outpost.core.errors import Problem, Refusal
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.desks import errors

DEVICE = "Outpost-Device"
"""The header in which a call names its device."""
PAIRING_LASTS = timedelta(minutes=10)
LONGEST_NAME = 40
LONGEST_APP = 40
MOST_ENTRIES = 200
LONGEST_SEALED = 8_000
"""Bytes of one sealed entry; a visit with all that can be stated has about a thousand."""
LONGEST_REASON = 200
MOST_BYTES = 2 * 1024 * 1024
FARTHEST_AHEAD = timedelta(minutes=5)
FARTHEST_BACK = timedelta(days=30)
SILENT_AFTER = timedelta(days=1)
"""After so long without a sync a device is shown as lagging."""
MOST_GAPS = 20
PIN_ROUNDS = 200_000
_PIN = re.compile(r"[0-9]{6}")


class State(Vocabulary):
    """What became of an entry."""

    KEPT = Word("kept", "已记录", "Recorded", Tone.GOOD)
    CONFLICT = Word("conflict", "有冲突", "In conflict", Tone.WARNING)
    REFUSED = Word("refused", "未记录", "Not recorded", Tone.BAD)


class Settled(Vocabulary):
    """How a person settled an entry that was not simply recorded."""

    ENTERED = Word("entered", "已人工补录", "Entered by hand", Tone.GOOD)
    DISMISSED = Word("dismissed", "不予补录", "Dismissed", Tone.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Times:
    """When an entry was made by the device's clock, and how far that was ahead of the server's (None: never known)."""

    at: datetime
    skew: timedelta | None

    @property
    def corrected(self) -> datetime:
        """The time that counts."""
        return self.at - (self.skew or timedelta())


def why_not(times: Times, *, at: datetime, revoked_at: datetime | None) -> Problem | None:
    """Why an entry does not count, received at an instant from a device that may have been revoked."""
    made_at = times.corrected
    if made_at > at + FARTHEST_AHEAD:
        return errors.TIME_AHEAD
    if made_at < at - FARTHEST_BACK:
        return errors.TIME_PAST
    return errors.REVOKED if revoked_at is not None and made_at >= revoked_at else None


def flag(times: Times, *, revoked_at: datetime | None, member_ended_at: datetime | None) -> Problem | None:
    """What a person should know of an entry that counts."""
    if member_ended_at is not None and times.corrected >= member_ended_at:
        return errors.MEMBER_ENDED
    if revoked_at is not None:
        return errors.LATE
    return errors.CLOCK_UNKNOWN if times.skew is None else None


def whole_to(known: int, came: Iterable[int]) -> int:
    """The number up to which all have come, from that of before and those beyond it."""
    for seq in sorted(set(came)):
        if seq > known + 1:
            break
        known = max(known, seq)
    return known


def gaps(known: int, came: Iterable[int]) -> list[tuple[int, int]]:
    """The numbers that are missing among those that came beyond `known`, as first and last; at most MOST_GAPS."""
    missing, last = [], known
    for seq in sorted({seq for seq in came if seq > known}):
        if seq > last + 1:
            missing.append((last + 1, seq - 1))
        last = seq
    return missing[:MOST_GAPS]


def check_pin(pin: str) -> str:
    """The same PIN. Raises Refusal PIN_DIGITS, PIN_EASY (one digit, or a run up or down)."""
    if not _PIN.fullmatch(pin):
        raise Refusal(errors.PIN_DIGITS)
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise Refusal(errors.PIN_EASY)
    return pin
