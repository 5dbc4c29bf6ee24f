"""Who may do what: one table from action to roles, and how a grant becomes a reach. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from outpost.core.actor import EVERYTHING, NOTHING, Reach


class Role(StrEnum):
    """Roles of the field. Operation, rights and audit are three persons' work (三员分立)."""

    COMMAND = "command"  # 区指挥部 / 专班
    BUREAU = "bureau"  # 委办局
    TOWN = "town"  # 镇街
    PRINCIPAL = "principal"  # 企业负责人
    FEEDER = "feeder"  # a machine or clerk that delivers health facts
    OPERATOR = "operator"  # 运维
    SECURITY = "security"  # 安全管理员
    AUDITOR = "auditor"  # 审计员


class ScopeKind(StrEnum):
    EVERYTHING = "everything"
    REGION = "region"
    DEPARTMENT = "department"
    CATEGORY = "category"
    ORGANIZATION = "organization"


OFFICERS = frozenset({Role.COMMAND, Role.BUREAU, Role.TOWN})
LEDGER = OFFICERS | {Role.PRINCIPAL}
EVERYONE = frozenset(Role)

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

SCOPES_OF_ROLE: Mapping[Role, tuple[ScopeKind, ...]] = {
    Role.COMMAND: (ScopeKind.REGION, ScopeKind.EVERYTHING),
    Role.BUREAU: (ScopeKind.DEPARTMENT, ScopeKind.CATEGORY),
    Role.TOWN: (ScopeKind.REGION,),
    Role.PRINCIPAL: (ScopeKind.ORGANIZATION,),
    Role.FEEDER: (ScopeKind.EVERYTHING, ScopeKind.REGION),
    Role.OPERATOR: (ScopeKind.EVERYTHING,),
    Role.SECURITY: (ScopeKind.EVERYTHING,),
    Role.AUDITOR: (ScopeKind.EVERYTHING,),
}


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
    """The reach of one scope; an unknown kind reaches nothing."""
    match kind:
        case ScopeKind.EVERYTHING:
            return EVERYTHING
        case ScopeKind.REGION:
            return Reach(regions=frozenset({key}))
        case ScopeKind.DEPARTMENT:
            return Reach(departments=frozenset({key}))
        case ScopeKind.CATEGORY:
            return Reach(categories=frozenset({key}))
        case ScopeKind.ORGANIZATION:
            return Reach(organizations=frozenset({key}))
    return NOTHING


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
