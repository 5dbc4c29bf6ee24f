"""Who acts, and how far each of their actions reaches. Pure: rules may import this."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outpost.core.errors import FORBIDDEN, Refusal


@dataclass(frozen=True, slots=True)
class Reach:
    """The part of the world that one action may touch: a union of subtrees.

    `regions` holds region codes, each standing for its whole subtree (codes are prefixes);
    `departments` and `categories` hold codes; `organizations` holds UUIDs as text.
    An empty reach touches nothing.
    """

    everything: bool = False
    regions: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            everything=self.everything or other.everything,
            regions=self.regions | other.regions,
            departments=self.departments | other.departments,
            categories=self.categories | other.categories,
            organizations=self.organizations | other.organizations,
        )

    def __bool__(self) -> bool:
        return bool(
            self.everything or self.regions or self.departments or self.categories or self.organizations
        )


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
