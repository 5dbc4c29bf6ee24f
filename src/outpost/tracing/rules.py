"""What counts as co-presence 时空伴随: two stays at one place that overlap. Pure.

A stay is half-open: who comes the instant another goes does not meet them. It lasts from check-in to check-out; where
nobody stated a check-out it lasts as long as people usually stay in such a venue, and what follows from that is told
apart. Stays are instants, so midnight ends none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from outpost.core.vocabulary import Vocabulary, Word

VERSION = "1"
"""Of this rule: a list says by which it was made."""
AT_ONCE = timedelta()


class Certainty(Vocabulary):
    """What a meeting rests on."""

    STATED = Word("stated", "有离开记录", "Check-outs on record")
    USUAL_STAY = Word("usual_stay", "按通常停留推算", "By the usual stay")


class Stay(NamedTuple):
    """Somebody at a checkpoint of a venue from an instant to another. `is_stated`: the end is on record."""

    person_id: UUID
    venue_id: UUID
    checkpoint_id: UUID
    begins_at: datetime
    ends_at: datetime
    is_stated: bool


class Meeting(NamedTuple):
    """Somebody beside a case at a venue without a break; the checkpoint is the first by which they came."""

    person_id: UUID
    venue_id: UUID
    checkpoint_id: UUID
    begins_at: datetime
    ends_at: datetime
    certainty: Certainty

    @property
    def minutes(self) -> int:
        """Its length, a minute that was begun as a whole one."""
        return -((self.begins_at - self.ends_at) // timedelta(minutes=1))


def clipped(stay: Stay, begins_at: datetime, ends_at: datetime) -> Stay | None:
    """What lies of a stay within a span; None of one outside."""
    inside = stay._replace(begins_at=max(stay.begins_at, begins_at), ends_at=min(stay.ends_at, ends_at))
    return inside if inside.begins_at < inside.ends_at else None


def meetings(
    pairs: Iterable[tuple[Stay, Stay]], *, tolerance: timedelta = AT_ONCE, same_checkpoint: bool = False
) -> list[Meeting]:
    """The meetings of a case, from pairs of one of its stays and somebody's who may have been there, in any order.

    `tolerance`: the case still counts as there for so long before and after. `same_checkpoint`: the whole venue is not
    enough. What touches is one meeting, however many check-ins it is made of; what rests on a usual stay never joins
    what is on record.
    """
    met: dict[tuple[UUID, UUID, Certainty], list[Meeting]] = defaultdict(list)
    for own, other in pairs:
        one = _overlap(own, other, tolerance)
        if one is not None and not (same_checkpoint and own.checkpoint_id != other.checkpoint_id):
            met[one.person_id, one.venue_id, one.certainty].append(one)
    found = [joined for parts in met.values() for joined in _joined(parts)]
    return sorted(found, key=lambda one: (one.begins_at, one.person_id, one.venue_id, one.certainty))


def _overlap(own: Stay, other: Stay, tolerance: timedelta) -> Meeting | None:
    begins_at = max(own.begins_at - tolerance, other.begins_at)
    ends_at = min(own.ends_at + tolerance, other.ends_at)
    if own.venue_id != other.venue_id or begins_at >= ends_at:
        return None
    certainty = Certainty.STATED if own.is_stated and other.is_stated else Certainty.USUAL_STAY
    return Meeting(other.person_id, other.venue_id, other.checkpoint_id, begins_at, ends_at, certainty)


def _joined(parts: Iterable[Meeting]) -> Iterator[Meeting]:
    """Meetings of one person at one venue, those that touch as one."""
    ordered = sorted(parts, key=lambda one: (one.begins_at, one.ends_at, one.checkpoint_id))
    current = ordered[0]
    for one in ordered[1:]:
        if one.begins_at > current.ends_at:
            yield current
            current = one
        elif one.ends_at > current.ends_at:
            current = current._replace(ends_at=one.ends_at)
    yield current
