"""History of replaced rows: kept as they stood, found by import or by row, restored exactly."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from psycopg import sql


def row_key(key: Sequence[str]) -> sql.Composable:
    """How a row of `table t` is named in the history: the text of its key columns."""
    return sql.SQL(" || '/' || ").join(sql.SQL("t.{}::text").format(sql.Identifier(c)) for c in key)


def keep(table: str, key: Sequence[str], where: sql.Composable, *, at: datetime, cause: str) -> int:
    """Copy the rows of `table t` that match `where` into the history before they change.

    `key` are the columns that name a row, `cause` is the import's UUID or the act. Returns the count.
    """
    statement = sql.SQL(
        'INSERT INTO audit_rowversion (id, "table", row_key, row, replaced_at, cause)'
        " SELECT gen_random_uuid(), {name}, {row_key}, to_jsonb(t), {at}, {cause} FROM {table} t WHERE {where}"
    ).format(
        name=sql.Literal(table),
        row_key=row_key(key),
        at=sql.Literal(at),
        cause=sql.Literal(cause),
        table=sql.Identifier(table),
        where=where,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
