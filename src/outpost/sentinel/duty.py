"""Duty spells 轮休, 离岗, 放假: how a new one makes room among those that stand. Pure.

The spells of one person do not overlap; days are half open, an end of None means until further notice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outpost.core.vocabulary import Vocabulary, Word


class DutyState(Vocabulary):
    """Whether somebody is at the post; the value stands in the database."""

    ON_DUTY = Word("on_duty", "在岗", "On duty", synonyms=("上班", "正常"))
    RESTING = Word("resting", "轮休", "Resting", synonyms=("休息", "休假"))
    OFF_POST = Word("off_post", "离岗", "Off post", synonyms=("停岗",))
    HOLIDAY = Word("holiday", "放假", "Holiday")


ABSENCES = [word.value for word in DutyState if word is not DutyState.ON_DUTY]


@dataclass(frozen=True, slots=True)
class Spell:
    """One absence from `starts_on` up to, and without, `ends_on`."""

    id: UUID
    state: DutyState
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        """Say whether the person is away on that day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def state_on(day: date, spells: Iterable[Spell]) -> DutyState:
    """Return the state on a day: that of the spell which covers it, else on duty."""
    return next((spell.state for spell in spells if spell.covers(day)), DutyState.ON_DUTY)


def cleared(spells: Iterable[Spell], starts_on: date, ends_on: date | None) -> list[Spell]:
    """Return the spells that must change so that none covers a day of the given span, as they are to be.

    A spell that reaches into the span ends where it begins; one that lies inside is called off (it ends as it
    begins); one that reaches beyond its end begins there.
    """
    changed = []
    for spell in spells:
        is_before = spell.ends_on is not None and spell.ends_on <= starts_on
        is_after = ends_on is not None and spell.starts_on >= ends_on
        if is_before or is_after:
            continue
        if spell.starts_on < starts_on:
            changed.append(Spell(spell.id, spell.state, spell.starts_on, starts_on))
        elif ends_on is not None and (spell.ends_on is None or spell.ends_on > ends_on):
            changed.append(Spell(spell.id, spell.state, ends_on, spell.ends_on))
        else:
            changed.append(Spell(spell.id, spell.state, spell.starts_on, spell.starts_on))
    return changed
