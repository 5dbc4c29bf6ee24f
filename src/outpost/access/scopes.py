"""What a grant can reach over: a choice for forms and a name for lists, by kind of scope.

The wiring registers where each kind comes from (`access.places`, the instruments' categories).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from outpost.access import errors
from outpost.core.actor import Reach
from outpost.core.errors import Refusal
from outpost.core.rights import WHOLE, Role, ScopeKind
from outpost.regions.rules import REGION


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


_kinds: dict[str, ScopeKind] = {WHOLE: WHOLE}
_sources: dict[str, Source] = {}


def register(kind: ScopeKind, source: Source) -> None:
    """Add a kind of scope; called by the wiring at start."""
    _kinds[kind] = kind
    _sources[kind] = source


def kinds_of(role: str) -> list[ScopeKind]:
    """The kinds of scopes over which a role can be given."""
    return [kind for kind in _kinds.values() if role in kind.roles]


def covers(reach: Reach, other: Reach) -> bool:
    """Whether a reach contains another; a scope of an unknown kind is contained in everything alone."""
    if reach.everything or other.everything:
        return reach.everything
    return all(_is_covered(reach, kind, key) for kind, key in other.scopes)


def _is_covered(reach: Reach, kind: str, key: str) -> bool:
    known = _kinds.get(kind)
    return known is not None and any(known.covers(mine, key) for mine in reach.keys(kind))


def parse(text: str) -> Scope:
    """`everything` or `kind:key`; a bare number is a region's code. Raises SCOPE_UNKNOWN for what does not exist."""
    kind, _colon, key = text.strip().partition(":")
    scope = Scope(REGION, kind) if kind.isdecimal() and not key else Scope(kind, key.strip())
    if not exists(scope):
        raise Refusal(errors.SCOPE_UNKNOWN, scope=text)
    return scope


def exists(scope: Scope) -> bool:
    if scope.kind == WHOLE:
        return scope.key == ""
    source = _sources.get(scope.kind)
    return source is not None and scope.key in source.names([scope.key])


def check_fit(role: str, scope: Scope) -> Role:
    """The role when it exists and can be given over this kind of scope; else a refusal that lists what can."""
    if role not in set(Role):
        raise Refusal(errors.ROLE_UNKNOWN, role=role, allowed=", ".join(Role))
    allowed = kinds_of(role)
    if scope.kind not in allowed:
        kinds = _(", ").join(kind.label for kind in allowed)
        raise Refusal(errors.SCOPE_UNFIT, role=Role(role).label, scope=_kind_label(scope.kind), allowed=kinds)
    return Role(role)


def _kind_label(kind: str) -> str:
    return _kinds[kind].label if kind in _kinds else kind


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All scopes that a form offers, grouped by kind: [(kind's name, [(scope as text, name)])]."""
    groups = [(WHOLE.label, [(str(WHOLE), WHOLE.label)])]
    for kind, source in _sources.items():
        offered = [(f"{kind}:{key}", name) for key, name in source.choices()]
        if offered:
            groups.append((_kinds[kind].label, offered))
    return groups


def names_of(scopes: Iterable[Scope]) -> dict[Scope, str]:
    """How scopes are shown, one query a kind. A scope that no longer exists shows its key."""
    names: dict[Scope, str] = {}
    by_kind: dict[str, set[str]] = {}
    for scope in scopes:
        names[scope] = scope.key or _kind_label(scope.kind)
        by_kind.setdefault(scope.kind, set()).add(scope.key)
    for kind, keys in by_kind.items():
        if kind in _sources:
            found = _sources[kind].names(keys)
            names |= {Scope(kind, key): name for key, name in found.items()}
    return names
