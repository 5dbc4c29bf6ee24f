"""Rotation of the sealing key: every sealed column of the house is sealed again with the newest key.

A run that is stopped goes on where it was: what is left is what does not begin with the newest key's prefix.
Old keys stay in the key file, because backups and kept versions of rows need them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from psycopg import sql

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import PREFIX, KeyRing, ring
from outpost.core.db import value_of
from outpost.core.modules import SealedColumn
from outpost.people.keys import note_keys
from outpost.people.sealed_columns import SealedRow, columns, store, walk


@dataclass(frozen=True, slots=True)
class Rotation:
    """`remaining` rows were being written by others meanwhile: run it again."""

    resealed: int
    remaining: int


def start_new_key(*, actor: Actor, at: datetime) -> int:
    """Add a sealing key, used from now on; returns its version. `rotate_sealing` then takes the rest along."""
    actor.require("people.rotate_keys")
    with transaction.atomic():
        keys = ring()
        version = keys.add_sealing_key()
        note_keys(keys, at=at)
        audit.record("people.sealing_key_added", actor=actor, at=at, count=0, detail={"version": version})
    return version


def rotate_sealing(*, actor: Actor, at: datetime, batch: int = 1000) -> Rotation:
    """Seal everything again that was sealed with an older key, `batch` rows a transaction.

    Readers and writers go on meanwhile; a row that somebody holds is left for the next run.
    """
    actor.require("people.rotate_keys")
    keys = ring()
    resealed = sum(_rotate_column(column, keys, batch) for column in columns())
    remaining = sum(_waiting(column, keys) for column in columns())
    with transaction.atomic():
        audit.record(
            "people.sealing_rotated", actor=actor, at=at, count=resealed, detail={"remaining": remaining}
        )
    return Rotation(resealed, remaining)


def _rotate_column(column: SealedColumn, keys: KeyRing, batch: int) -> int:
    def write(rows: Sequence[SealedRow]) -> int:
        _store(column, [(key, _reseal(column, keys, tail, blob)) for key, tail, blob in rows])
        return len(rows)

    return walk(column, _is_older(column, keys), batch, write)


def _reseal(column: SealedColumn, keys: KeyRing, tail: object, blob: bytes) -> bytes:
    context = f"{column.context}:{tail}"
    return keys.seal(keys.open(blob, context), context)


def _store(column: SealedColumn, rows: list[tuple[Any, bytes]]) -> None:
    store(column, column.column, rows)


def _is_older(column: SealedColumn, keys: KeyRing) -> sql.Composable:
    return sql.SQL("substring({} FROM 1 FOR {}) <> {}").format(
        sql.Identifier(column.column), sql.Literal(PREFIX), sql.Literal(keys.sealing_prefix)
    )


def _waiting(column: SealedColumn, keys: KeyRing) -> int:
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        sql.Identifier(column.table), _is_older(column, keys)
    )
    return int(value_of(statement))
