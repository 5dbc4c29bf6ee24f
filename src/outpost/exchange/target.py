"""The table that staged rows are merged into, and what a row may change there.

SQL in these declarations speaks of the staged row `s` and the living row `t`; where it says so, of `{row}`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outpost.core.ledgers import LedgerColumn


@dataclass(frozen=True, slots=True)
class Becomes:
    """What a staged row makes of a column: `known`, SQL over `s` and `t`, of a living row; `new`, over `s`."""

    known: str
    new: str


def stays(column: str, otherwise: str = "NULL") -> Becomes:
    """A column for which a staged NULL says nothing: a known row keeps its value, a new one gets `otherwise`."""
    return Becomes(f"coalesce(s.{column}, t.{column})", f"coalesce(s.{column}, {otherwise})")


def unstated_stay(columns: Iterable[LedgerColumn]) -> dict[str, Becomes]:
    """The same for the plain columns of a ledger."""
    return {one.name: stays(one.name, "''" if one.is_text else "NULL") for one in columns}


@dataclass(frozen=True, slots=True)
class Watch:
    """What is refused and what is told while rows meet. Keys are codes of problems, values SQL.

    `unlike`: what the rows of one key must agree in, over `{row}`, within one input and with the living row; whoever
    differs is refused, all of them where it cannot be told who is right, unless `is_stated` holds for the row `s`.
    `older`: a row for which it holds changes nothing.
    `settled`: of a living row `t` that nothing may rewrite: whoever differs from it is refused.
    `known`: told of rows that meet a living one. `dropped`: told of a row `s` that gave way to a later one `w`.
    `met`: told of the rows that a statement over `{staging}` finds, a table of row_no and the staged columns; only with
    the merge that writes them.
    """

    unlike: Mapping[str, str] = field(default_factory=dict)
    is_stated: str = "FALSE"
    older: Mapping[str, str] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)
    met: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """The table that staged rows are merged into, in one set-based statement each for new and replaced rows.

    `key`: columns (in staging and target) that name a row.
    `columns`: columns copied from staging when a row is new (the key among them).
    `replaced`: columns copied when a row with the key exists and differs.
    `compared`: columns whose difference makes a row "replaced" instead of "unchanged".
    `stamps_new`, `stamps_replaced`: target columns set to the instant of the merge, on new and on replaced rows.
    `current`: SQL condition on target alias `t` for living rows, e.g. `t.removed_at IS NULL`.
    `generated`: target columns of new rows that SQL fills, e.g. `{"id": "gen_random_uuid()"}`.
    `removed_stamp`: the column that undo stamps to take a new row away; without one the row is deleted (and kept
    in the history). Needed where other rows may refer to it.
    `becomes`: columns that a staged row does not simply overwrite: the one place for "what is unstated stays".
    `differs`: SQL condition on `s` and `t` that makes a row "replaced" beside the compared columns.
    `restates`: SQL condition on `s` for new rows that change something known beside the table; the summary lists them.
    `held`: SQL condition on `t` for new rows that an undo must leave, because others came to rest on them.
    `last`: SQL order over `s` by which the last of several rows of one key is found, the winner first.
    `folded`: columns that such a winner takes from the rows it wins over, each with the SQL condition on `s` for the
    rows that state it.
    `watch`: what is refused and told while rows meet.
    `unread`: columns that the application writes and may not read back (`server/provision.py`): they are given once,
    with a new row, and neither history nor undo has them.
    `beside`: columns that people set beside what files state; an undo leaves them as they are set by then.

    The table has `import_id uuid`, set by the merge. Whoever changes such a row by hand keeps its version
    (`audit.versions.keep`) or clears `import_id`: by that an undo knows that the row is no longer the import's.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    replaced: tuple[str, ...]
    compared: tuple[str, ...]
    stamps_new: tuple[str, ...] = ()
    stamps_replaced: tuple[str, ...] = ()
    current: str = "TRUE"
    generated: Mapping[str, str] = field(default_factory=dict)
    removed_stamp: str = ""
    becomes: Mapping[str, Becomes] = field(default_factory=dict)
    differs: str = "FALSE"
    restates: str = ""
    held: str = "FALSE"
    last: str = "s.row_no DESC"
    folded: Mapping[str, str] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    unread: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
