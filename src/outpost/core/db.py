"""Small PostgreSQL helpers: a lost database, COPY, advisory locks and table names made safe."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler
from procrastinate.exceptions import ConnectorException
from psycopg import sql

GONE = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    ConnectorException,
)
"""How a database that is lost, full or restarting shows: through Django, inside a COPY (which Django does not
translate), while a job is queued."""

MAYBE_GONE: tuple[type[Exception], ...] = (*GONE, ProgrammingError, psycopg.errors.InsufficientPrivilege)
"""What to catch where `is_gone` decides."""

Statement: TypeAlias = str | sql.Composable
Values: TypeAlias = Sequence[Any] | Mapping[str, Any] | None

_NAMED = re.compile(r"%\((\w+)\)s")
READ_ONLY = "Read-only file system"


def is_gone(fault: object) -> bool:
    """Whether an error says that the database cannot be had just now: one of GONE, or its disk became read-only.

    PostgreSQL reports such a disk as a lack of privilege: only its words tell it from a right that is missing.
    """
    cause = fault.__cause__ if isinstance(fault, ProgrammingError) else fault
    is_read_only = isinstance(cause, psycopg.errors.InsufficientPrivilege) and READ_ONLY in str(cause)
    return isinstance(fault, GONE) or is_read_only


@contextmanager
def planned_with(**settings: str) -> Iterator[None]:
    """Let a heavy statement be planned with these settings of the server (`work_mem="256MB"`), in a transaction."""
    is_inside = connection.in_atomic_block  # else they end with our transaction
    setting = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {setting}", [part for pair in settings.items() for part in pair])
        yield
        for name in settings if is_inside else ():
            cursor.execute(sql.SQL("RESET {}").format(sql.Identifier(name)))


def notify(channel: str) -> None:
    """Tell who listens there (the lanes), once this transaction is there."""
    run("SELECT pg_notify(%s, '')", [channel])


def as_subquery(statement: str, parameters: Mapping[str, Any]) -> RawSQL:
    """A statement with named parameters for a filter of the ORM, which knows them by their order alone."""
    return RawSQL(*_by_order(statement, parameters))  # noqa: S611 - statements of ours


class RowCondition(RawSQL):
    """A condition that names the row it is about `{row}`, so that it goes along where Django names its table anew: in a
    query inside another one."""

    def __init__(self, statement: str, parameters: Mapping[str, Any], table: str) -> None:
        super().__init__(*_by_order(statement, parameters), output_field=BooleanField())
        self.table = table

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        statement, parameters = super().as_sql(compiler, connection)
        return statement.replace("{row}", compiler.quote_name_unless_alias(self.table)), parameters

    def relabeled_clone(self, change_map: Mapping[str, str]) -> Self:
        clone = super().relabeled_clone(change_map)
        clone.table = change_map.get(self.table, self.table)
        return clone


def _by_order(statement: str, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    return _NAMED.sub("%s", statement), [parameters[name] for name in _NAMED.findall(statement)]


def rows_of(statement: Statement, values: Values = None) -> list[tuple[Any, ...]]:
    """What a statement finds, all of it at once."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def value_of(statement: Statement, values: Values = None) -> Any:
    """The one value that a statement finds."""
    [(found,)] = rows_of(statement, values)
    return found


def run(statement: Statement, values: Values = None) -> int:
    """Run a statement that writes; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


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


def streamed(found: QuerySet[Any, tuple[Any, ...]], *, size: int = 1000) -> Iterator[tuple[Any, ...]]:
    """The rows of a `values_list` in constant memory, `size` at a time, while the server works ahead.

    A named cursor lets the server rest between two chunks. No other statement may run on this connection meanwhile,
    and values come as the driver reads them: cast what needs Django's own conversion.
    """
    try:
        statement, parameters = found.query.sql_with_params()
    except EmptyResultSet:  # a reach or filter of nothing
        return
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        yield from cursor.stream(statement, parameters, size=size)


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows a named advisory lock."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def hold_lock(name: str, *, shared: bool = False) -> None:
    """Take the named advisory lock until the end of the transaction; waits for it.

    A transaction takes all its named locks in sorted order, before it writes.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    run(f"SELECT {function}(%s)", [lock_key(name)])


@contextmanager
def held_by_this_connection(name: str) -> Iterator[bool]:
    """Hold the named advisory lock over many transactions, for work that commits step by step.

    Yields False at once when another connection holds it. The lock ends with the block, or with the connection
    when its process is killed.
    """
    taken = bool(value_of("SELECT pg_try_advisory_lock(%s)", [lock_key(name)]))
    try:
        yield taken
    finally:
        if taken and connection.is_usable():
            run("SELECT pg_advisory_unlock(%s)", [lock_key(name)])
