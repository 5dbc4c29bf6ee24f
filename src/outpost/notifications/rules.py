"""What follows from an attempt to deliver: done, once more later, or a dead letter. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    REFUSED = "refused"  # the peer will never take it: a wrong address, a content that it forbids
    FAILED = "failed"  # certainly not delivered, may work later
    UNKNOWN = "unknown"  # no answer after the request was out: delivered or not


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"  # like waiting, but an attempt may have arrived
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"


OPEN = frozenset({DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN})
FINAL = frozenset(DeliveryState) - OPEN

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""How long to wait after the first, second, … failed attempt; after the last one the letter is dead."""

MOST_UNKNOWN = 2
"""Attempts without an answer at a peer that cannot tell a repetition: once more, so that nothing is lost, but no
flood of the same message."""

PAUSE = timedelta(minutes=1)
"""How long a channel rests after a fault of its peer, so that one slow peer does not hold the workers."""

LEASE = timedelta(minutes=2)
"""How long an attempt may last (its calls end much earlier); after that its worker is taken for dead."""

LIFE = timedelta(hours=24)
"""A message that could not be delivered for so long is no news any more."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a delivery becomes; `next_at` is when it is tried again, None when it has ended."""

    state: DeliveryState
    next_at: datetime | None


def next_step(
    outcome: Outcome, *, attempts: int, unknowns: int, is_idempotent: bool, at: datetime
) -> NextStep:
    """What follows from the attempt number `attempts`, `unknowns` of which (this one included) had no answer.

    `is_idempotent`: the peer recognises a repetition by our key, so that trying again does no harm.
    """
    if outcome is Outcome.SENT:
        return NextStep(DeliveryState.SENT, None)
    is_flood = outcome is Outcome.UNKNOWN and not is_idempotent and unknowns >= MOST_UNKNOWN
    if outcome is Outcome.REFUSED or is_flood or attempts > len(WAITS):
        return NextStep(DeliveryState.DEAD, None)
    state = DeliveryState.UNKNOWN if outcome is Outcome.UNKNOWN else DeliveryState.WAITING
    return NextStep(state, at + WAITS[attempts - 1])
