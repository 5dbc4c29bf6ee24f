"""Who may do what: one table from action to roles, and how a grant becomes a reach. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outpost.core.actor import EVERYTHING, NOTHING, Reach
from outpost.core.rights import EVERYONE, LEDGER, OFFICERS, WHOLE, Role

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    # sentinel ledgers
    "sentinel.see_categories": OFFICERS,
    "sentinel.edit_categories": frozenset({Role.COMMAND}),
    "sentinel.see_organizations": LEDGER,
    "sentinel.edit_organizations": OFFICERS,
    "sentinel.see_staff": LEDGER,
    "sentinel.edit_staff": LEDGER,
    "sentinel.export": LEDGER,
    "sentinel.see_compliance": LEDGER,
    "sentinel.set_alerts": frozenset({Role.COMMAND, Role.BUREAU}),
    "sentinel.follow_up": OFFICERS,
    "sentinel.answer_alerts": LEDGER,
    "sentinel.run_match": frozenset({Role.COMMAND, Role.OPERATOR}),
    # health facts
    "health.see_facts": LEDGER,
    "health.record_facts": frozenset({Role.COMMAND, Role.FEEDER}),
    "health.edit_products": frozenset({Role.COMMAND}),
    # identity
    "people.reveal": OFFICERS,
    "people.see_own_staff": frozenset({Role.PRINCIPAL}),
    # regions
    "regions.edit": frozenset({Role.COMMAND}),
    # files and tasks (each kind of import and export asks for its own action as well)
    "exchange.see_tasks": LEDGER | {Role.FEEDER},
    # running it
    "operation.see_jobs": frozenset({Role.OPERATOR}),
    "notifications.edit_channels": frozenset({Role.OPERATOR}),
    "notifications.see_deliveries": frozenset({Role.OPERATOR}),
    "access.manage": frozenset({Role.SECURITY}),
    "audit.see": frozenset({Role.AUDITOR}),
    # what every signed-in person may do
    "account.use": EVERYONE,
}

# Roles that see more than their own enterprise need a second factor.
SECOND_FACTOR_ROLES = frozenset(Role) - {Role.PRINCIPAL, Role.FEEDER}


# Operation, rights and audit (三员分立): each stands alone on its account.
ADMINISTRATION = frozenset({Role.OPERATOR, Role.SECURITY, Role.AUDITOR})

# What a machine may be: nobody's administrator.
TOKEN_ROLES = frozenset(Role) - ADMINISTRATION


def clashing_role(held: Iterable[str], role: str) -> str | None:
    """The first held role that must not meet `role` on one account, None when they go together."""
    for other in sorted(held):
        if other != role and (other in ADMINISTRATION or role in ADMINISTRATION):
            return other
    return None


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
        for action, roles in PERMISSIONS.items():
            if grant.role in roles:
                reaches[action] = reaches.get(action, NOTHING) | reach_of_scope(
                    grant.scope_kind, grant.scope_key
                )
    return reaches
