"""Codes that leave for the printer: whoever has one can put up a poster, so each taking is recorded."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.venues.actions import EDIT_VENUES, RUN_VENUES
from outpost.venues.queries.codes import PrintedCode, codes_of, living_codes
from outpost.venues.queries.venues import venue_row

TAKEN = "venues.codes_taken"


@transaction.atomic
def codes_to_print(*, name: str = "", actor: Actor, at: datetime) -> list[PrintedCode]:
    """The living codes of a venue, or of all in reach; whoever has one can put up a poster. Raises Refusal: 403,
    UNKNOWN_VENUE."""
    actor.require(EDIT_VENUES)
    found = living_codes(name=name, actor=actor)
    audit.record(TAKEN, actor=actor, at=at, count=len(found))
    return found


@transaction.atomic
def codes_of_venue(venue_id: UUID, *, actor: Actor, at: datetime) -> list[PrintedCode]:
    """The living codes of one venue in reach, to be printed; never none. Raises Refusal: 403, NOT_FOUND."""
    actor.require(RUN_VENUES)
    found = codes_of(venue_row(venue_id, actor=actor, action=RUN_VENUES).venue)
    if not found:
        raise Refusal(NOT_FOUND)
    audit.record(TAKEN, actor=actor, at=at, object_id=venue_id, count=len(found))
    return found
