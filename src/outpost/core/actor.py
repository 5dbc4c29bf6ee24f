"""Who acts, and how far each of their actions reaches. Pure: rules may import this."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outpost.core.errors import FORBIDDEN, Refusal


@dataclass(frozen=True, slots=True)
class Reach:
    """The part of the world that one action may touch: everything, or a union of scopes, each a kind and a key.

    What a key stands for is the kind's to say (`core.rights.ScopeKind`); an empty reach touches nothing.
    """

    everything: bool = False
    scopes: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def over(cls, kind: str, *keys: str) -> "Reach":
        """A reach over these scopes of one kind."""
        return cls(scopes=frozenset((str(kind), key) for key in keys))

    def keys(self, kind: str) -> frozenset[str]:
        """The scopes of one kind."""
        return frozenset(key for known, key in self.scopes if known == kind)

    def covers(self, other: "Reach") -> bool:
        """Whether whatever lies in the other lies in this one."""
        return self.everything or (not other.everything and other.scopes <= self.scopes)

    def without(self, *kinds: str) -> "Reach":
        """What remains when these kinds of scopes are left out."""
        return Reach(self.everything, frozenset(scope for scope in self.scopes if scope[0] not in kinds))

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(self.everything or other.everything, self.scopes | other.scopes)

    def __bool__(self) -> bool:
        return self.everything or bool(self.scopes)


NOTHING = Reach()
EVERYTHING = Reach(everything=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, an API token or the system itself, with the reach of every allowed action.

    `id` is stable and holds no personal data (`user:<uuid>`, `token:<uuid>`, `system:<name>`).
    `label` is what the audit shows: a user name, a masked phone or the system's name.
    """

    id: str
    label: str
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    address: str = ""
    roles: frozenset[str] = frozenset()
    is_system: bool = False

    @classmethod
    def system(cls, name: str) -> "Actor":
        """The product acting by itself (nightly run, command line of the operator)."""
        return cls(id=f"system:{name}", label=name, is_system=True)

    def reach(self, action: str) -> Reach:
        """How far this action reaches; nothing when it is not allowed."""
        if self.is_system:
            return EVERYTHING
        return self.reaches.get(action, NOTHING)

    def may(self, action: str) -> bool:
        return bool(self.reach(action))

    def require(self, action: str) -> None:
        """Raise a 403 refusal when the action is not allowed anywhere."""
        if not self.may(action):
            raise Refusal(FORBIDDEN, action=action)
