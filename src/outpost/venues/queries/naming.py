"""Reads of what is entered in bulk 批量建场所: venues whose managers are named and asked, branches of a chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.functions import Concat

from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.regions.rules import DEPARTMENT
from outpost.venues.actions import ENTER_VENUES, OWN_VENUE
from outpost.venues.models import Venue
from outpost.venues.queries.kinds import kinds
from outpost.venues.queries.venues import VenueRow, narrowed, own_venue, shown, venue_rows
from outpost.venues.rules import Answer

_URGENT_FIRST = (Answer.DECLINED, Answer.SILENT, Answer.UNASKED, Answer.WAITS, Answer.GIVEN)


def entered_venues(values: Mapping[str, Any], *, actor: Actor, at: datetime) -> QuerySet[Venue]:
    """The venues that the actor may enter in bulk, those that a filter wants; `by_answer`: their order where whoever
    asks for an act stands first, by name among themselves."""
    found = narrowed(Venue.objects.entered_by(actor, ENTER_VENUES).current(), values, at=at)
    urgent = (When(answer=one.value, then=Value(str(rank))) for rank, one in enumerate(_URGENT_FIRST))
    return found.annotate(by_answer=Concat(Case(*urgent, output_field=TextField()), "name"))


def entered_row(venue_id: UUID, *, actor: Actor, at: datetime) -> VenueRow:
    """One of them. Raises Refusal NOT_FOUND outside the actor's reach."""
    found = Venue.objects.entered_by(actor, ENTER_VENUES).current().answered(at).filter(id=venue_id)
    return or_not_found(next(iter(venue_rows(shown(found))), None))


def own_kinds(actor: Actor) -> dict[str, str]:
    """The kinds that the actor's departments answer for, as they are called."""
    found = kinds().filter(department__in=actor.reach(ENTER_VENUES).keys(DEPARTMENT))
    return {kind.code: kind.label for kind in found}


def head_of(actor: Actor) -> Venue | None:
    """The venue whose branches the actor may enter: the one that they manage, once an officer has let them."""
    own = own_venue(actor=actor)
    return own if own is not None and own.most_branches else None


def has_branches(actor: Actor) -> bool:
    """Whether the actor manages the open head of a chain that has branches."""
    return Venue.objects.below(actor, OWN_VENUE).current().exists()


def branches_of(head: Venue) -> QuerySet[Venue]:
    """The living branches of a venue."""
    return Venue.objects.current().filter(head_id=head.id)
