"""The staging tables of imports: unlogged, one an import, dropped when it ends.

An unlogged table is empty after a crash of the server. Whoever merges one counts its rows first.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from psycopg import sql

from outpost.core import db
from outpost.exchange.merge import column_list
from outpost.exchange.planning import NOTES, PLAN

SCHEMA = "staging"


def table(import_id: UUID) -> str:
    """The rows of the file that passed the check."""
    return f"{SCHEMA}.import_{import_id.hex}"


def plan_table(import_id: UUID) -> str:
    """What the check found that the merge would do with them."""
    return f"{SCHEMA}.plan_{import_id.hex}"


def notes_table(import_id: UUID) -> str:
    """What is to be told of rows."""
    return f"{SCHEMA}.notes_{import_id.hex}"


def claims_table(import_id: UUID) -> str:
    """Which blocks of the file some process has taken on."""
    return f"{SCHEMA}.claims_{import_id.hex}"


def create(import_id: UUID, columns: Mapping[str, str]) -> None:
    """Make the tables anew, empty."""
    drop(import_id)
    _run(
        sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(identifier(table(import_id)), column_list(columns)),
        sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(identifier(plan_table(import_id)), sql.SQL(PLAN)),
        sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(identifier(notes_table(import_id)), sql.SQL(NOTES)),
        sql.SQL("CREATE UNLOGGED TABLE {} (run timestamptz, block integer, PRIMARY KEY (run, block))").format(
            identifier(claims_table(import_id))
        ),
    )


def claim(import_id: UUID, *, run: datetime, block: int) -> bool:
    """Take on one block of the file in this run of the check; False when another process has it."""
    statement = sql.SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING").format(
        identifier(claims_table(import_id))
    )
    return bool(db.run(statement, [run, block]))


def drop(import_id: UUID) -> None:
    """Remove the tables, if they are there."""
    of = (table, plan_table, notes_table, claims_table)
    names = [name(import_id) for name in of]
    _run(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.SQL(", ").join(map(identifier, names))))


def drop_refused(import_id: UUID) -> None:
    """Forget the staged rows that a plan refuses."""
    _run(
        sql.SQL("DELETE FROM {} s USING {} p WHERE s.row_no = p.row_no AND p.outcome = 'refused'").format(
            identifier(table(import_id)), identifier(plan_table(import_id))
        )
    )


def forget_notes(import_id: UUID) -> None:
    """What was told of rows, before a merge tells it anew; what is told of the file stays."""
    _run(sql.SQL("DELETE FROM {} WHERE row_no > 0").format(identifier(notes_table(import_id))))


def note(import_id: UUID, code: str) -> None:
    """What is to be told of the file as a whole, under the code of a problem."""
    _run(
        sql.SQL("INSERT INTO {} VALUES (0, {}, false, NULL)").format(
            identifier(notes_table(import_id)), sql.Literal(code)
        )
    )


def count(import_id: UUID) -> int:
    """How many rows are staged; none when there is no table any more."""
    if not db.value_of("SELECT to_regclass(%s) IS NOT NULL", [table(import_id)]):
        return 0
    return int(db.value_of(sql.SQL("SELECT count(*) FROM {}").format(identifier(table(import_id)))))


def all_ids() -> set[UUID]:
    """The imports that have tables here."""
    found = db.rows_of(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", [SCHEMA]
    )
    return {UUID(name.rpartition("_")[2]) for (name,) in found}


def identifier(name: str) -> sql.Identifier:
    """A table name, qualified or not, as it stands in a statement."""
    return sql.Identifier(*name.split("."))


def _run(*statements: sql.Composable) -> None:
    for statement in statements:
        db.run(statement)
