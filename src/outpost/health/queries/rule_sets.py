"""Reads of the rule sets of the pass: which one holds, which wait, and what a new one would change for whom, as counts.

Nobody can be named in a set, and a trial names nobody: it counts the people of each change.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outpost.core.actor import Actor
from outpost.core.db import rows_of, streamed
from outpost.health import conditions, passes, written_rules
from outpost.health.actions import EDIT_PASS_RULES
from outpost.health.models import PassFactsRow, PassRuleSet

PATIENCE = timedelta(days=7)
"""How long a proposal waits for the second word."""
_WITHOUT_FACTS = """SELECT count(*) FROM people_person p
    WHERE NOT EXISTS (SELECT FROM health_passfacts k WHERE k.person_id = p.person_id)"""


@dataclass(frozen=True, slots=True)
class Change:
    """So many people whose pass would be another, or the same for another reason."""

    before: conditions.Colour
    before_by: conditions.Condition
    after: conditions.Colour
    after_by: conditions.Condition
    people: int

    @property
    def is_other_colour(self) -> bool:
        return self.before is not self.after


def in_force(at: datetime) -> passes.RuleSet:
    """The set by which passes are decided at an instant."""
    agreed = PassRuleSet.objects.filter(version__isnull=False).order_by("-version").first()
    return passes.in_force(None if agreed is None else set_of(agreed), at)


def set_of(row: PassRuleSet) -> passes.RuleSet:
    """A stored set as the rules take it. Raises ValueError for one that says what no set may."""
    return passes.RuleSet(
        version=row.version or 0, rules=written_rules.read(row.rules), expires_at=row.expires_at
    )


def holding(at: datetime) -> PassRuleSet | None:
    """Who proposed and who agreed to the set in force; None for the built-in one."""
    version = in_force(at).version
    return PassRuleSet.objects.get(version=version) if version else None


def waiting(*, actor: Actor, at: datetime) -> list[PassRuleSet]:
    """The proposals that wait for a second word, the oldest first."""
    if not actor.may(EDIT_PASS_RULES):
        return []
    asked = PassRuleSet.objects.filter(decided_at__isnull=True, asked_at__gt=at - PATIENCE, expires_at__gt=at)
    return list(asked.order_by("asked_at"))


def trial(proposed: passes.RuleSet, *, at: datetime) -> list[Change]:
    """Whose pass would change now if this set held: everybody registered is decided by both sets. The most first."""
    now = in_force(at)
    found: Counter[
        tuple[conditions.Colour, conditions.Condition, conditions.Colour, conditions.Condition]
    ] = Counter()
    for facts, people in _population():
        before, after = (passes.decide(facts, rules, at) for rules in (now, proposed))
        found[(before.colour, before.condition, after.colour, after.condition)] += people
    changes = [Change(*passes_by, people) for passes_by, people in found.most_common() if people]
    return [one for one in changes if (one.before, one.before_by) != (one.after, one.after_by)]


def _population() -> Iterator[tuple[conditions.PassFacts, int]]:
    [(people,)] = rows_of(_WITHOUT_FACTS)
    yield conditions.NO_FACTS, people
    for columns in streamed(PassFactsRow.objects.values_list(*conditions.COLUMNS)):
        yield conditions.PassFacts.of(*columns), 1


def written(changes: list[Change]) -> list[list[Any]]:
    """Changes as JSON holds them."""
    return [[one.before, one.before_by, one.after, one.after_by, one.people] for one in changes]


def changes_of(row: PassRuleSet) -> list[Change]:
    """What the trial of a proposal found."""
    return [
        Change(
            conditions.Colour(before),
            conditions.Condition(before_by),
            conditions.Colour(after),
            conditions.Condition(after_by),
            n,
        )
        for before, before_by, after, after_by, n in row.trial
    ]
