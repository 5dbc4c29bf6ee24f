"""Purging: what is past its time goes, class by class and batch by batch, and a signed certificate says what went.

Modules declare their rows (`Rows` in their `retention.py`), `config.wiring` hands them in. A batch is a range of pages
of the table, so that a purge reads each page once, however much it removes; its count is kept in the batch's
transaction, so that a purge that was cut off goes on where it was and its certificate is whole.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from django.db import transaction
from psycopg import sql

from outpost.audit import certificates, chain
from outpost.audit.errors import PURGE_RUNS
from outpost.audit.models import Purge
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.clock import day_start
from outpost.core.db import held_by_this_connection, hold_lock, rows_of, run, value_of
from outpost.core.errors import Refusal
from outpost.core.modules import Reference
from outpost.core.retention import PERIODS

BATCH_PAGES = 512  # 4 MiB: some ten thousand rows a transaction
PURGE, END_EVENT = "purge", "end_event"
HEALTH, LEDGERS = "health", "ledgers"
AUDIT = "audit"
LOCK = "audit.purge"

Progress = Callable[[str, int], None]
"""Told the class and how many rows of it are gone, after every batch that removed some."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table that belong to a class.

    `expired`: SQL on `t` for rows past their time, given `%(first)s`, the first local day that stays, and `%(before)s`,
    its first instant; empty when age alone removes none. `ends_with`: HEALTH or LEDGERS when the end of the event
    removes them, those for which `ended` holds. `unless_referenced`: rows stay while something refers to them
    (`refer`). `lock`: the named lock under which others write such references. `is_part`: of what another table of the
    class holds a row for, so that certificates count things and not rows.
    """

    kept_as: str
    table: str
    expired: LiteralString = ""
    ends_with: str = ""
    ended: LiteralString = "TRUE"
    unless_referenced: bool = False
    lock: str = ""
    is_part: bool = False

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        """Delete the rows of `t` that meet the condition, in the caller's transaction; returns how many."""
        if self.lock:
            hold_lock(self.lock)
        return execute(
            "DELETE FROM {table} t WHERE {condition}", values, table=self.table, condition=condition
        )

    def ended_files(self) -> None:
        """What lies outside the database and goes at the end of the event."""


def execute(text: LiteralString, values: Mapping[str, Any], *, table: str, condition: sql.Composable) -> int:
    """Run a statement on rows that meet a condition; returns how many it touched."""
    return run(sql.SQL(text).format(table=sql.Identifier(table), condition=condition), dict(values))


_rows: list[Rows] = []
_references: dict[str, list[Reference]] = {}


def register(*rows: Rows) -> None:
    """Make rows known; `config.wiring` calls it once, a repetition changes nothing."""
    _rows.extend(one for one in rows if one not in _rows)
    _rows.sort(key=lambda one: list(PERIODS).index(one.kept_as))


def refer(reference: Reference) -> None:
    """Let rows stay that another table names; a repetition changes nothing."""
    known = _references.setdefault(reference.table, [])
    if reference not in known:
        known.append(reference)


def _is_named(reference: Reference) -> sql.Composable:
    """SQL: whether the other table names the row `t`."""
    if reference.asked:
        return sql.SQL("{}(t.{})").format(sql.Identifier(reference.asked), sql.Identifier(reference.column))
    return sql.SQL("EXISTS (SELECT FROM {} r WHERE r.{} = t.{})").format(
        *map(sql.Identifier, (reference.by_table, reference.by_column, reference.column))
    )


def tables() -> list[str]:
    """Every table from which something may be purged."""
    return sorted({one.table for one in _rows})


@dataclass(frozen=True, slots=True)
class Span:
    """What a purge takes: by class the first day that stays, or at the end of an event everything of its `parts`."""

    first_kept: Mapping[str, date]
    parts: Collection[str] = ()

    def condition(self, rows: Rows) -> sql.Composable | None:
        """The rows that go; None when none of this table do."""
        if self.parts:
            text: LiteralString = rows.ended if rows.ends_with in self.parts else ""
        else:
            text = rows.expired if rows.kept_as in self.first_kept else ""
        if not text:
            return None
        found: sql.Composable = sql.SQL("({})").format(sql.SQL(text))
        for reference in _references.get(rows.table, []) if rows.unless_referenced else []:
            found += sql.SQL(" AND NOT ") + _is_named(reference)
        return found

    def values(self, rows: Rows) -> dict[str, Any]:
        """The parameters of the condition."""
        first = self.first_kept.get(rows.kept_as)
        return {"first": first, "before": day_start(first)} if first else {}


def due(span: Span, *, with_audit: bool = False) -> dict[str, int]:
    """How many rows of each class a purge would remove now. What keeps others is counted as it stands now: a class
    that loses its last references in the same purge may lose more."""
    found: dict[str, int] = {}
    for rows, count in _due_rows(span):
        found[rows.kept_as] = found.get(rows.kept_as, 0) + (0 if rows.is_part else count)
    if with_audit and AUDIT in span.first_kept:
        found[AUDIT] = chain.entries_before(span.first_kept[AUDIT])
    return found


def is_due(span: Span) -> bool:
    """Whether a purge would remove anything."""
    return any(count for _rows, count in _due_rows(span))


