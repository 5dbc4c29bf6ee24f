"""Rotation of the sealing key: every sealed column of the house is sealed again with the newest key.

A run that is stopped goes on where it was: what is left is what does not begin with the newest key's prefix.
Old keys stay in the key file, because backups and kept versions of rows need them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection, transaction
from psycopg import sql

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import PREFIX, KeyRing, ring


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One sealed column: its context is `<context>:<key>`, `key` being the table's one-column primary key.

    `bound_to` is an SQL expression where the context ends in something else than the key.
    """

    table: str
    key: str
    key_type: LiteralString
    column: str
    context: str
    bound_to: LiteralString = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """`remaining` rows were being written by others meanwhile: run it again."""

    resealed: int
    remaining: int


_columns: list[SealedColumn] = [SealedColumn("people_person", "person_id", "uuid", "sealed", "people.person")]


def register(*columns: SealedColumn) -> None:
    """Add the sealed columns of other modules; `config.wiring` calls it once, a repetition changes nothing."""
    _columns.extend(column for column in columns if column not in _columns)


def start_new_key(*, actor: Actor, at: datetime) -> int:
    """Add a sealing key, used from now on; returns its version. `rotate_sealing` then takes the rest along."""
    actor.require("people.rotate_keys")
    with transaction.atomic():
        version = ring().add_sealing_key()
        audit.record("people.sealing_key_added", actor=actor, at=at, count=0, detail={"version": version})
    return version


def rotate_sealing(*, actor: Actor, at: datetime, batch: int = 1000) -> Rotation:
    """Seal everything again that was sealed with an older key, `batch` rows a transaction.

    Readers and writers go on meanwhile; a row that somebody holds is left for the next run.
    """
    actor.require("people.rotate_keys")
    keys = ring()
    resealed = sum(_rotate_column(column, keys, batch) for column in _columns)
    remaining = sum(_waiting(column, keys) for column in _columns)
    with transaction.atomic():
        audit.record(
            "people.sealing_rotated", actor=actor, at=at, count=resealed, detail={"remaining": remaining}
        )
    return Rotation(resealed, remaining)


def _rotate_column(column: SealedColumn, keys: KeyRing, batch: int) -> int:
    last: Any = None
    total = 0
    while True:
        with transaction.atomic():
            rows = _older(column, keys.sealing_prefix, last, batch)
            if not rows:
                return total
            _store(column, [(key, _reseal(column, keys, tail, blob)) for key, tail, blob in rows])
        last = rows[-1][0]
        total += len(rows)


def _reseal(column: SealedColumn, keys: KeyRing, tail: object, blob: bytes) -> bytes:
    context = f"{column.context}:{tail}"
    return keys.seal(keys.open(blob, context), context)


def _names(column: SealedColumn) -> dict[str, sql.Composable]:
    return {
        "table": sql.Identifier(column.table),
        "key": sql.Identifier(column.key),
        "column": sql.Identifier(column.column),
        "key_type": sql.SQL(column.key_type),
        "tail": sql.SQL(column.bound_to) if column.bound_to else sql.Identifier(column.key),
        "size": sql.Literal(PREFIX),
    }


def _older(column: SealedColumn, prefix: bytes, last: Any, batch: int) -> list[tuple[Any, Any, bytes]]:
    """The next rows after the key `last` that were sealed with another key, locked; others' rows are skipped."""
    statement = sql.SQL(
        "SELECT {key}, {tail}, {column} FROM {table}"
        " WHERE substring({column} FROM 1 FOR {size}) <> %s AND (%s::{key_type} IS NULL OR {key} > %s::{key_type})"
        " ORDER BY {key} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
    ).format(**_names(column))
    with connection.cursor() as cursor:
        cursor.execute(statement, [prefix, last, last, batch])
        return [(key, tail, bytes(blob)) for key, tail, blob in cursor.fetchall()]


def _store(column: SealedColumn, rows: list[tuple[Any, bytes]]) -> None:
    statement = sql.SQL(
        "UPDATE {table} t SET {column} = v.blob"
        " FROM unnest(%s::{key_type}[], %s::bytea[]) AS v (key, blob) WHERE t.{key} = v.key"
    ).format(**_names(column))
    with connection.cursor() as cursor:
        cursor.execute(statement, [[key for key, _ in rows], [blob for _, blob in rows]])


def _waiting(column: SealedColumn, keys: KeyRing) -> int:
    statement = sql.SQL(
        "SELECT count(*) FROM {table} WHERE substring({column} FROM 1 FOR {size}) <> %s"
    ).format(**_names(column))
    with connection.cursor() as cursor:
        cursor.execute(statement, [keys.sealing_prefix])
        (count,) = cursor.fetchone()
    return int(count)
