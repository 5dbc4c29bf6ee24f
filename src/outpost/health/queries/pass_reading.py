"""What the fast lane reads to decide passes: the facts of many people by one statement, and the rules that two agreed
on. Past the pages, on a connection of its own."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from outpost.health import conditions, passes, written_rules

CHANNEL = "health_pass_rules"
"""Where lanes listen for changed rules."""
FACTS = f"SELECT person_id, {', '.join(conditions.COLUMNS)} FROM health_passfacts WHERE person_id = ANY(%s)"
LAST_AGREED = """SELECT version, rules, expires_at FROM health_passruleset
    WHERE version IS NOT NULL ORDER BY version DESC LIMIT 1"""


async def last_agreed(connection: AsyncConnection[Any]) -> passes.RuleSet | None:
    """The last set that two agreed on, expired or not (`passes.in_force` tells); None before there is one."""
    row = await (await connection.execute(LAST_AGREED)).fetchone()
    if row is None:
        return None
    version, rules, expires_at = row
    return passes.RuleSet(version=version, rules=written_rules.read(rules), expires_at=expires_at)


async def facts_of(
    connection: AsyncConnection[Any], person_ids: Collection[UUID]
) -> dict[UUID, conditions.PassFacts]:
    """The facts of those people of whom there are some."""
    found = await connection.execute(FACTS, [list(person_ids)])
    return {person_id: conditions.PassFacts.of(*columns) for person_id, *columns in await found.fetchall()}
