"""A check-in that comes by a form of the pages: judged by the lane's rule, written by its statements, on a connection
of its own. For the few whose browser runs no script: no queue, no batch."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.venues import errors
from outpost.venues.recording import CheckIn, Kept, digest_of, record
from outpost.venues.rules import Place, Visit, why_not


@dataclass(frozen=True, slots=True)
class Scan:
    """One opening of the form: its id, and when it was; sent twice it counts once."""

    id: UUID
    at: datetime


def check_in(person_id: UUID, place: Place, scan: Scan, *, at: datetime) -> None:
    """Record a visit; it is on disk when this returns. Raises Refusal with the lane's problems."""
    visit = Visit(scan.at)
    if problem := why_not(visit, place, at=at):
        raise Refusal(problem)
    one = CheckIn(scan.id, person_id, place, visit, digest_of(ring(), person_id, place, visit))
    kept = asyncio.run(_record(one, _address(), at))
    if kept[one.id].digest != one.digest:
        raise Refusal(errors.OTHER_CONTENT)


async def _record(one: CheckIn, address: str, at: datetime) -> dict[UUID, Kept]:
    async with await AsyncConnection.connect(address, autocommit=True) as own:
        return await record(own, [one], zone=zone(), at=at)


def _address() -> str:
    """Where this process's own connection leads."""
    connection.ensure_connection()
    info = connection.connection.info
    return make_conninfo(info.dsn, password=info.password)
