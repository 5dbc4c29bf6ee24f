"""Which tokens are no good any more although they have not expired: of a phone that was lost, of an account that was
closed. Lanes hold them in memory and hear of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from outpost.core.db import notify
from outpost.people.models import TokenEnd

CHANNEL = "people_tokens"
"""Where lanes listen for ended tokens."""


def end_tokens(person_id: UUID, *, at: datetime) -> None:
    """End all tokens of a person that were issued until now, in every lane once this transaction is there. Who has it
    done writes the audit row."""
    TokenEnd.objects.update_or_create(person_id=person_id, defaults={"ended_at": at})
    notify(CHANNEL)


async def token_ends(connection: AsyncConnection[Any]) -> dict[UUID, datetime]:
    """Until when tokens were ended, by person."""
    found = await connection.execute("SELECT person_id, ended_at FROM people_tokenend")
    return dict(await found.fetchall())
