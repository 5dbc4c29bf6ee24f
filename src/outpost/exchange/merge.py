"""Merging staged rows into a living table, and taking a merge back. Set-based: no work per row in Python.

A merge locks its target against other writers (readers go on) for as long as its transaction lasts. One
writer at a time is what makes the plan exact: a row can neither appear nor change between the comparison
and the write, two imports of the same file cannot both find a key new, and no two writers can hold each
other's rows. It is dear only while a large file is applied, seconds that a writer by hand waits.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID, uuid4

from django.db import connection
from psycopg import sql

from outpost.audit import versions
from outpost.exchange.kinds import Target

Hook = Callable[[str], None]

# Enough to dedupe and join a million keys in memory; merges of one table never run side by side.
WORK_MEM = "128MB"


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What became of the staged rows: `new + replaced + unchanged` is how many there were.

    `duplicates` rows had a later row with the same key in the file; they count as replaced, as if the rows
    had been applied one after the other.
    """

    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    duplicates: int = 0


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
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


def temporary_staging(columns: Mapping[str, str]) -> str:
    """Create a staging table that ends with the transaction; fill it with `core.db.copy_rows`.

    `columns`: staging column → SQL type, as in `ImportKind.staging`; `row_no bigint` is added in front.
    """
    name = f"pg_temp.staged_{uuid4().hex}"
    _run("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", _bare(name), column_list(columns))
    return name


def column_list(columns: Mapping[str, str]) -> sql.Composable:
    """The columns of a staging table as they stand in CREATE TABLE, `row_no` first."""
    typed: list[sql.Composable] = [sql.SQL("row_no bigint NOT NULL")]
    typed += [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()]
    return sql.SQL(", ").join(typed)


def plan(target: Target, staging: str, *, into: str) -> MergeCounts:
    """Compare the staged rows with the living ones; says what a merge would do and changes nothing.

    Fills `into`, an empty table (row_no, outcome), with the rows that are not simply new: `superseded` by a later
    row with the same key, `replaced`, `unchanged`.
    """
    _run("SET LOCAL work_mem = {}", sql.Literal(WORK_MEM))
    _run("ANALYZE {} ({})", _name(staging), _columns(target.key))
    staged = _count(sql.SQL("SELECT count(*) FROM {}").format(_name(staging)))
    duplicates = _run(
        "INSERT INTO {into} (row_no, outcome) SELECT s.row_no, 'superseded' FROM {staging} s JOIN"
        " (SELECT {key}, max(row_no) AS last_no FROM {staging} GROUP BY {key} HAVING count(*) > 1) d"
        " ON {same} WHERE s.row_no < d.last_no",
        into=_name(into),
        staging=_name(staging),
        key=_columns(target.key),
        same=_same("s", "d", target.key),
    )
    # NOT IN, a hashed set: an anti-join with the table just made would be planned as if few rows were left, and the
    # join with the living rows then as a loop.
    known = _run(
        "INSERT INTO {into} (row_no, outcome)"
        " SELECT s.row_no, CASE WHEN {differs} THEN 'replaced' ELSE 'unchanged' END"
        " FROM {staging} s JOIN {target} t ON {same} AND ({current})"
        " WHERE s.row_no NOT IN (SELECT row_no FROM {into})",
        into=_name(into),
        staging=_name(staging),
        target=_name(target.table),
        same=_same("s", "t", target.key),
        current=sql.SQL(target.current),
        differs=_differs(target),
    )
    _run("ANALYZE {}", _name(into))
    replaced = _count(sql.SQL("SELECT count(*) FROM {} WHERE outcome = 'replaced'").format(_name(into)))
    return MergeCounts(
        new=staged - duplicates - known,
        replaced=replaced + duplicates,
        unchanged=known - replaced,
        duplicates=duplicates,
    )


def merge(
    target: Target,
    staging: str,
    *,
    at: datetime,
    cause: str,
    import_id: UUID | None,
    before: Hook | None = None,
    after: Hook | None = None,
) -> MergeCounts:
    """Write the staged rows into the target, in the caller's transaction; the last row of a key wins.

    `staging`: a table with `row_no`, the key and the target's columns. `cause` names the act in the history of
    replaced rows. Rows written get `import_id`. `before` and `after` are called with the name of a view of the
    rows that count (the staging columns and `outcome`: new, replaced or unchanged), before and after the rows
    are written.
    """
    outcomes, rows = _scratch("plan"), _scratch("rows")
    _run("LOCK TABLE {} IN EXCLUSIVE MODE", _name(target.table))
    _run("CREATE TEMPORARY TABLE {} (row_no bigint, outcome text) ON COMMIT DROP", _bare(outcomes))
    counts = plan(target, staging, into=outcomes)
    _create_view(rows, target, staging, outcomes)
    if before is not None:
        before(rows)
    if counts.replaced > counts.duplicates:
        _replace(target, staging, outcomes, at=at, cause=cause, import_id=import_id)
    if counts.new:
        _insert(target, staging, outcomes, at=at, import_id=import_id)
    if after is not None:
        after(rows)
    _run("DROP VIEW {}", _name(rows))
    _run("DROP TABLE {}", _name(outcomes))
    return counts


