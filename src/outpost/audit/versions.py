"""History of replaced rows: kept as they stood, found by import or by row, restored exactly, shown with who."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.fields.json import KT
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg import sql

from outpost.audit.differences import Difference, differences
from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.actor import Actor
from outpost.core.db import rows_of, run

LONGEST_HISTORY = 50
_UNDO = "undo:"

OF_UNDONE = """SELECT (row ->> 'person_id')::uuid AS person_id FROM audit_rowversion
  WHERE "table" = %(table)s AND cause IN (%(import)s, 'undo:' || %(import)s)"""
"""SQL: the people of all rows of a table that an undone import had brought or replaced, repeated ones too."""


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it stood until `at`, when `who` (empty: unknown) did what `cause` says: an act, or a batch."""

    row: Mapping[str, Any]
    at: datetime
    cause: str
    who: str


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changed of a row, and when."""

    at: datetime
    who: str
    cause: str
    differences: tuple[Difference, ...]


def row_key(key: Sequence[str]) -> sql.Composable:
    """How a row of `table t` is named in the history: the text of its key columns."""
    return sql.SQL(" || '/' || ").join(sql.SQL("t.{}::text").format(sql.Identifier(c)) for c in key)


def row_as_json(table: str, unread: Sequence[str] = ()) -> sql.Composable:
    """The row of `table t` as it stands; without the columns that the application may not read."""
    if not unread:
        return sql.SQL("to_jsonb(t)")
    columns = rows_of(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname <> ALL(%s) ORDER BY attnum",
        [table, list(unread)],
    )
    pairs = (sql.SQL("{}, t.{}").format(sql.Literal(name), sql.Identifier(name)) for (name,) in columns)
    return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))


def keep(
    table: str,
    key: Sequence[str],
    where: sql.Composable,
    *,
    at: datetime,
    cause: str,
    actor: Actor | None = None,
    unread: Sequence[str] = (),
) -> int:
    """Copy the rows of `table t` that match `where` into the history before they change.

    `key` are the columns that name a row, `cause` is the import's UUID or the act, `actor` who does it by hand,
    `unread` columns that nobody may read: the history has them not.
    Returns the count.
    """
    statement = sql.SQL(
        'INSERT INTO audit_rowversion (id, "table", row_key, row, replaced_at, cause, replaced_by)'
        " SELECT gen_random_uuid(), {name}, {row_key}, {row}, {at}, {cause}, {who} FROM {table} t WHERE {where}"
    ).format(
        name=sql.Literal(table),
        row_key=row_key(key),
        row=row_as_json(table, unread),
        at=sql.Literal(at),
        cause=sql.Literal(cause),
        who=sql.Literal(actor.label if actor is not None else ""),
        table=sql.Identifier(table),
        where=where,
    )
    return run(statement)


def keep_rows(
    table: str, key: Sequence[str], ids: Collection[UUID], *, at: datetime, cause: str, actor: Actor
) -> None:
    """Keep the rows of these ids as they stand, before somebody changes them by hand."""
    chosen = sql.SQL("t.id = ANY({})").format(sql.Literal(list(ids)))
    keep(table, key, chosen, at=at, cause=cause, actor=actor)


def versions_of(table: str, row_id: UUID | str, key: str) -> list[Version]:
    """The kept versions of one row, the latest first, at most LONGEST_HISTORY.

    `key` is its present name in the history. Names that it had before it was renamed by hand are followed too.
    """
    named = RowVersion.objects.filter(table=table).annotate(row_id=KT("row__id"))
    by_hand = named.filter(row_id=str(row_id), replaced_by__gt="")
    keys = {key, *by_hand.values_list("row_key", flat=True)}
    rows = list(named.filter(row_key__in=keys, row_id=str(row_id)).order_by("-replaced_at")[:LONGEST_HISTORY])
    batches = _who_of({row.cause.rpartition(":")[2] for row in rows if not row.replaced_by})
    return [
        Version(
            row.row,
            row.replaced_at,
            row.cause,
            row.replaced_by or batches.get(row.cause.rpartition(":")[2], ""),
        )
        for row in rows
    ]


def changes(versions: Sequence[Version], states: Sequence[Mapping[str, str]]) -> list[Change]:
    """What changed with each version. `states` are the row now, and as each version stood, in texts by field."""
    return [
        Change(version.at, version.who, version.cause, differences(states[n + 1], states[n]))
        for n, version in enumerate(versions)
    ]


def told(
    changes: Iterable[Change],
    names: Mapping[str, str | Promise],
    acts: Mapping[str, str | Promise],
    batch: str,
) -> list[dict[str, Any]]:
    """Changes in words, for `audit/_history.html`: `names` call the fields, `acts` the causes; a cause that is none of
    them is a batch, an act by that name, or the undoing of one."""
    return [
        {
            "at": one.at,
            "who": one.who,
            "act": _("An import was undone")
            if one.cause.startswith(_UNDO)
            else acts.get(one.cause, acts[batch]),
            "differences": [
                {
                    "label": names.get(each.field, each.field.rpartition(".")[2]),
                    "before": each.before,
                    "after": each.after,
                    "is_hidden": each.is_hidden,
                }
                for each in one.differences
            ],
        }
        for one in changes
    ]


def _who_of(batches: Iterable[str]) -> dict[str, str]:
    """Who was behind batches (imports and calls), by their ids: the audit names them."""
    rows = AuditEntry.objects.filter(object_id__in=set(batches)).order_by("seq")
    return dict(rows.values_list("object_id", "actor_label"))
