"""What every venue code stands for, in memory: read at the start and whenever the database says that codes changed.

While the database is away the last state serves; what changed meanwhile is read as soon as it is back.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from outpost.core.logs import one_line
from outpost.venues.recording import CHANNEL, places
from outpost.venues.rules import Place

PAUSE = 1.0
_log = logging.getLogger("outpost.lane")


class Codes:
    """`known` is None until they were read for the first time."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.known: Mapping[UUID, Place] | None = None

    async def follow(self) -> None:
        """Keep them true until cancelled."""
        while True:
            try:
                async with await AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await self._listen(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                _log.warning("codes are not followed just now (%s)", one_line(error))
            await asyncio.sleep(PAUSE)

    async def _listen(self, connection: AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")  # first, so that nothing is missed between
        while True:
            self.known = await places(connection)
            async for _told in connection.notifies(stop_after=1):
                pass  # it holds the connection while it waits
