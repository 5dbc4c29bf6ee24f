"""What a grant can reach over: a choice for forms and a name for lists, by kind of scope.

The wiring registers where each kind comes from (`access.places`, the instruments' categories).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outpost.access import errors, rules
from outpost.access.rules import Role, ScopeKind
from outpost.core.errors import Refusal

ROLE_NAMES: Mapping[str, str | Promise] = {
    Role.COMMAND: _("Command officer"),
    Role.BUREAU: _("Bureau officer"),
    Role.TOWN: _("Town officer"),
    Role.PRINCIPAL: _("Principal"),
    Role.FEEDER: _("Data feeder"),
    Role.OPERATOR: _("Operator"),
    Role.SECURITY: _("Security administrator"),
    Role.AUDITOR: _("Auditor"),
}
KIND_NAMES: Mapping[str, str | Promise] = {
    ScopeKind.EVERYTHING: _("Everything"),
    ScopeKind.REGION: _("Region"),
    ScopeKind.DEPARTMENT: _("Department"),
    ScopeKind.CATEGORY: _("Sentinel category"),
    ScopeKind.ORGANIZATION: _("Organisation"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope in its two parts. As text it is `everything` or `kind:key` (`region:440115001`)."""

    kind: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}" if self.key else self.kind


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind's scopes come from: `choices` as (key, name) for a form (empty when there are too many),
    `names` of given keys, leaving out those that do not exist."""

    choices: Callable[[], Iterable[tuple[str, str]]]
    names: Callable[[Collection[str]], Mapping[str, str]]


_sources: dict[str, Source] = {}


def register(kind: ScopeKind, source: Source) -> None:
    """Add a kind of scope; called by the wiring at start."""
    _sources[kind] = source


def parse(text: str) -> Scope:
    """`everything` or `kind:key`; a bare number is a region's code. Raises SCOPE_UNKNOWN for what does not exist."""
    kind, _colon, key = text.strip().partition(":")
    scope = Scope(ScopeKind.REGION, kind) if kind.isdecimal() and not key else Scope(kind, key.strip())
    if not exists(scope):
        raise Refusal(errors.SCOPE_UNKNOWN, scope=text)
    return scope


def exists(scope: Scope) -> bool:
    if scope.kind == ScopeKind.EVERYTHING:
        return scope.key == ""
    source = _sources.get(scope.kind)
    return source is not None and scope.key in source.names([scope.key])


def check_fit(role: str, scope: Scope) -> Role:
    """The role when it exists and can be given over this kind of scope; else a refusal that lists what can."""
    if role not in set(Role):
        raise Refusal(errors.ROLE_UNKNOWN, role=role, allowed=", ".join(Role))
    allowed = rules.SCOPES_OF_ROLE[Role(role)]
    if scope.kind not in allowed:
        kinds = "、".join(str(KIND_NAMES[kind]) for kind in allowed)
        found = KIND_NAMES.get(scope.kind, scope.kind)
        raise Refusal(errors.SCOPE_UNFIT, role=ROLE_NAMES[role], scope=found, allowed=kinds)
    return Role(role)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All scopes that a form offers, grouped by kind: [(kind's name, [(scope as text, name)])]."""
    everything = gettext("Everything")
    groups = [(everything, [(str(ScopeKind.EVERYTHING), everything)])]
    for kind, source in _sources.items():
        offered = [(f"{kind}:{key}", name) for key, name in source.choices()]
        if offered:
            groups.append((str(KIND_NAMES[kind]), offered))
    return groups


def names_of(scopes: Iterable[Scope]) -> dict[Scope, str]:
    """How scopes are shown, one query a kind. A scope that no longer exists shows its key."""
    names: dict[Scope, str] = {}
    by_kind: dict[str, set[str]] = {}
    for scope in scopes:
        names[scope] = scope.key or str(KIND_NAMES.get(scope.kind, scope.kind))
        by_kind.setdefault(scope.kind, set()).add(scope.key)
    for kind, keys in by_kind.items():
        if kind in _sources:
            found = _sources[kind].names(keys)
            names |= {Scope(kind, key): name for key, name in found.items()}
    return names