def undo(target: Target, *, import_id: UUID, at: datetime) -> UndoCounts:
    """Take back what an import wrote, exactly, in the caller's transaction.

    New rows go (into the history, or by their `removed_stamp`), replaced ones return to what they were. Rows that
    somebody changed or removed since stay as they are and are in neither count.
    """
    mine = _scratch("undo")
    row_key = versions.row_key(target.key)
    _run("LOCK TABLE {} IN EXCLUSIVE MODE", _name(target.table))
    _run(
        "CREATE TEMPORARY TABLE {mine} ON COMMIT DROP AS SELECT {row_key} AS row_key, v.row AS earlier"
        " FROM {target} t LEFT JOIN audit_rowversion v"
        ' ON v.cause = {import_id}::text AND v."table" = {name} AND v.row_key = {row_key}'
        " WHERE t.import_id = {import_id} AND ({current}) AND NOT EXISTS"
        ' (SELECT FROM audit_rowversion w WHERE w."table" = {name} AND w.row_key = {row_key}'
        "  AND w.row ->> 'import_id' = {import_id}::text)"
        " AND (v.row IS NOT NULL OR NOT ({held}))",
        mine=_bare(mine),
        row_key=row_key,
        target=_name(target.table),
        name=sql.Literal(target.table),
        import_id=sql.Literal(str(import_id)),
        current=sql.SQL(target.current),
        held=sql.SQL(target.held),
    )
    _run("ANALYZE {}", _name(mine))
    is_mine = sql.SQL("({current}) AND EXISTS (SELECT FROM {mine} m WHERE m.row_key = {row_key})").format(
        current=sql.SQL(target.current), mine=_name(mine), row_key=row_key
    )
    versions.keep(target.table, target.key, is_mine, at=at, cause=f"undo:{import_id}")
    removed = _take_away(target, mine, row_key, at)
    restored = _restore(target, mine, row_key)
    _run("DROP TABLE {}", _name(mine))
    return UndoCounts(removed=removed, restored=restored)


def _insert(target: Target, staging: str, outcomes: str, *, at: datetime, import_id: UUID | None) -> None:
    columns = [*target.columns, *target.generated, *target.stamps_new, "import_id"]
    values: list[sql.Composable] = [_staged_new(target, c) for c in target.columns]
    values += [sql.SQL(expression) for expression in target.generated.values()]
    values += [sql.Literal(at) for _ in target.stamps_new]
    values.append(_import(import_id))
    _run(
        "INSERT INTO {target} ({columns}) SELECT {values} FROM {staging} s"
        " WHERE NOT EXISTS (SELECT FROM {plan} p WHERE p.row_no = s.row_no)",
        target=_name(target.table),
        columns=_columns(columns),
        values=sql.SQL(", ").join(values),
        staging=_name(staging),
        plan=_name(outcomes),
    )


def _replace(
    target: Target, staging: str, outcomes: str, *, at: datetime, cause: str, import_id: UUID | None
) -> None:
    replaced = sql.SQL(
        "FROM {staging} s JOIN {plan} p ON p.row_no = s.row_no AND p.outcome = 'replaced'"
    ).format(staging=_name(staging), plan=_name(outcomes))
    matching = sql.SQL("{same} AND ({current})").format(
        same=_same("s", "t", target.key), current=sql.SQL(target.current)
    )
    is_replaced = sql.SQL("({current}) AND ({key}) IN (SELECT {staged_key} {replaced})").format(
        current=sql.SQL(target.current),
        key=_columns(target.key, of="t"),
        staged_key=_columns(target.key, of="s"),
        replaced=replaced,
    )
    versions.keep(target.table, target.key, is_replaced, at=at, cause=cause)
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(c), _stated(target, c)) for c in target.replaced]
    assignments += [
        sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(at)) for c in target.stamps_replaced
    ]
    assignments += [
        sql.SQL("{} = {}").format(sql.Identifier(c), sql.SQL(expression))
        for c, expression in target.restated.items()
    ]
    assignments.append(sql.SQL("import_id = {}").format(_import(import_id)))
    _run(
        "UPDATE {target} t SET {assignments} {replaced} WHERE {matching}",
        target=_name(target.table),
        assignments=sql.SQL(", ").join(assignments),
        replaced=replaced,
        matching=matching,
    )


