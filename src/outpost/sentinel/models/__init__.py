"""Tables of the sentinel instrument; those that are kept beside them are in `sentinel.narrow`."""

from outpost.sentinel.models.alerts import AlertRecipient, AlertRound, AlertSetting, FollowUp
from outpost.sentinel.models.categories import Category, CategoryField, CategoryQuerySet, JobRule, Ruled
from outpost.sentinel.models.ledger import (
    AS_ENTERED,
    DutySpell,
    Enrolment,
    EnrolmentQuerySet,
    StaffMember,
    StaffMemberQuerySet,
)
from outpost.sentinel.models.runs import MatchCount, MatchFinding, MatchRun
from outpost.sentinel.narrow import StaffLatest, StaffShown, StaffTally

__all__ = [
    "AS_ENTERED",
    "AlertRecipient",
    "AlertRound",
    "AlertSetting",
    "Category",
    "CategoryField",
    "CategoryQuerySet",
    "DutySpell",
    "Enrolment",
    "EnrolmentQuerySet",
    "FollowUp",
    "JobRule",
    "MatchCount",
    "MatchFinding",
    "MatchRun",
    "Ruled",
    "StaffLatest",
    "StaffMember",
    "StaffMemberQuerySet",
    "StaffShown",
    "StaffTally",
]
