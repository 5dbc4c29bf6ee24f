"""A session with the database outside Django: opened with patience, and asked for one value."""

import time
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _

Session = psycopg.Connection[Any]
_CONNECT_SECONDS = 5
NO_ANSWER = _("The database does not answer ({reason}). Start it, or mend DATABASE_URL.")


def connect(url: str, *, seconds: float = 0.0) -> Session:
    """Connect in autocommit, trying again for some time. Raises ServerError when the server does not answer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                raise ServerError(NO_ANSWER, reason=one_line(error)) from error
            time.sleep(0.5)


def one_line(error: BaseException) -> str:
    """Give an error's text without line breaks."""
    return " ".join(str(error).split())


def row(session: Session, query: LiteralString, *values: object) -> tuple[Any, ...]:
    """Give the first row of a query; two times None when it has none."""
    found: tuple[Any, ...] | None = session.execute(sql.SQL(query), values or None).fetchone()
    return found or (None, None)


def one(session: Session, query: LiteralString, *values: object) -> Any:
    """Give the first value of a query; None when it has no row."""
    return row(session, query, *values)[0]
