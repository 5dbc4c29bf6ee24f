"""Reads of passes without the pages: for the lane, on a connection of its own, one statement a batch.

decisions = await decided(connection, person_ids, rules=await rules_in_force(connection, at), at=at)
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from outpost.health import passes

FACTS = """SELECT person_id, negative_at, positive_at, declared_at, has_symptoms, was_in_risk_area, disposition,
    disposed_at FROM health_passfacts WHERE person_id = ANY(%s)"""
LAST_AGREED = """SELECT version, rules, expires_at FROM health_passruleset
    WHERE version IS NOT NULL ORDER BY version DESC LIMIT 1"""


async def rules_in_force(connection: AsyncConnection[Any], at: datetime) -> passes.RuleSet:
    """The rule set by which passes are decided at an instant: to be kept for some seconds, not for a day."""
    row = await (await connection.execute(LAST_AGREED)).fetchone()
    if row is None:
        return passes.BUILT_IN
    version, rules, expires_at = row
    return passes.in_force(
        passes.RuleSet(version=version, rules=passes.read(rules), expires_at=expires_at), at
    )


async def decided(
    connection: AsyncConnection[Any], person_ids: Collection[UUID], *, rules: passes.RuleSet, at: datetime
) -> dict[UUID, passes.Decision]:
    """The pass of each of these people."""
    found = await (await connection.execute(FACTS, [list(person_ids)])).fetchall()
    facts = {person_id: passes.PassFacts.of(*columns) for person_id, *columns in found}
    return passes.decide_each(person_ids, facts, rules, at)
