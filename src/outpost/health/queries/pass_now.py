"""The pass as it is now: the rules that hold, asked of what is known of people."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import orjson

from outpost.core.db import rows_of
from outpost.health import conditions, passes, written_rules
from outpost.health.queries import rule_sets
from outpost.health.queries.pass_reading import FACTS, LAST_AGREED

_BOTH = f"""SELECT k.*, r.* FROM unnest(%s::uuid[]) p (id)
  LEFT JOIN ({FACTS}) k ON k.person_id = p.id LEFT JOIN ({LAST_AGREED}) r ON true"""


def passes_of(person_ids: Collection[UUID], *, at: datetime) -> dict[UUID, passes.Decision]:
    """The pass of each of these people, in one look at their facts and the rules. Whom to show it to is the caller's
    to decide."""
    ids = list(person_ids)
    facts, agreed = {}, None
    for person_id, *columns, version, rules, expires_at in rows_of(_BOTH, [ids, ids]) if ids else ():
        if person_id is not None:
            facts[person_id] = conditions.PassFacts.of(*columns)
        if version is not None and agreed is None:
            held = written_rules.read(orjson.loads(rules))
            agreed = passes.RuleSet(version=version, rules=held, expires_at=expires_at)
    return passes.decide_each(ids, facts, passes.in_force(agreed, at), at)


def passes_by(
    person_ids: Collection[UUID], facts: Mapping[UUID, conditions.PassFacts], *, at: datetime
) -> dict[UUID, passes.Decision]:
    """The same by facts that were read."""
    return passes.decide_each(person_ids, facts, rule_sets.in_force(at), at)


def pass_facts_of(person_ids: Collection[UUID]) -> dict[UUID, conditions.PassFacts]:
    """What is known of those people of whom something is. Whom to tell it to is the caller's to decide."""
    found = rows_of(FACTS, [list(person_ids)])
    return {person_id: conditions.PassFacts.of(*columns) for person_id, *columns in found}
