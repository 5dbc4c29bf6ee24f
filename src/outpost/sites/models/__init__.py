"""Tables of the construction sites: the ledger of contracts is small, some thousand rows a district; its people are
some hundred thousand, each with a few stays."""

from outpost.sites.models.arrivals import Arrival, ArrivalFeed, ArrivalRun
from outpost.sites.models.contracts import (
    HEALTH_SOURCE,
    SEALED_AS,
    Contract,
    ContractQuerySet,
    Employer,
    EmployerQuerySet,
    Project,
)
from outpost.sites.models.families import FamilyMember
from outpost.sites.models.gate import GatePass
from outpost.sites.models.passing import Passage, PlaceRuleRow, SiteException, Stay, StayQuerySet
from outpost.sites.models.people import (
    Registration,
    RegistrationQuerySet,
    SiteUser,
    SiteUserQuerySet,
    registration_context,
)
from outpost.sites.models.prevention import Checklist, GroupMember, Hospital, SupplyItem, SupplyMovement
from outpost.sites.models.tallies import AddressTask, EmployerTally

__all__ = [
    "HEALTH_SOURCE",
    "SEALED_AS",
    "AddressTask",
    "Arrival",
    "ArrivalFeed",
    "ArrivalRun",
    "Checklist",
    "Contract",
    "ContractQuerySet",
    "Employer",
    "EmployerQuerySet",
    "EmployerTally",
    "FamilyMember",
    "GatePass",
    "GroupMember",
    "Hospital",
    "Passage",
    "PlaceRuleRow",
    "Project",
    "Registration",
    "RegistrationQuerySet",
    "SiteException",
    "SiteUser",
    "SiteUserQuerySet",
    "Stay",
    "StayQuerySet",
    "SupplyItem",
    "SupplyMovement",
    "registration_context",
]
