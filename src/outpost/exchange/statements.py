"""The parts of which the statements of a merge are made."""

from collections.abc import Iterable
from typing import LiteralString
from uuid import UUID, uuid4

from psycopg import sql

from outpost.core import db
from outpost.exchange.target import Target


def becomes(target: Target, column: str) -> sql.Composable:
    """What staged row `s` makes of a column of living row `t`."""
    if column in target.becomes:
        return sql.SQL("({})").format(sql.SQL(target.becomes[column].known))
    return sql.Identifier("s", column)


def becomes_new(target: Target, column: str) -> sql.Composable:
    """What staged row `s` puts into a column of a new row."""
    if column in target.becomes:
        return sql.SQL("({})").format(sql.SQL(target.becomes[column].new))
    return sql.Identifier("s", column)


def differs(target: Target) -> sql.Composable:
    """Whether living row `t` differs from what staged row `s` makes of it."""
    if not target.compared:
        return sql.SQL("({})").format(sql.SQL(target.differs))
    stated = sql.SQL(", ").join(becomes(target, column) for column in target.compared)
    return sql.SQL("(ROW({}) IS DISTINCT FROM ROW({}) OR ({}))").format(
        stated, listed(target.compared, of="t"), sql.SQL(target.differs)
    )


def same(left: str, right: str, key: Iterable[str]) -> sql.Composable:
    """The rows of both names have one key."""
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} = {}.{}").format(
            sql.Identifier(left), sql.Identifier(c), sql.Identifier(right), sql.Identifier(c)
        )
        for c in key
    )


def listed(names: Iterable[str], *, of: str = "") -> sql.Composable:
    """Columns as they stand in a list."""
    return sql.SQL(", ").join(sql.Identifier(of, name) if of else sql.Identifier(name) for name in names)


def import_of(import_id: UUID | None) -> sql.Composable:
    """The import as a value."""
    return sql.SQL("{}::uuid").format(sql.Literal(import_id and str(import_id)))


def table_name(of: str) -> sql.Identifier:
    """A table name, qualified or not."""
    return sql.Identifier(*of.split("."))


def scratch(purpose: LiteralString) -> str:
    """The bare name of a temporary table that nothing else has."""
    return f"merge_{purpose}_{uuid4().hex}"


def run(text: LiteralString, *positional: sql.Composable, **parts: sql.Composable) -> int:
    """Run a statement; the number of rows that it touched."""
    return db.run(sql.SQL(text).format(*positional, **parts))


def count(query: sql.Composable) -> int:
    """The one number that a query gives."""
    return int(db.value_of(query))
