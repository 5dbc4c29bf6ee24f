"""Half-open spans of a state: how a new one makes room among those that stand. Pure.

The spells of one subject do not overlap. A spell holds from its first day up to, and without, its end; an end of None
means until further notice, and one that ends as it begins was called off.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Q

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class Spell(Generic[StateT]):
    """A state from `starts_on` up to, and without, `ends_on`."""

    id: UUID
    state: StateT
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        """Say whether the state holds on that day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def covering(day: date) -> Q:
    """The same for rows with columns of those names."""
    return Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day))


def cleared(spells: Iterable[Spell[StateT]], starts_on: date, ends_on: date | None) -> list[Spell[StateT]]:
    """Return the spells that must change so that none covers a day of the given span, as they are to be.

    A spell that reaches into the span ends where it begins; one that lies inside is called off; one that reaches
    beyond its end begins there.
    """
    changed = []
    for spell in spells:
        is_before = spell.ends_on is not None and spell.ends_on <= starts_on
        is_after = ends_on is not None and spell.starts_on >= ends_on
        if is_before or is_after:
            continue
        if spell.starts_on < starts_on:
            changed.append(replace(spell, ends_on=starts_on))
        elif ends_on is not None and (spell.ends_on is None or spell.ends_on > ends_on):
            changed.append(replace(spell, starts_on=ends_on))
        else:
            changed.append(replace(spell, ends_on=spell.starts_on))
    return changed
