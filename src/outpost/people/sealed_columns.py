"""The sealed columns of the house, and how all their rows are gone through: for a new key, for hashes of surnames.

A walk that is stopped goes on where it was, because what it has done is no longer what it looks for.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from psycopg import sql

from outpost.core.crypto import PREFIX
from outpost.core.db import rows_of, run
from outpost.core.modules import SealedColumn

SealedRow = tuple[Any, Any, bytes]
"""Key, what the context ends in, and the sealed blob."""

_columns: list[SealedColumn] = [SealedColumn("people_person", "person_id", "uuid", "sealed", "people.person")]


def register(*columns: SealedColumn) -> None:
    """Add the sealed columns of other modules; the wiring calls it once, a repetition changes nothing."""
    _columns.extend(column for column in columns if column not in _columns)


def columns() -> Sequence[SealedColumn]:
    """All of them, the identities' first."""
    return _columns


def walk(
    column: SealedColumn, waiting: sql.Composable, batch: int, write: Callable[[Sequence[SealedRow]], int]
) -> int:
    """Hand the rows for which the SQL condition `waiting` holds to `write`, locked, `batch` a transaction.

    Returns the sum of what `write` returned. Rows that somebody else holds are passed over.
    """
    last: Any = None
    total = 0
    while True:
        with transaction.atomic():
            rows = _next(column, waiting, last, batch)
            if not rows:
                return total
            total += write(rows)
        last = rows[-1][0]


def store(column: SealedColumn, into: str, rows: Sequence[tuple[Any, bytes]]) -> None:
    """Write bytes by key into a column of the table."""
    statement = sql.SQL(
        "UPDATE {table} t SET {into} = v.blob"
        " FROM unnest(%s::{key_type}[], %s::bytea[]) AS v (key, blob) WHERE t.{key} = v.key"
    ).format(**_names(column), into=sql.Identifier(into))
    run(statement, [[key for key, _ in rows], [blob for _, blob in rows]])


def one_of_each_key(column: SealedColumn) -> list[SealedRow]:
    """One row for every key version that sealed values of this column begin with."""
    statement = sql.SQL(
        "SELECT DISTINCT ON (substring({column} FROM 1 FOR {prefix})) {key}, {tail}, {column} FROM {table}"
        " WHERE {column} IS NOT NULL ORDER BY substring({column} FROM 1 FOR {prefix})"
    ).format(**_names(column), prefix=sql.Literal(PREFIX))
    return [(key, tail, bytes(blob)) for key, tail, blob in rows_of(statement)]


def _next(column: SealedColumn, waiting: sql.Composable, last: Any, batch: int) -> list[SealedRow]:
    statement = sql.SQL(
        "SELECT {key}, {tail}, {column} FROM {table}"
        " WHERE {waiting} AND (%s::{key_type} IS NULL OR {key} > %s::{key_type})"
        " ORDER BY {key} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
    ).format(**_names(column), waiting=waiting)
    return [(key, tail, bytes(blob)) for key, tail, blob in rows_of(statement, [last, last, batch])]


def _names(column: SealedColumn) -> dict[str, sql.Composable]:
    return {
        "table": sql.Identifier(column.table),
        "key": sql.Identifier(column.key),
        "column": sql.Identifier(column.column),
        "key_type": sql.SQL(column.key_type),
        "tail": sql.SQL(column.bound_to) if column.bound_to else sql.Identifier(column.key),
    }
