"""Merging staged rows into a living table, and taking a merge back. Set-based: no work per row in Python.

A merge locks its target against other writers (readers go on) for as long as its transaction lasts. One
writer at a time is what makes the plan exact: a row can neither appear nor change between the comparison
and the write, two imports of the same file cannot both find a key new, and no two writers can hold each
other's rows. It is dear only while a large file is applied, seconds that a writer by hand waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from outpost.audit import versions
from outpost.core import db
from outpost.exchange.planning import NOTES, PLAN, MergeCounts, plan, tell_met
from outpost.exchange.statements import (
    becomes,
    becomes_new,
    import_of,
    listed,
    run,
    same,
    scratch,
    table_name,
)
from outpost.exchange.target import Target

Hook = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """Rows taken away (they were new in the import) and rows set back to what they were before it."""

    removed: int
    restored: int


def wait_for_import(table: LiteralString) -> None:
    """Wait for an import into this table that is being applied, before anything else is locked.

    An import locks its table first and the rows of other tables (people, organisations) after it; a writer by
    hand that went the other way round could end in a deadlock with it.
    """
    db.run(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


def keep_others_out(table: str) -> None:
    """Let no other writer into this table until the transaction ends; readers go on. Who merges by hand begins with
    it, before anything else is locked."""
    run("LOCK TABLE {} IN EXCLUSIVE MODE", table_name(table))


def temporary_staging(columns: Mapping[str, str]) -> str:
    """Create a staging table that ends with the transaction; fill it with `core.db.copy_rows`.

    `columns`: staging column → SQL type, as in `ImportKind.staging`; `row_no bigint` is added in front.
    """
    staging = scratch("staged")
    run("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", table_name(staging), column_list(columns))
    return staging


def temporary_notes() -> str:
    """Create a table of what a merge tells of rows, of the columns NOTES, that ends with the transaction."""
    notes = scratch("notes")
    run("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", table_name(notes), sql.SQL(NOTES))
    return notes


def column_list(columns: Mapping[str, str]) -> sql.Composable:
    """The columns of a staging table as they stand in CREATE TABLE, `row_no` first."""
    typed: list[sql.Composable] = [sql.SQL("row_no bigint NOT NULL")]
    typed += [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()]
    return sql.SQL(", ").join(typed)


def merge(
    target: Target,
    staging: str,
    *,
    at: datetime,
    cause: str,
    import_id: UUID | None,
    notes: str = "",
    before: Hook | None = None,
    after: Hook | None = None,
) -> MergeCounts:
    """Write the staged rows into the target, in the caller's transaction; the last row of a key wins.

    `staging`: a table with `row_no`, the key and the target's columns. `cause` names the act in the history of
    replaced rows. Rows written get `import_id`. `before` and `after` are called with the name of a view of the
    rows that count (the staging columns and `outcome`: new, replaced or unchanged), before and after the rows
    are written. `notes`: an empty table for what is told of rows, those that are refused among them.
    """
    outcomes, rows = scratch("plan"), scratch("rows")
    keep_others_out(target.table)
    run("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", table_name(outcomes), sql.SQL(PLAN))
    told = notes or temporary_notes()
    counts = plan(target, staging, into=outcomes, notes=told)
    tell_met(target, staging, into=outcomes, notes=told)
    _create_view(rows, target, staging, outcomes)
    if before is not None:
        before(rows)
    if counts.replaced > counts.duplicates:
        _replace(target, staging, outcomes, at=at, cause=cause, import_id=import_id)
    if counts.new:
        _insert(target, staging, outcomes, at=at, import_id=import_id)
    if after is not None:
        after(rows)
    run("DROP VIEW {}", table_name(rows))
    run("DROP TABLE {}", table_name(outcomes))
    return counts


def merge_part(
    target: Target,
    rows: str,
    types: Mapping[str, str],
    called: Mapping[str, str] | None = None,
    *,
    at: datetime,
    cause: str,
    import_id: UUID | None,
) -> None:
    """Merge what the rows of an import say of another table than its own, as an import of that would.

    `rows`: the view that `before` is given; `types`: staging column → SQL type, as in `ImportKind.staging`; `called`:
    columns of the target that have another name there.
    """
    names = {column: (called or {}).get(column, column) for column in target.columns}
    staged = temporary_staging({column: types[name] for column, name in names.items()})
    run(
        "INSERT INTO {staged} (row_no, {columns}) SELECT row_no, {wanted} FROM {rows}",
        staged=table_name(staged),
        columns=listed(names),
        wanted=listed(names.values()),
        rows=table_name(rows),
    )
    merge(target, staged, at=at, cause=cause, import_id=import_id)


def undo(target: Target, *, import_id: UUID, at: datetime) -> UndoCounts:
    """Take back what an import wrote, exactly, in the caller's transaction.

    New rows go (into the history, or by their `removed_stamp`), replaced ones return to what they were. Rows that
    somebody changed or removed since stay as they are and are in neither count.
    """
    mine = scratch("undo")
    row_key = versions.row_key(target.key)
    keep_others_out(target.table)
    run(
        "CREATE TEMPORARY TABLE {mine} ON COMMIT DROP AS"
        # what the earlier version knew no column for stays as it is
        " SELECT {row_key} AS row_key, {row} || v.row AS earlier"
        " FROM {target} t LEFT JOIN audit_rowversion v"
        ' ON v.cause = {import_id}::text AND v."table" = {name} AND v.row_key = {row_key}'
        " WHERE t.import_id = {import_id} AND ({current}) AND NOT EXISTS"
        ' (SELECT FROM audit_rowversion w WHERE w."table" = {name} AND w.row_key = {row_key}'
        "  AND w.row ->> 'import_id' = {import_id}::text)"
        " AND (v.row IS NOT NULL OR NOT ({held}))",
        mine=table_name(mine),
        row_key=row_key,
        row=versions.row_as_json(target.table, target.unread),
        target=table_name(target.table),
        name=sql.Literal(target.table),
        import_id=sql.Literal(str(import_id)),
        current=sql.SQL(target.current),
        held=sql.SQL(target.held),
    )
    run("ANALYZE {}", table_name(mine))
    is_mine = sql.SQL("({current}) AND EXISTS (SELECT FROM {mine} m WHERE m.row_key = {row_key})").format(
        current=sql.SQL(target.current), mine=table_name(mine), row_key=row_key
    )
    versions.keep(target.table, target.key, is_mine, at=at, cause=f"undo:{import_id}", unread=target.unread)
    removed = _take_away(target, mine, row_key, at)
    restored = _restore(target, mine, row_key)
    run("DROP TABLE {}", table_name(mine))
    return UndoCounts(removed=removed, restored=restored)


def _insert(target: Target, staging: str, outcomes: str, *, at: datetime, import_id: UUID | None) -> None:
    columns = [*target.columns, *target.generated, *target.stamps_new, "import_id"]
    values: list[sql.Composable] = [becomes_new(target, c) for c in target.columns]
    values += [sql.SQL(expression) for expression in target.generated.values()]
    values += [sql.Literal(at) for _ in target.stamps_new]
    values.append(import_of(import_id))
    run(
        "INSERT INTO {target} ({columns}) SELECT {values} FROM {staging} s"
        " WHERE NOT EXISTS (SELECT FROM {plan} p WHERE p.row_no = s.row_no)",
        target=table_name(target.table),
        columns=listed(columns),
        values=sql.SQL(", ").join(values),
        staging=table_name(staging),
        plan=table_name(outcomes),
    )


def _replace(
    target: Target, staging: str, outcomes: str, *, at: datetime, cause: str, import_id: UUID | None
) -> None:
    replaced = sql.SQL(
        "FROM {staging} s JOIN {plan} p ON p.row_no = s.row_no AND p.outcome = 'replaced'"
    ).format(staging=table_name(staging), plan=table_name(outcomes))
    matching = sql.SQL("{same} AND ({current})").format(
        same=same("s", "t", target.key), current=sql.SQL(target.current)
    )
    is_replaced = sql.SQL("({current}) AND ({key}) IN (SELECT {staged_key} {replaced})").format(
        current=sql.SQL(target.current),
        key=listed(target.key, of="t"),
        staged_key=listed(target.key, of="s"),
        replaced=replaced,
    )
    versions.keep(target.table, target.key, is_replaced, at=at, cause=cause, unread=target.unread)
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(c), becomes(target, c)) for c in target.replaced]
    assignments += [
        sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(at)) for c in target.stamps_replaced
    ]
    assignments.append(sql.SQL("import_id = {}").format(import_of(import_id)))
    run(
        "UPDATE {target} t SET {assignments} {replaced} WHERE {matching}",
        target=table_name(target.table),
        assignments=sql.SQL(", ").join(assignments),
        replaced=replaced,
        matching=matching,
    )


def _take_away(target: Target, mine: str, key: sql.Composable, at: datetime) -> int:
    if target.removed_stamp:
        act = sql.SQL("UPDATE {table} t SET {stamp} = {at}").format(
            table=table_name(target.table), stamp=sql.Identifier(target.removed_stamp), at=sql.Literal(at)
        )
    else:
        act = sql.SQL("DELETE FROM {table} t").format(table=table_name(target.table))
    return run(
        "{act} WHERE ({current}) AND EXISTS"
        " (SELECT FROM {mine} m WHERE m.row_key = {key} AND m.earlier IS NULL)",
        act=act,
        current=sql.SQL(target.current),
        mine=table_name(mine),
        key=key,
    )


def _restore(target: Target, mine: str, key: sql.Composable) -> int:
    """A column that is younger than the kept version stays as it is."""
    fixed = {*target.key, *target.unread, *target.beside}
    columns = [column for column in _all_columns(target.table) if column not in fixed]
    return run(
        "UPDATE {table} t SET {assignments} FROM {mine} m, jsonb_populate_record(NULL::{table}, m.earlier) r"
        " WHERE m.row_key = {key} AND m.earlier IS NOT NULL AND ({current})",
        table=table_name(target.table),
        assignments=sql.SQL(", ").join(
            sql.SQL("{0} = CASE WHEN jsonb_exists(m.earlier, {1}) THEN r.{0} ELSE t.{0} END").format(
                sql.Identifier(c), sql.Literal(c)
            )
            for c in columns
        ),
        mine=table_name(mine),
        key=key,
        current=sql.SQL(target.current),
    )


def _create_view(view: str, target: Target, staging: str, outcomes: str) -> None:
    new = [
        becomes_new(target, c) + sql.SQL(" AS {}").format(sql.Identifier(c)) for c in _all_columns(staging)
    ]
    run(
        "CREATE TEMPORARY VIEW {view} AS"
        " SELECT {new}, 'new' AS outcome FROM {staging} s"
        " WHERE NOT EXISTS (SELECT FROM {plan} p WHERE p.row_no = s.row_no)"
        " UNION ALL SELECT s.*, p.outcome FROM {staging} s JOIN {plan} p ON p.row_no = s.row_no"
        " WHERE p.outcome IN ('replaced', 'unchanged')",
        new=sql.SQL(", ").join(new),
        view=table_name(view),
        staging=table_name(staging),
        plan=table_name(outcomes),
    )


def _all_columns(table: str) -> list[str]:
    found = db.rows_of(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return [name for (name,) in found]
