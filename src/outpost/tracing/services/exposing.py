"""Whom a search within an open case found becomes known as exposed, on the word of a second officer."""

from datetime import datetime, timedelta
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.rules import ExposureKind
from outpost.health.services import Exposed, state_exposures
from outpost.tracing import errors
from outpost.tracing.services.searching import Search, search_co_presence

COUNTS = timedelta(days=14)
"""From somebody's last meeting on."""


def state_met(search: Search, *, actor: Actor, at: datetime) -> int:
    """State as exposed whom this search finds now, and nobody else; returns how many. It counts once another officer
    agrees (`health.services.agree_to_exposures`). A search that is refused stays in the audit.

    Raises Refusal: as `search_co_presence`, NOBODY_MET, 403.
    """
    found = search_co_presence(search, actor=actor, at=at)
    if not found.people:
        raise Refusal(errors.NOBODY_MET)
    last: dict[UUID, datetime] = {}
    for one in found.meetings:
        last[one.person_id] = max(last.get(one.person_id, one.begins_at), one.begins_at)
    people = {person_id: (begins_at, begins_at + COUNTS) for person_id, begins_at in last.items()}
    exposed = Exposed(people=people, kind=ExposureKind.VENUE, ground=search.ground, case_id=search.case_id)
    state_exposures(exposed, actor=actor, at=at)
    return len(people)
