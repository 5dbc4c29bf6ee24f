"""The search for co-presence, within an open case alone. It is kept in the audit before anything is read; an attempt
without a case, or outside its window, is kept, told to those who watch, and reads nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import FORBIDDEN, Problem, Refusal
from outpost.core.text import says_something
from outpost.health.queries.facts import is_positive
from outpost.people import queries as people
from outpost.people import services as identities
from outpost.people.watching import tell_watch
from outpost.tracing import cases, errors, queries, rules, visits
from outpost.tracing.actions import SEARCH
from outpost.tracing.models import Case
from outpost.tracing.rules import AT_ONCE, Meeting, Stay
from outpost.tracing.visits import Reading, Seen, VisitedVenue, Window

REFUSED = "tracing.search_refused"
SEARCHED = "tracing.co_presence_searched"
UNCASED = "tracing.searched_without_case"
_UNKNOWN = VisitedVenue("", timedelta(hours=1))  # a venue that was purged before its check-ins


@dataclass(frozen=True, slots=True)
class Search:
    """Within which case, in which half-open span, on which ground (the case's own where none is stated); and what
    counts as a meeting."""

    case_id: UUID
    begins_at: datetime
    ends_at: datetime
    ground: str
    tolerance: timedelta = AT_ONCE
    same_checkpoint: bool = False

    def check(self) -> None:
        """Raises Refusal: GROUND_MISSING, SPAN_REVERSED, SPAN_TOO_LONG."""
        if not says_something(self.ground):
            raise Refusal(errors.GROUND_MISSING)
        for fault in cases.Window(self.begins_at, self.ends_at).faults():
            raise Refusal(fault.problem, **fault.fields)


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

    def venue_name(self, one: Meeting) -> str:
        return self.venues.get(one.venue_id, _UNKNOWN).name

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
            "venue": self.venue_name(one),
            "checkpoint": self.checkpoints.get(one.checkpoint_id, ""),
            "from": one.begins_at.astimezone(zone).isoformat(),
            "to": one.ends_at.astimezone(zone).isoformat(),
            "minutes": one.minutes,
            "certainty": one.certainty.value,
        }


def search_at_terminal(number: str, search: Search, *, actor: Actor, at: datetime) -> Found:
    """The search for whom this number names, from the server's own terminal: within their open case where there is one
    (`search` is asked about that), else without one, which is kept and told to those who watch each time.

    Whoever has the terminal has the owner's login of the database, and reads what they like past this house: here at
    least it is kept, with its ground. Raises Refusal: 403 but for the operator at the terminal, for a number that is
    none, what `Search.check` raises.
    """
    actor.require(SEARCH)
    if not actor.is_system:
        raise Refusal(FORBIDDEN, action=SEARCH)
    holders = people.holders(number, today=clock.local_day(at))
    case = queries.case_of(holders)
    if case is not None and case.state is cases.State.OPEN:
        return search_co_presence(replace(search, case_id=case.id), actor=actor, at=at)
    search.check()
    with transaction.atomic():
        tell_watch(UNCASED, {}, action=SEARCHED, dedupe=f"{UNCASED}:{at.isoformat()}", at=at)
        span = {"from": search.begins_at.isoformat(), "to": search.ends_at.isoformat()}
        ground = search.ground.strip()
        audit.record(SEARCHED, actor=actor, at=at, object_id=holders[0], purpose=ground, detail=span)
    return _found(replace(search, case_id=holders[0]))


def search_co_presence(search: Search, *, actor: Actor, at: datetime) -> Found:
    """Who was at the same places at the same time as the person of a case.

    Kept in the audit first, whatever comes of it. Raises Refusal: 403 without the right, what `Search.check` raises,
    and, kept and told, NO_OPEN_CASE where the case is not open or its result no longer stands, OUTSIDE_WINDOW.
    """
    actor.require(SEARCH)
    search.check()
    case = _open_case(search, actor=actor, at=at)
    with transaction.atomic():
        Case.objects.filter(id=case.id).update(worked_at=at)
        audit.record(
            SEARCHED,
            actor=actor,
            at=at,
            object_id=case.person_id,
            purpose=search.ground.strip(),
            detail={
                "case": str(case.id),
                "from": search.begins_at.isoformat(),
                "to": search.ends_at.isoformat(),
            },
        )
    return _found(search)


def _open_case(search: Search, *, actor: Actor, at: datetime) -> Case:
    case = Case.objects.filter(id=search.case_id).first()
    if case is None or case.state is not cases.State.OPEN or not is_positive(case.source, case.record_id):
        about = search.case_id if case is None else case.person_id
        _refuse(errors.NO_OPEN_CASE, about, actor=actor, at=at)
    if not case.window.holds(search.begins_at, search.ends_at):
        span = {"begins": _told_day(case.begins_at), "ends": _told_day(case.ends_at - timedelta.resolution)}
        _refuse(errors.OUTSIDE_WINDOW, case.person_id, actor=actor, at=at, **span)
    return case


def _refuse(problem: Problem, about: UUID, *, actor: Actor, at: datetime, **fields: str) -> NoReturn:
    """Keep that somebody asked for visits without a case, tell those who watch (once an hour), and refuse."""
    with transaction.atomic():
        hour = at.astimezone(clock.zone()).strftime("%Y-%m-%dT%H")
        tell_watch(REFUSED, {}, action=REFUSED, dedupe=f"{REFUSED}:{actor.id}:{hour}", at=at)
        audit.record(REFUSED, actor=actor, at=at, object_id=about, detail={"problem": problem.code})
    raise Refusal(problem, **fields)


def _told_day(at: datetime) -> str:
    return clock.local_day(at).isoformat()


def reveal_met(found: Found, *, purpose: str, actor: Actor, at: datetime) -> dict[UUID, str]:
    """The names of whom a search found, for a stated purpose; the look is in the audit first. Raises Refusal as
    `people.services.reveal`."""
    shown = identities.reveal(found.people, purpose=purpose, actor=actor, at=at)
    return {person_id: one.name for person_id, one in shown.items()}


def _found(search: Search) -> Found:
    reading = Reading(search.case_id, search.begins_at, search.ends_at)
    seen = visits.visits_of(reading)
    venues = visits.visited_venues({one.venue_id for one in seen})
    whole = (_stay(one, venues.get(one.venue_id, _UNKNOWN).usual) for one in seen)
    own = [
        stay for one in whole if (stay := rules.clipped(one, search.begins_at, search.ends_at)) is not None
    ]
    met = rules.meetings(
        _pairs(reading, own, venues, search.tolerance),
        tolerance=search.tolerance,
        same_checkpoint=search.same_checkpoint,
    )
    return Found(len(own), met, venues, visits.checkpoint_names({one.checkpoint_id for one in met}))


def _pairs(
    reading: Reading, own: Sequence[Stay], venues: Mapping[UUID, VisitedVenue], tolerance: timedelta
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
    for number, other in visits.seen_in(reading, windows):
        yield own[number], _stay(other, windows[number].usual)


def _stay(one: Seen, usual: timedelta) -> Stay:
    return Stay(
        one.person_id,
        one.venue_id,
        one.checkpoint_id,
        one.occurred_at,
        one.left_at or one.occurred_at + usual,
        is_stated=one.left_at is not None,
    )
