"""What a merge would do with staged rows: found in a few statements, nothing of the target is changed.

A plan holds the rows that are not simply new, each with its outcome: `refused`, `superseded` by the last row of its
key, `replaced`, `unchanged`. Beside it stands what is to be told of rows, by the codes of problems.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from psycopg import sql

from outpost.exchange import statements
from outpost.exchange.statements import count, run, same, table_name
from outpost.exchange.target import Target

PLAN = "row_no bigint, outcome text, notes text[], winner bigint"
NOTES = "row_no bigint, code text, is_refusal boolean, other bigint, fields text"

# Enough to dedupe and join a million keys in memory; merges of one table never run side by side.
WORK_MEM = "128MB"


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What became of the staged rows: `new + replaced + unchanged + refused` is how many there were.

    `duplicates` rows had a later row with the same key in the file; they count as replaced, as if the rows
    had been applied one after the other.
    """

    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: int = 0

    def beside(self, aside: int) -> "MergeCounts":
        """With so many more that were refused before they met the others."""
        return replace(self, refused=self.refused + aside)


def plan(target: Target, staging: str, *, into: str, notes: str) -> MergeCounts:
    """Compare the staged rows with each other and with the living ones; says what a merge would do.

    Fills `into` and `notes`, empty tables of the columns PLAN and NOTES. A staged row that wins over others of its key
    takes over what only they state (`Target.folded`).
    """
    run("SET LOCAL work_mem = {}", sql.Literal(WORK_MEM))
    run("ANALYZE {} ({})", table_name(staging), statements.listed(target.key))
    staged = count(sql.SQL("SELECT count(*) FROM {}").format(table_name(staging)))
    _settle_repeated(target, staging, into)
    _meet_living(target, staging, into)
    run("ANALYZE {}", table_name(into))
    _tell(into, notes)
    return _counts(staged, into)


def _settle_repeated(target: Target, staging: str, into: str) -> None:
    """Of the rows of one key refuse those that contradict each other; let the last of the others win."""
    repeated = statements.scratch("repeated")
    parts: dict[str, sql.Composable] = {
        "repeated": table_name(repeated),
        "staging": table_name(staging),
        "into": table_name(into),
        "key": statements.listed(target.key),
        "same": same("s", "d", target.key),
    }
    found = run(
        "CREATE TEMPORARY TABLE {repeated} ON COMMIT DROP AS SELECT s.row_no FROM {staging} s JOIN"
        " (SELECT {key} FROM {staging} GROUP BY {key} HAVING count(*) > 1) d ON {same}",
        **parts,
    )
    if found:
        run("ANALYZE {repeated}", **parts)
        _refuse_contradicting(target, parts)
        _let_last_win(target, parts)
        _fold(target, parts)
    run("DROP TABLE {repeated}", **parts)


def _refuse_contradicting(target: Target, parts: Mapping[str, sql.Composable]) -> None:
    watch = target.watch
    for code, expression in watch.unlike.items():
        run(
            "INSERT INTO {into} (row_no, outcome, notes) SELECT s.row_no, 'refused', ARRAY[{code}]"
            " FROM {staging} s JOIN {repeated} USING (row_no) JOIN"
            " (SELECT {key} FROM {staging} s JOIN {repeated} USING (row_no) WHERE NOT ({is_stated})"
            "  GROUP BY {key} HAVING count(DISTINCT {expression}) > 1) d ON {same}"
            " WHERE NOT ({is_stated}) AND s.row_no NOT IN (SELECT row_no FROM {into})",
            **parts,
            code=sql.Literal(code),
            is_stated=sql.SQL(watch.is_stated),
            expression=sql.SQL(expression.format(row="s")),
        )
    run("DELETE FROM {repeated} WHERE row_no IN (SELECT row_no FROM {into})", **parts)


def _let_last_win(target: Target, parts: Mapping[str, sql.Composable]) -> None:
    run(
        "INSERT INTO {into} (row_no, outcome, winner) SELECT row_no, 'superseded', winner FROM"
        " (SELECT s.row_no, first_value(s.row_no) OVER (PARTITION BY {key} ORDER BY {last}) AS winner"
        "  FROM {staging} s JOIN {repeated} USING (row_no)) d WHERE row_no <> winner",
        **parts,
        last=sql.SQL(target.last),
    )
    if target.watch.dropped:
        run(
            "UPDATE {into} p SET notes = {told} FROM {staging} s, {staging} w"
            " WHERE s.row_no = p.row_no AND w.row_no = p.winner",
            **parts,
            told=_told(target.watch.dropped),
        )


