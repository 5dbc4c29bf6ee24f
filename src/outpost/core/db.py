"""Small PostgreSQL helpers: COPY, advisory locks and table names made safe."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import sql


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table on the current connection; returns how many were sent.

    `table` may be qualified (`staging.import_1`). Values are adapted by psycopg.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def hold_lock(name: str, *, shared: bool = False) -> None:
    """Take the named advisory lock until the end of the transaction; waits for it.

    A transaction takes all its named locks in sorted order, before it writes.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_lock_key(name)])


@contextmanager
def held_by_this_connection(name: str) -> Iterator[bool]:
    """Hold the named advisory lock over many transactions, for work that commits step by step.

    Yields False at once when another connection holds it. The lock ends with the block, or with the connection
    when its process is killed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_lock_key(name)])
        (taken,) = cursor.fetchone()
    try:
        yield bool(taken)
    finally:
        if taken and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_lock_key(name)])
