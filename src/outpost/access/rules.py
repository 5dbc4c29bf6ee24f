"""Who may do what: from action to roles, and how a grant becomes a reach. Pure.

A module says who may do what with its things in its `actions.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from outpost.core.actor import EVERYTHING, NOTHING, Reach
from outpost.core.rights import OFFICERS, WHOLE, Action, Role, ScopeKind
from outpost.regions.rules import REGION

# What a feeder delivers belongs to a source 来源, which names a system; no other feeder may touch its records. A slash
# is kept out: `source/record_id` names a record in the history.
SOURCE = ScopeKind("source", "数据来源", "Data source", {Role.FEEDER})
SOURCE_FORM = re.compile(r"[\w .-]{1,64}")

# Which roles may do what: the actions of all modules, handed in by the wiring.
PERMISSIONS: dict[str, frozenset[Role]] = {}

# Roles that see more than their own enterprise, venue or site need a second factor.
SECOND_FACTOR_ROLES = frozenset(Role) - {
    *(Role.PRINCIPAL, Role.MANAGER, Role.INSPECTOR, Role.FEEDER),
    *(Role.SITE_LEAD, Role.SITE_SUPERVISOR, Role.SITE_USER),
}


# Operation, rights and audit (三员分立): each stands alone on its account.
ADMINISTRATION = frozenset({Role.OPERATOR, Role.SECURITY, Role.AUDITOR})

# What a machine may be: nobody's administrator.
TOKEN_ROLES = frozenset(Role) - ADMINISTRATION


def allow(*actions: Action) -> None:
    """Make actions known; the wiring calls it once, a repetition changes nothing."""
    PERMISSIONS.update((action, action.roles) for action in actions)


def clashing_role(held: Iterable[str], role: str) -> str | None:
    """The first held role that must not meet `role` on one account, None when they go together."""
    for other in sorted(held):
        if other != role and (other in ADMINISTRATION or role in ADMINISTRATION):
            return other
    return None


# Codes of towns and grids are longer than those of districts and what lies above them.
_DISTRICT_LENGTH = 6


def is_wide(role: str, kind: str, key: str) -> bool:
    """Whether a right reaches so far that one person may not give it: people's data of a district and more, or the
    administration itself. Who delivers data sees none of it."""
    if role in ADMINISTRATION:
        return True
    is_district = kind == REGION and len(key) <= _DISTRICT_LENGTH
    return role != Role.FEEDER and (kind == WHOLE or is_district)


def is_officers(role: str, kind: str, key: str) -> bool:
    """Whether a right reads other people's data without being wide: an officer's, over a bureau or a town."""
    return role in OFFICERS and not is_wide(role, kind, key)


@dataclass(frozen=True, slots=True)
class Granted:
    """One role over one scope, as stored in a grant or a token."""

    role: str
    scope_kind: str
    scope_key: str = ""


def reach_of_scope(kind: str, key: str) -> Reach:
    """The reach of one scope; a kind that no column knows reaches nothing."""
    return EVERYTHING if kind == WHOLE else Reach.over(kind, key)


def reaches_of(grants: Iterable[Granted]) -> dict[str, Reach]:
    """Every allowed action with the union of the scopes under which some role allows it."""
    reaches: dict[str, Reach] = {}
    for grant in grants:
        reach = reach_of_scope(grant.scope_kind, grant.scope_key)
        for action, roles in PERMISSIONS.items():
            if grant.role in roles:
                reaches[action] = reaches.get(action, NOTHING) | reach
    return reaches
