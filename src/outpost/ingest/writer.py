"""The queue and its one writer: it takes what waits, writes it in one transaction, then each is answered.

Requests never own a connection: whoever hangs up leaves the writer as it was. What a batch fails for is found by
halving it, so that one row that cannot be written takes no other with it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from outpost.core.logs import one_line
from outpost.ingest.connection import Line
from outpost.ingest.metrics import BATCH, COMMIT, WAITING
from outpost.venues.recording import CheckIn, Kept

MOST_WAITING = 4096
MOST_AT_ONCE = 256
A_TURN = 64
"""Answered in one turn of the loop: who calls meanwhile is heard, or refused, before the next of them."""

Write: TypeAlias = Callable[[AsyncConnection[Any], Sequence[CheckIn]], Awaitable[dict[UUID, Kept]]]
Waiting: TypeAlias = "tuple[CheckIn, asyncio.Future[Kept | None]]"

_log = logging.getLogger("outpost.lane")


class BusyError(Exception):
    """The queue is full, or the database is away or refuses everything: nothing was written, it may be sent again."""


class UnwritableError(Exception):
    """The database refuses this row by itself."""


class Writer:
    """One a process. `run` works until it is cancelled; `put` waits for what became of a check-in."""

    def __init__(self, address: str, write: Write) -> None:
        self._line = Line(address)
        self._write = write
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(MOST_WAITING)

    async def put(self, check_in: CheckIn) -> Kept | None:
        """What stands of its id once that is on disk; None for a late one that is not known. Raises BusyError,
        UnwritableError."""
        answer: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((check_in, answer))
        except asyncio.QueueFull:
            raise BusyError from None
        return await answer

    async def run(self) -> None:
        """Write batch after batch."""
        while True:
            waiting = [await self._queue.get()]
            later: list[Waiting] = []
            ids = {waiting[0][0].id}
            while len(waiting) < MOST_AT_ONCE and not self._queue.empty():
                one = self._queue.get_nowait()
                (later if one[0].id in ids else waiting).append(one)
                ids.add(one[0].id)
            await self._settle(waiting)
            while later:  # what was sent twice at once meets the first of it
                await self._settle([later.pop(0)])

    async def close(self) -> None:
        """Give the connection back."""
        await self._line.close()

    async def _settle(self, waiting: Sequence[Waiting]) -> None:
        WAITING.set(self._queue.qsize())
        BATCH.observe(len(waiting))
        try:
            with COMMIT.time():
                kept = await self._write(await self._line.get(), [one for one, _ in waiting])
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            await self._halve(waiting, error)
        except (psycopg.Error, TimeoutError) as error:  # no row's fault: all of them may come again
            _log.warning("the database does not take check-ins just now (%s)", one_line(error))
            await self._line.close()
            _fail(waiting, BusyError())
        else:
            for number, (one, answer) in enumerate(waiting, 1):
                if not answer.done():
                    answer.set_result(kept.get(one.id))
                if number % A_TURN == 0:
                    await asyncio.sleep(0)

    async def _halve(self, waiting: Sequence[Waiting], error: psycopg.DatabaseError) -> None:
        if len(waiting) == 1:
            _log.error("a check-in cannot be written (%s)", type(error).__name__)
            _fail(waiting, UnwritableError())
            return
        middle = len(waiting) // 2
        await self._settle(waiting[:middle])
        await self._settle(waiting[middle:])


def _fail(waiting: Sequence[Waiting], error: Exception) -> None:
    for _one, answer in waiting:
        if not answer.done():
            answer.set_exception(error)
