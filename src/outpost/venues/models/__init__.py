"""Tables of the venues instrument.

Venues and what belongs to them are small. Check-ins and the flow grow: both are spread by venue, the ids of check-ins
by themselves, and none of them refers to the small tables by a foreign key, which would cost a look-up a row.
"""

from outpost.venues.models.gate import GateEntry
from outpost.venues.models.ledger import (
    Checkpoint,
    HandOver,
    JoinCode,
    Kind,
    Member,
    Venue,
    VenueCode,
    VenueQuerySet,
    manager_context,
)
from outpost.venues.models.visits import Abnormal, CheckIn, CheckInId, Conflict, Flow, MemberFlow

__all__ = [
    "Abnormal",
    "CheckIn",
    "CheckInId",
    "Checkpoint",
    "Conflict",
    "Flow",
    "GateEntry",
    "HandOver",
    "JoinCode",
    "Kind",
    "Member",
    "MemberFlow",
    "Venue",
    "VenueCode",
    "VenueQuerySet",
    "manager_context",
]