def _fold(target: Target, parts: Mapping[str, sql.Composable]) -> None:
    """What the winner does not state, it takes from the last row that does."""
    if not target.folded:
        return
    taken = (
        sql.SQL(
            "coalesce((array_agg(s.{column} ORDER BY {last}) FILTER (WHERE {states}))[1],"
            " (array_agg(s.{column} ORDER BY {last}))[1]) AS {column}"
        ).format(column=sql.Identifier(column), last=sql.SQL(target.last), states=sql.SQL(states))
        for column, states in target.folded.items()
    )
    assignments = (sql.SQL("{0} = d.{0}").format(sql.Identifier(column)) for column in target.folded)
    run(
        "UPDATE {staging} s SET {assignments} FROM (SELECT coalesce(p.winner, s.row_no) AS winner, {taken}"
        " FROM {staging} s JOIN {repeated} USING (row_no) LEFT JOIN {into} p USING (row_no) GROUP BY 1) d"
        " WHERE s.row_no = d.winner",
        **parts,
        assignments=sql.SQL(", ").join(assignments),
        taken=sql.SQL(", ").join(taken),
    )


def _meet_living(target: Target, staging: str, into: str) -> None:
    # NOT IN, a hashed set: an anti-join with the table just made would be planned as if few rows were left, and the
    # join with the living rows then as a loop.
    watch = target.watch
    refusals = {
        code: f"NOT ({watch.is_stated}) AND {expression.format(row='s')} <> {expression.format(row='t')}"
        for code, expression in watch.unlike.items()
    }
    differs = statements.differs(target)
    refusals |= {code: f"({one}) AND ({differs.as_string()})" for code, one in watch.settled.items()}
    run(
        "INSERT INTO {into} (row_no, outcome, notes) SELECT s.row_no, CASE WHEN is_refused THEN 'refused'"
        " WHEN is_older THEN 'unchanged' WHEN {differs} THEN 'replaced' ELSE 'unchanged' END,"
        " CASE WHEN is_refused THEN {refusals} WHEN is_older THEN {older} ELSE {known} END"
        " FROM {staging} s JOIN {target} t ON {same} AND ({current})"
        " CROSS JOIN LATERAL (SELECT {is_refused} AS is_refused, {is_older} AS is_older OFFSET 0) judged"  # once a row
        " WHERE s.row_no NOT IN (SELECT row_no FROM {into})",
        into=table_name(into),
        staging=table_name(staging),
        target=table_name(target.table),
        same=same("s", "t", target.key),
        current=sql.SQL(target.current),
        differs=differs,
        is_refused=_any(refusals.values()),
        is_older=_any(watch.older.values()),
        refusals=_told(refusals),
        older=_told(watch.older),
        known=_told(watch.known),
    )
    if refusals:  # whoever gave way to a refused row agrees with it
        run(
            "UPDATE {into} p SET outcome = 'refused', notes = w.notes FROM {into} w"
            " WHERE w.row_no = p.winner AND w.outcome = 'refused'",
            into=table_name(into),
        )


def _tell(into: str, notes: str) -> None:
    run(
        "INSERT INTO {notes} SELECT row_no, unnest(notes), outcome = 'refused', winner FROM {into}"
        " WHERE notes IS NOT NULL",
        notes=table_name(notes),
        into=table_name(into),
    )


def tell_met(target: Target, staging: str, *, into: str, notes: str) -> None:
    """Tell of the rows that meet somebody known (`Watch.met`), beside a plan. Only with the merge that writes them: a
    plan alone would tell of any number whether it is known, and leave no record under it."""
    for code, statement in target.watch.met.items():
        run(
            "INSERT INTO {notes} SELECT m.row_no, {code}, false, NULL FROM (" + statement + ") m"
            " WHERE m.row_no NOT IN (SELECT row_no FROM {into} WHERE outcome IN ('refused', 'superseded'))",
            notes=table_name(notes),
            into=table_name(into),
            staging=table_name(staging),
            code=sql.Literal(code),
        )


def _counts(staged: int, into: str) -> MergeCounts:
    found = {
        outcome: count(
            sql.SQL("SELECT count(*) FROM {} WHERE outcome = {}").format(
                table_name(into), sql.Literal(outcome)
            )
        )
        for outcome in ("replaced", "unchanged", "superseded", "refused")
    }
    return MergeCounts(
        new=staged - sum(found.values()),
        replaced=found["replaced"] + found["superseded"],
        unchanged=found["unchanged"],
        duplicates=found["superseded"],
        refused=found["refused"],
    )


def _any(conditions: Iterable[str]) -> sql.Composable:
    return sql.SQL("(" + " OR ".join(f"coalesce({one}, false)" for one in (*conditions, "false")) + ")")


def _told(codes: Mapping[str, str]) -> sql.Composable:
    """The codes whose condition holds, as an array; NULL for none, as of nearly all rows."""
    each = (
        sql.SQL("CASE WHEN {} THEN {} END").format(sql.SQL(condition), sql.Literal(code))
        for code, condition in codes.items()
    )
    return sql.SQL("CASE WHEN {any} THEN array_remove(ARRAY[{each}]::text[], NULL) END").format(
        any=_any(codes.values()), each=sql.SQL(", ").join(each)
    )
