"""How a reach narrows a table: one declared column for each kind of scope, used by querysets and by SQL alike.

A kind without a column narrows to nothing, and so does an empty reach: what is not declared is not seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from outpost.core.actor import Actor, Reach
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.rights import ScopeKind

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """Where a table says to which scope of a kind a row belongs: a lookup of the model, and the same for SQL."""

    kind: ScopeKind
    lookup: str
    sql: str = ""


class ScopedQuerySet(models.QuerySet[Row]):
    """A queryset that a reach narrows; `scopes` says by which columns."""

    scopes: ClassVar[Sequence[ScopeColumn]] = ()

    def within(self, reach: Reach) -> Self:
        """The rows that lie in reach."""
        return self if reach.everything else self.filter(condition(self.scopes, reach))

    def visible_to(self, actor: Actor, action: str) -> Self:
        """The rows over which the actor may do this."""
        return self.within(actor.reach(action))

    def has_all(self, ids: Collection[Any]) -> bool:
        """Whether these ids, each named once, are all among the rows."""
        return self.filter(pk__in=ids).count() == len(ids)


def condition(columns: Sequence[ScopeColumn], reach: Reach) -> Q:
    """The filter "in one of the scopes of this reach"."""
    if reach.everything:
        return Q()
    found = Q(pk__in=[])
    for column in columns:
        keys = sorted(reach.keys(column.kind))
        if column.kind.is_tree:
            for key in keys:
                found |= Q(**{f"{column.lookup}__startswith": key})
        elif keys:
            found |= Q(**{f"{column.lookup}__in": keys})
    return found


def condition_sql(
    columns: Sequence[ScopeColumn], reach: Reach, name: str
) -> tuple[str, dict[str, list[str]]]:
    """The same as SQL over the columns' aliases, with its parameters, which begin with `name`."""
    if reach.everything:
        return "true", {}
    parts, parameters = [], {}
    for column in columns:
        if keys := sorted(reach.keys(column.kind)):
            listed = f"%({name}_{column.kind})s::text[]"
            parameters[f"{name}_{column.kind}"] = keys
            # `^@`: begins with. The planner knows how many rows that leaves; of a function it does not.
            parts.append(f"{column.sql} {'^@' if column.kind.is_tree else '='} ANY({listed})")
    return f"({' OR '.join(parts)})" if parts else "false", parameters


def locked(rows: models.QuerySet[Row], ids: Collection[Any], *, of: Sequence[str] = ("self",)) -> list[Row]:
    """The rows of these ids, locked, in the order of ids. Raises NOT_FOUND unless all of them are among `rows`."""
    wanted = set(map(str, ids))
    found = list(rows.filter(pk__in=wanted).select_for_update(of=of, no_key=True).order_by("pk"))
    if len(found) != len(wanted):
        raise Refusal(NOT_FOUND)
    return found
