"""What a lane holds in memory: what every venue code stands for, whose tokens were ended, by which rules passes are
decided. Read at the start and whenever the database says that it changed.

While the database is away the last state serves; what changed meanwhile is read as soon as it is back.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from outpost.core.logs import one_line
from outpost.health.passes import RuleSet
from outpost.health.queries import pass_reading
from outpost.people import token_ends
from outpost.venues import recording
from outpost.venues.rules import Place

PAUSE = 1.0
_CHANNELS = {recording.CHANNEL, token_ends.CHANNEL, pass_reading.CHANNEL}
_log = logging.getLogger("outpost.lane")


class Known:
    """`places` is None until all was read for the first time; `agreed`: the last rules that two agreed on."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.ended: Mapping[UUID, datetime] = {}
        self.agreed: RuleSet | None = None
        self.places: Mapping[UUID, Place] | None = None

    async def follow(self) -> None:
        """Keep it true until cancelled."""
        while True:
            try:
                async with await AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await self._listen(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                _log.warning("codes, tokens and rules are not followed just now (%s)", one_line(error))
            await asyncio.sleep(PAUSE)

    async def _listen(self, connection: AsyncConnection[Any]) -> None:
        for channel in _CHANNELS:
            await connection.execute(f"LISTEN {channel}")  # first, so that nothing is missed between
        told = _CHANNELS
        while True:
            if token_ends.CHANNEL in told:
                self.ended = await token_ends.token_ends(connection)
            if pass_reading.CHANNEL in told:
                self.agreed = await pass_reading.last_agreed(connection)
            if recording.CHANNEL in told:
                self.places = await recording.places(connection)
            told = {note.channel async for note in connection.notifies(stop_after=1)}