def _take_away(target: Target, mine: str, key: sql.Composable, at: datetime) -> int:
    if target.removed_stamp:
        act = sql.SQL("UPDATE {table} t SET {stamp} = {at}").format(
            table=_name(target.table), stamp=sql.Identifier(target.removed_stamp), at=sql.Literal(at)
        )
    else:
        act = sql.SQL("DELETE FROM {table} t").format(table=_name(target.table))
    return _run(
        "{act} WHERE ({current}) AND EXISTS"
        " (SELECT FROM {mine} m WHERE m.row_key = {key} AND m.earlier IS NULL)",
        act=act,
        current=sql.SQL(target.current),
        mine=_name(mine),
        key=key,
    )


def _restore(target: Target, mine: str, key: sql.Composable) -> int:
    columns = [column for column in _all_columns(target.table) if column not in target.key]
    return _run(
        "UPDATE {table} t SET {assignments} FROM {mine} m, jsonb_populate_record(NULL::{table}, m.earlier) r"
        " WHERE m.row_key = {key} AND m.earlier IS NOT NULL AND ({current})",
        table=_name(target.table),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = r.{0}").format(sql.Identifier(c)) for c in columns),
        mine=_name(mine),
        key=key,
        current=sql.SQL(target.current),
    )


def _create_view(view: str, target: Target, staging: str, outcomes: str) -> None:
    new = [
        _staged_new(target, c) + sql.SQL(" AS {}").format(sql.Identifier(c)) for c in _all_columns(staging)
    ]
    _run(
        "CREATE TEMPORARY VIEW {view} AS"
        " SELECT {new}, 'new' AS outcome FROM {staging} s"
        " WHERE NOT EXISTS (SELECT FROM {plan} p WHERE p.row_no = s.row_no)"
        " UNION ALL SELECT s.*, p.outcome FROM {staging} s JOIN {plan} p ON p.row_no = s.row_no"
        " WHERE p.outcome <> 'superseded'",
        new=sql.SQL(", ").join(new),
        view=_bare(view),
        staging=_name(staging),
        plan=_name(outcomes),
    )


def _differs(target: Target) -> sql.Composable:
    """Whether living row `t` differs from staged row `s` in a compared column."""
    if not target.compared:
        return sql.SQL("({})").format(sql.SQL(target.differs))
    staged = sql.SQL(", ").join(_stated(target, c) for c in target.compared)
    return sql.SQL("(ROW({}) IS DISTINCT FROM ROW({}) OR ({}))").format(
        staged, _columns(target.compared, of="t"), sql.SQL(target.differs)
    )


def _stated(target: Target, column: str) -> sql.Composable:
    """What staged row `s` makes of a column of living row `t`."""
    return _staged(target, column, sql.Identifier("t", column))


def _staged_new(target: Target, column: str) -> sql.Composable:
    """What staged row `s` puts into a column of a new row."""
    return _staged(target, column, sql.SQL(target.unstated.get(column, "NULL")))


def _staged(target: Target, column: str, otherwise: sql.Composable) -> sql.Composable:
    """A column of staged row `s`; `otherwise` where the row does not state it."""
    staged = sql.Identifier("s", column)
    return sql.SQL("coalesce({}, {})").format(staged, otherwise) if column in target.unstated else staged


def _all_columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _same(left: str, right: str, key: Iterable[str]) -> sql.Composable:
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} = {}.{}").format(
            sql.Identifier(left), sql.Identifier(c), sql.Identifier(right), sql.Identifier(c)
        )
        for c in key
    )


def _columns(names: Iterable[str], *, of: str = "") -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(of, name) if of else sql.Identifier(name) for name in names)


def _import(import_id: UUID | None) -> sql.Composable:
    return sql.SQL("{}::uuid").format(sql.Literal(import_id and str(import_id)))


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _bare(name: str) -> sql.Identifier:
    return sql.Identifier(name.rsplit(".", maxsplit=1)[-1])


def _scratch(purpose: str) -> str:
    return f"pg_temp.merge_{purpose}_{uuid4().hex}"


def _run(text: str, *positional: sql.Composable, **parts: sql.Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(text).format(*positional, **parts))
        return int(cursor.rowcount)


def _count(query: sql.Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (count,) = cursor.fetchone()
    return int(count)
