"""Hashes of surnames for rows that are older than the search by surname.

A migration has no keys, so this runs right after the migrations; each such row is opened once. Until then these people
are found by their whole name.
"""

from collections.abc import Sequence

from psycopg import sql

from outpost.core.crypto import KeyRing, ring
from outpost.core.keyfile import CryptoError
from outpost.core.modules import SealedColumn
from outpost.core.stated import unseal
from outpost.people.names import surname_of
from outpost.people.sealed_columns import SealedRow, columns, store, walk
from outpost.people.stated import surname_hash


def hash_surnames(*, batch: int = 5000) -> int:
    """Give every row its surname's hash, `batch` rows a transaction; returns how many got one.

    A row that somebody holds, or that no key opens, is left for the next run.
    """
    return sum(_hash_column(column, ring(), batch) for column in columns() if column.surname)


def _hash_column(column: SealedColumn, keys: KeyRing, batch: int) -> int:
    def write(rows: Sequence[SealedRow]) -> int:
        hashed = [(row[0], found) for row in rows if (found := _hash(column, keys, row)) is not None]
        store(column, column.surname, hashed)
        return len(hashed)

    return walk(column, sql.SQL("{} IS NULL").format(sql.Identifier(column.surname)), batch, write)


def _hash(column: SealedColumn, keys: KeyRing, row: SealedRow) -> bytes | None:
    _key, tail, blob = row
    try:
        stated = unseal(keys, f"{column.context}:{tail}", blob)
    except CryptoError:
        return None  # one damaged row must not keep a new version from starting
    return surname_hash(keys, surname_of(stated.name))
