"""Erases removed rows from the disk: rewrites the tables, then lets the log segments go that still held them.

A deleted row stays in its page, in the indexes and in the write-ahead log. `VACUUM FULL` writes every table and its
indexes anew from the living rows, the planner's statistics too; a checkpoint then removes the segments before it,
recycling (which keeps the old bytes under a new name) being off meanwhile. Tables are locked while they are written.
docs/adr/0009-purging.md says what is left outside.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.sessions import one

_PATIENCE = 60.0  # seconds for transactions that still see the removed rows
_ROUNDS = 20
_MAY_CLEAR = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_OLDER = """SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
  AND greatest(age(backend_xmin), age(backend_xid)) > age(%s::text::xid)"""
_TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('information_schema', 'pg_toast')
  AND (n.nspname <> 'pg_catalog' OR c.relname = 'pg_statistic') ORDER BY pg_total_relation_size(c.oid)"""
_OLD_SEGMENTS = """SELECT count(*) FROM pg_ls_waldir()
  WHERE name ~ '^[0-9A-F]{24}$' AND name <= pg_walfile_name(%s::pg_lsn)"""
_NEXT_SEGMENTS = """SELECT count(*) FROM pg_ls_waldir()
  WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn())"""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: tables written anew, and whether the log before `wal_begins_at` is gone (`removed`) or was left to
    the server's own pace (`left`, when the role may not remove it). The second copy was taken anew (`renewed`), could
    not be (`left`), or there is `none`."""

    tables: int
    wal: str
    wal_begins_at: str
    copy: str


def erase(
    connection: psycopg.Connection[Any], *, progress: Callable[[str], None], renew_copy: Callable[[], str]
) -> Erased:
    """Erase what was deleted before; `connection` in autocommit, as the owner or (for the log) a superuser.

    `renew_copy` is called when the tables are written anew, and says what became of the second copy: a log that is kept
    for an old one would stay. Raises ServerError when a transaction elsewhere goes on seeing the removed rows.
    """
    _wait_for_others(connection)
    connection.execute("ANALYZE")  # samples of removed rows would stay in the statistics
    tables = connection.execute(_TABLES).fetchall()
    for schema, table in tables:
        progress(table)
        connection.execute(sql.SQL("VACUUM (FULL) {}").format(sql.Identifier(schema, table)))
    position = one(connection, "SELECT pg_current_wal_insert_lsn()::text")
    if not one(connection, _MAY_CLEAR):
        return Erased(len(tables), "left", position, "none")
    _switch(connection)
    connection.execute("CHECKPOINT")  # a new copy begins here
    copy = renew_copy()
    progress("WAL")
    return Erased(len(tables), "removed" if _clear_log(connection, position) else "left", position, copy)


def _wait_for_others(connection: psycopg.Connection[Any]) -> None:
    """Wait until nobody sees the database as it was before: such rows would be written anew as well."""
    now = one(connection, "SELECT pg_current_xact_id()::xid::text")
    ends_at = time.monotonic() + _PATIENCE
    while one(connection, _OLDER, now):
        if time.monotonic() > ends_at:
            raise ServerError(
                _("A long transaction still sees the removed rows. Run the command again when it has ended.")
            )
        time.sleep(0.2)


def _clear_log(connection: psycopg.Connection[Any], position: str) -> bool:
    """Remove every segment before `position`; whether none is left."""
    connection.execute("ALTER SYSTEM SET wal_recycle = off")
    try:
        connection.execute("SELECT pg_reload_conf()")
        for _round in range(
            one(connection, _NEXT_SEGMENTS) + 1
        ):  # recycled ones in waiting hold old bytes, too
            _switch(connection)
        for _round in range(_ROUNDS):
            connection.execute("CHECKPOINT")
            if one(connection, _OLD_SEGMENTS, position) == 0:
                return True
            time.sleep(0.2)
    finally:
        connection.execute("ALTER SYSTEM RESET wal_recycle")
        connection.execute("SELECT pg_reload_conf()")
    return False


def _switch(connection: psycopg.Connection[Any]) -> None:
    """Let the log go on in its next file."""
    connection.execute("SELECT pg_logical_emit_message(true, 'outpost', '')")
    connection.execute("SELECT pg_switch_wal()")
