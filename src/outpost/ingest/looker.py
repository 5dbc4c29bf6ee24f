"""Looks up what passes are decided from: one statement for all who wait, once in a while for each person.

Somebody who refreshes all the time gets what was read a moment ago, so that a full square of them costs no more than as
many people.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from outpost.core.logs import one_line
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.ingest.connection import Line
from outpost.ingest.writer import BusyError

FRESH = 2.0
"""Seconds for which what was read of a person is shown again."""
MOST_WAITING = 4096
MOST_AT_ONCE = 1024

Read: TypeAlias = Callable[[AsyncConnection[Any], Sequence[UUID]], Awaitable[dict[UUID, PassFacts]]]

_log = logging.getLogger("outpost.lane")


class Looker:
    """One a process. `run` works until it is cancelled; `facts` waits for what is known of a person."""

    def __init__(self, address: str, read: Read) -> None:
        self._line = Line(address)
        self._read = read
        self._span = 0
        self._looks: dict[UUID, asyncio.Future[PassFacts]] = {}
        self._queue: asyncio.Queue[UUID] = asyncio.Queue(MOST_WAITING)

    async def facts(self, person_id: UUID) -> PassFacts:
        """At most FRESH old. Raises BusyError."""
        loop = asyncio.get_running_loop()
        if (
            span := int(loop.time() // FRESH)
        ) != self._span:  # all spans begin together: little is remembered
            self._span = span
            self._looks = {one: look for one, look in self._looks.items() if not look.done()}
        look = self._looks.get(person_id)
        if look is None:
            if self._queue.full():
                raise BusyError
            look = self._looks[person_id] = loop.create_future()
            self._queue.put_nowait(person_id)
        return await asyncio.shield(look)  # others wait for it too

    async def run(self) -> None:
        """Read batch after batch."""
        while True:
            people = [await self._queue.get()]
            while len(people) < MOST_AT_ONCE and not self._queue.empty():
                people.append(self._queue.get_nowait())
            await self._settle(people)

    async def close(self) -> None:
        """Give the connection back."""
        await self._line.close()

    async def _settle(self, people: Sequence[UUID]) -> None:
        try:
            found = await self._read(await self._line.get(), people)
        except (psycopg.Error, TimeoutError) as error:
            _log.warning("the database does not tell of passes just now (%s)", one_line(error))
            await self._line.close()
            for person_id in people:
                self._looks.pop(person_id).set_exception(BusyError())
            return
        for person_id in people:
            self._looks[person_id].set_result(found.get(person_id, NO_FACTS))
