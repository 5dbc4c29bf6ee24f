"""A connection that is made when it is needed, and given up when it fails."""

import asyncio
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

PATIENCE = 2.0
"""Seconds that a connection may take; requests of an outage are refused meanwhile."""
_NOTICES_SILENCE: Mapping[str, str] = {
    "tcp_user_timeout": "5000",
    "keepalives_idle": "5",
    "options": "-c statement_timeout=5s",
}


class Line:
    """For one task alone: requests never own a connection."""

    def __init__(self, address: str) -> None:
        self._address = make_conninfo(address, **_NOTICES_SILENCE)
        self._connection: AsyncConnection[Any] | None = None

    async def get(self) -> AsyncConnection[Any]:
        """Raises psycopg.OperationalError, TimeoutError."""
        if self._connection is None or self._connection.closed:
            async with asyncio.timeout(PATIENCE):
                self._connection = await AsyncConnection.connect(self._address, autocommit=True)
        return self._connection

    async def close(self) -> None:
        """Give it back, or up."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
