"""The pass as it is now: the rules that hold, asked of what is known of people."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from outpost.core.db import rows_of
from outpost.health import conditions, passes
from outpost.health.queries import rule_sets
from outpost.health.queries.pass_reading import FACTS


def passes_of(person_ids: Collection[UUID], *, at: datetime) -> dict[UUID, passes.Decision]:
    """The pass of each of these people, in one look at their facts. Whom to show it to is the caller's to decide."""
    return passes_by(person_ids, pass_facts_of(person_ids), at=at)


def passes_by(
    person_ids: Collection[UUID], facts: Mapping[UUID, conditions.PassFacts], *, at: datetime
) -> dict[UUID, passes.Decision]:
    """The same by facts that were read."""
    return passes.decide_each(person_ids, facts, rule_sets.in_force(at), at)


def pass_facts_of(person_ids: Collection[UUID]) -> dict[UUID, conditions.PassFacts]:
    """What is known of those people of whom something is. Whom to tell it to is the caller's to decide."""
    found = rows_of(FACTS, [list(person_ids)])
    return {person_id: conditions.PassFacts.of(*columns) for person_id, *columns in found}
