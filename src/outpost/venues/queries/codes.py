"""Reads of the venue codes 场所码 that posters carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.venues import errors
from outpost.venues.actions import EDIT_VENUES, OWN_VENUE
from outpost.venues.codes import code_text, short_text
from outpost.venues.models import Venue, VenueCode
from outpost.venues.queries.venues import filtered_venues, narrowed


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """What a poster says: `text` is scanned, `short` is typed."""

    venue: str
    checkpoint: str
    checkpoint_id: UUID
    text: str
    short: str


def living_codes(*, name: str = "", actor: Actor) -> list[PrintedCode]:
    """The codes that are valid now, in the order of venues and their checkpoints. Raises Refusal UNKNOWN_VENUE."""
    venues = Venue.objects.visible_to(actor, EDIT_VENUES).current()
    if name:
        venues = venues.filter(name=name)
        if not venues.exists():
            raise Refusal(errors.UNKNOWN_VENUE, name=name)
    return _printed(VenueCode.objects.filter(checkpoint__venue__in=venues))


def codes_of(venue: Venue) -> list[PrintedCode]:
    """The codes of a venue that lies in reach."""
    return _printed(VenueCode.objects.filter(checkpoint__venue=venue))


def codes_of_found(values: Mapping[str, Any], *, actor: Actor, at: datetime) -> list[PrintedCode]:
    """The living codes of the venues that a filter of the ledger wants, of those that the actor may edit."""
    found = filtered_venues(values, actor=actor, at=at).filter(
        id__in=Venue.objects.visible_to(actor, EDIT_VENUES).values("id")
    )
    return _printed(VenueCode.objects.filter(checkpoint__venue__in=found.values("id")))


def codes_of_branches(values: Mapping[str, Any], *, actor: Actor, at: datetime) -> list[PrintedCode]:
    """The living codes of the branches that a filter wants, of those below the venue that the actor manages."""
    found = narrowed(Venue.objects.below(actor, OWN_VENUE).current(), values, at=at)
    return _printed(VenueCode.objects.filter(checkpoint__venue__in=found.values("id")))


def _printed(codes: QuerySet[VenueCode]) -> list[PrintedCode]:
    keys = ring()
    living = codes.filter(revoked_at__isnull=True, checkpoint__closed_at__isnull=True)
    found = living.select_related("checkpoint__venue").order_by(
        "checkpoint__venue__name", "checkpoint__venue", "checkpoint__position", "checkpoint__name"
    )
    return [
        PrintedCode(
            one.checkpoint.venue.name,
            one.checkpoint.name,
            one.checkpoint_id,
            code_text(keys, one.id),
            short_text(keys, one.id),
        )
        for one in found
    ]