def _due_rows(span: Span) -> Iterator[tuple[Rows, int]]:
    for rows in _rows:
        condition = span.condition(rows)
        if condition is not None:
            statement = sql.SQL("SELECT count(*) FROM {} t WHERE {}").format(
                sql.Identifier(rows.table), condition
            )
            yield rows, int(value_of(statement, span.values(rows)))


@contextmanager
def purging(
    kind: str, span: Span, *, actor: Actor, at: datetime, progress: Progress, with_audit: bool = False
) -> Iterator[Purge]:
    """Purge, and yield the purge to be finished by `finish` (after the erasing of what is left on disk, if any).

    A purge of this kind that was cut off goes on with its own span instead. `with_audit`: also cut the audit's own
    chain, which needs the role that owns the table. Raises Refusal PURGE_RUNS.
    """
    actor.require("retention.purge")
    with held_by_this_connection(LOCK) as is_mine:
        if not is_mine:
            raise Refusal(PURGE_RUNS)
        purge = _open(kind, span, actor=actor, at=at)
        span = _span_of(purge)
        for rows in _rows:
            _remove_all(purge, rows, span, progress)
        if with_audit and AUDIT in span.first_kept:
            _cut_chain(purge, span.first_kept[AUDIT], at=at, progress=progress)
        yield purge


def _open(kind: str, span: Span, *, actor: Actor, at: datetime) -> Purge:
    found = Purge.objects.filter(kind=kind, finished_at__isnull=True).first()
    if found is not None:
        return found
    days = {name: day.isoformat() for name, day in span.first_kept.items()}
    purge = Purge(
        kind=kind,
        actor_label=actor.label,
        started_at=at,
        first_kept={"days": days, "parts": sorted(span.parts)},
    )
    with transaction.atomic():
        purge.save(force_insert=True)
        record(
            "retention.purge_begun", actor=actor, at=at, object_id=purge.id, count=0, detail={"kind": kind}
        )
    return purge


def _span_of(purge: Purge) -> Span:
    days = {name: date.fromisoformat(day) for name, day in purge.first_kept["days"].items()}
    return Span(days, purge.first_kept["parts"])


def _remove_all(purge: Purge, rows: Rows, span: Span, progress: Progress) -> None:
    condition = span.condition(rows)
    if condition is None:
        return
    for part in _parts(rows.table):
        batch = sql.SQL("{} AND {}").format(part, condition)
        with transaction.atomic():
            removed = rows.remove(batch, span.values(rows))
            if removed and not rows.is_part:
                _count(purge, rows.kept_as, removed)
        if removed and not rows.is_part:
            progress(rows.kept_as, purge.counts[rows.kept_as])
    if span.parts:
        rows.ended_files()


def _cut_chain(purge: Purge, first_kept: date, *, at: datetime, progress: Progress) -> None:
    with transaction.atomic():
        removed = chain.cut(first_kept, at=at)
        if removed:
            _count(purge, AUDIT, removed)
    if removed:
        progress(AUDIT, removed)


def _count(purge: Purge, name: str, removed: int) -> None:
    purge.counts = {**purge.counts, name: purge.counts.get(name, 0) + removed}
    purge.save(update_fields=["counts"])


def _parts(table: str) -> Iterator[sql.Composable]:
    """SQL on `t`: the parts of a table that are gone through one by one, each with the same pages of every partition.

    A table with a column that this role may not read goes at once: where a row lies is kept from the role as well.
    """
    [(reads_all, pages)] = rows_of(
        "SELECT has_table_privilege(%(table)s, 'SELECT'), greatest(pg_relation_size(to_regclass(%(table)s)),"
        " (SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(to_regclass(%(table)s))))"
        " / current_setting('block_size')::int",
        {"table": table},
    )
    if not reads_all:
        yield sql.SQL("TRUE")
        return
    for first in range(0, int(pages), BATCH_PAGES):
        yield sql.SQL("t.ctid >= {}::tid AND t.ctid < {}::tid").format(
            sql.Literal(f"({first},0)"), sql.Literal(f"({first + BATCH_PAGES},0)")
        )


@transaction.atomic
def finish(purge: Purge, *, erased: Mapping[str, Any] | None, actor: Actor, at: datetime) -> dict[str, Any]:
    """Close a purge: its signed certificate, kept in the database, and the audit's entry.

    `erased`: how the removed rows were erased from the disk, None when they were not.
    """
    content = {
        "format": certificates.FORMAT,
        "id": str(purge.id),
        "kind": purge.kind,
        "started_at": purge.started_at.isoformat(),
        "finished_at": at.isoformat(),
        "by": purge.actor_label,
        "parts": purge.first_kept["parts"],
        "classes": [
            {"class": name, "first_kept_on": purge.first_kept["days"].get(name), "removed": removed}
            for name, removed in sorted(purge.counts.items())
        ],
        "erased": dict(erased) if erased else None,
    }
    purge.certificate = certificates.sign(content)
    purge.finished_at = at
    purge.erased_at = at if erased else None
    purge.save(update_fields=["certificate", "finished_at", "erased_at"])
    record(
        "retention.purged",
        actor=actor,
        at=at,
        object_id=purge.id,
        count=sum(purge.counts.values()),
        detail={"kind": purge.kind, "is_erased": bool(erased), "signature": purge.certificate["signature"]},
    )
    return dict(purge.certificate)
