"""The search for co-presence. It is kept in the audit before anything is read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.people import queries as people
from outpost.people import services as identities
from outpost.tracing import errors, rules
from outpost.tracing.actions import SEARCH
from outpost.tracing.rules import AT_ONCE, Meeting, Stay
from outpost.venues import visits
from outpost.venues.visits import Seen, VisitedVenue, Window

MOST_DAYS = 31
_UNKNOWN = VisitedVenue("", timedelta(hours=1))  # a venue that was purged before its check-ins


@dataclass(frozen=True, slots=True)
class Search:
    """Whose visits (a document's number), in which half-open span, on which ground; and what counts as a meeting."""

    document: str
    begins_at: datetime
    ends_at: datetime
    ground: str
    tolerance: timedelta = AT_ONCE
    same_checkpoint: bool = False

    def check(self) -> None:
        """Raises Refusal: GROUND_MISSING, SPAN_REVERSED, SPAN_TOO_LONG."""
        if not self.ground.strip():
            raise Refusal(errors.GROUND_MISSING)
        if self.begins_at >= self.ends_at:
            raise Refusal(errors.SPAN_REVERSED, begins=self.begins_at.isoformat())
        days = (self.ends_at - self.begins_at) / timedelta(days=1)
        if days > MOST_DAYS:
            raise Refusal(errors.SPAN_TOO_LONG, most=MOST_DAYS, found=round(days))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: how many visits of the case, who met it where. People are pseudonyms."""

    visits: int
    meetings: Sequence[Meeting]
    venues: Mapping[UUID, VisitedVenue]
    checkpoints: Mapping[UUID, str]

    @property
    def people(self) -> set[UUID]:
        return {one.person_id for one in self.meetings}

    def document(self, names: Mapping[UUID, str] | None = None) -> dict[str, Any]:
        """JSON-ready, as `outpost trace co-presence` prints it; with a name beside each pseudonym that has one."""
        return {
            "rule": rules.VERSION,
            "visits": self.visits,
            "people": len(self.people),
            "meetings": [self._told(one, names or {}) for one in self.meetings],
        }

    def _told(self, one: Meeting, names: Mapping[UUID, str]) -> dict[str, Any]:
        zone = clock.zone()
        named = {"name": names[one.person_id]} if one.person_id in names else {}
        return {
            "person": str(one.person_id),
            **named,
            "venue": self.venues.get(one.venue_id, _UNKNOWN).name,
            "checkpoint": self.checkpoints.get(one.checkpoint_id, ""),
            "from": one.begins_at.astimezone(zone).isoformat(),
            "to": one.ends_at.astimezone(zone).isoformat(),
            "minutes": one.minutes,
            "certainty": one.certainty.value,
        }


def search_co_presence(search: Search, *, actor: Actor, at: datetime) -> Found:
    """Who was at the same places at the same time as a case.

    Kept in the audit first, whatever comes of it. Raises Refusal: 403 without the right, what `Search.check` raises,
    and for a number that is none.
    """
    actor.require(SEARCH)
    search.check()
    case = people.holders(search.document, today=clock.local_day(at))
    with transaction.atomic():
        audit.record(
            "tracing.co_presence_searched",
            actor=actor,
            at=at,
            object_id=case[0],
            purpose=search.ground.strip(),
            detail={"from": search.begins_at.isoformat(), "to": search.ends_at.isoformat()},
        )
    return _found(search, case)


def reveal_met(found: Found, *, purpose: str, actor: Actor, at: datetime) -> dict[UUID, str]:
    """The names of whom a search found, for a stated purpose; the look is in the audit first. Raises Refusal as
    `people.services.reveal`."""
    shown = identities.reveal(found.people, purpose=purpose, actor=actor, at=at)
    return {person_id: one.name for person_id, one in shown.items()}


def _found(search: Search, case: Collection[UUID]) -> Found:
    seen = visits.visits_of(case, search.begins_at, search.ends_at)
    venues = visits.visited_venues({one.venue_id for one in seen})
    whole = (_stay(one, venues) for one in seen)
    own = [
        stay for one in whole if (stay := rules.clipped(one, search.begins_at, search.ends_at)) is not None
    ]
    met = rules.meetings(
        _pairs(own, venues, search.tolerance, case),
        tolerance=search.tolerance,
        same_checkpoint=search.same_checkpoint,
    )
    return Found(len(own), met, venues, visits.checkpoint_names({one.checkpoint_id for one in met}))


def _pairs(
    own: Sequence[Stay], venues: Mapping[UUID, VisitedVenue], tolerance: timedelta, case: Collection[UUID]
) -> Iterator[tuple[Stay, Stay]]:
    windows = [
        Window(
            one.venue_id,
            one.begins_at - tolerance,
            one.ends_at + tolerance,
            venues.get(one.venue_id, _UNKNOWN).usual,
        )
        for one in own
    ]
    for number, other in visits.seen_in(windows, but=case):
        yield own[number], _stay(other, venues)


def _stay(one: Seen, venues: Mapping[UUID, VisitedVenue]) -> Stay:
    usual_end = one.occurred_at + venues.get(one.venue_id, _UNKNOWN).usual
    return Stay(
        one.person_id,
        one.venue_id,
        one.checkpoint_id,
        one.occurred_at,
        one.left_at or usual_end,
        is_stated=one.left_at is not None,
    )
