"""A connection of the pages: while the database is away, few requests wait for one and the others are told at once.

The pool's own limit (`max_waiting`) cannot be used: it counts requests that have given up, and so never opens again.
"""

import threading
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader

from outpost.config.database import WAITING

A_MOMENT = 2.0
"""Seconds: a database that answers lets somebody through within."""


class Patience:
    """So many may wait at once. Who finds no place within a moment is refused; at once, when that has happened or one
    has waited in vain, until a connection was made again."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._is_away = False

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=0 if self._is_away else A_MOMENT):
            self._is_away = True
            raise OperationalError("the database does not answer, and others wait for it already")

    def __exit__(self, kind: type[BaseException] | None, *_more: object) -> None:
        self._is_away = kind is not None
        self._places.release()


patience = Patience(WAITING)


class InstantLoader(TimestamptzLoader):
    """An instant as the server writes it. The library's own reads each by an expression: six to eleven times as long,
    which was a fifth of a search that finds a thousand."""

    timezone = UTC  # of every session, by which Django knows the loader

    def load(self, data: Buffer) -> datetime:
        """Raises DataError for what no datetime can hold."""
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django has it, save that waiting for the pool is limited and instants are read fast."""

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["context"].adapters.register_loader("timestamptz", InstantLoader)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool, or a new one where there is no pool. Raises OperationalError."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        with patience:
            return super().get_new_connection(conn_params)
