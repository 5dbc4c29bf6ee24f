"""The check of an import: every row parsed, the good ones staged, the others into the failure workbook.

It commits batch by batch, so that others see how far it is. Cut off at any moment, it is begun anew from the
stored file; until its last statement nobody sees a checked import.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from outpost.audit.services import announce
from outpost.core.db import copy_rows, held_by_this_connection
from outpost.core.errors import Refusal
from outpost.core.sheets import errors as sheet_errors
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Layout
from outpost.core.sheets.failures import FailureWriter
from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.reading import TableReader, open_table
from outpost.exchange import errors, files, merge, queries, registry, staging
from outpost.exchange.kinds import ImportKind, RowParser, Setting
from outpost.exchange.merge import MergeCounts
from outpost.exchange.models import Import
from outpost.exchange.services.imports import FINISHED, refuse

BATCH_ROWS = 20_000

Numbered = tuple[int, Sequence[Raw]]


class _Discarded(Exception):  # noqa: N818 - not a fault: its owner discarded the import meanwhile
    pass


def lock_name(import_id: UUID) -> str:
    """The lock of whoever works on an import; it dies with its process."""
    return f"exchange.import:{import_id}"


def check_import(import_id: UUID, *, at: datetime, is_previewed: bool = True) -> None:
    """Check an uploaded import (or one whose check was cut off); it ends checked or refused, with its counts.

    `is_previewed`: also find out which rows would be new, replaced or unchanged. Raises Refusal(IS_RUNNING) when
    somebody else works on it.
    """
    with held_by_this_connection(lock_name(import_id)) as is_mine:
        if not is_mine:
            raise Refusal(errors.IS_RUNNING)
        begun = Import.objects.filter(id=import_id, state__in=("uploaded", "checking")).update(
            state="checking", step_started_at=at, read=0, rejected=0, refusal=None, has_failure_file=False
        )
        if not begun:
            return
        task = Import.objects.get(id=import_id)
        try:
            with override(task.language):
                _check(task, at, is_previewed=is_previewed)
        except Refusal as refusal:
            refuse(task, refusal, at=at)
        except _Discarded:
            staging.drop(import_id)


def _check(task: Import, at: datetime, *, is_previewed: bool) -> None:
    kind = registry.import_kind(task.kind)
    actor = queries.actor_behind(task)
    actor.require(kind.action)
    limits = replace(UPLOAD, file_bytes=task.limit_bytes)
    with open_table(files.source_file(task.id), kind.sheet(task.params), limits=limits) as table:
        task.columns = sorted(table.layout.positions)
        task.rows_total = table.total
        task.save(update_fields=["columns", "rows_total"])
        setting = Setting(task.id, actor, at, task.params, frozenset(task.columns))
        staging.create(task.id, kind.staging)
        path = files.failure_file(task.id)
        with FailureWriter(files.private(path), table.layout, task.language) as failures:
            _stage(task, table, _Rows(kind, table.layout, kind.parser(setting), failures))
    if not failures.count:
        path.unlink()
    task.rejected = failures.count
    _finish(task, kind, at, is_previewed=is_previewed)


def _stage(task: Import, table: TableReader, rows: "_Rows") -> None:
    """Copy the good rows while they are checked: the database takes up one row as the next is parsed."""
    numbered = table.rows()
    task.read = 0
    for first in numbered:
        with transaction.atomic():
            batch = chain((first,), islice(numbered, BATCH_ROWS - 1))
            copied = copy_rows(staging.table(task.id), rows.columns, rows.good(batch))
            task.read += copied + rows.take_rejected()
            kept = Import.objects.filter(id=task.id, state="checking").update(
                read=task.read, rejected=rows.rejected
            )
        if not kept:
            raise _Discarded


class _Rows:
    """Tells good rows from bad ones; the bad ones go to the failure workbook as they pass."""

    def __init__(self, kind: ImportKind, layout: Layout, parse: RowParser, failures: FailureWriter) -> None:
        self.columns = ("row_no", *kind.staging)
        self.rejected = 0
        self._taken = 0
        self._parse = parse
        self._failures = failures
        self._width = len(layout.headers)
        self._arrange = _arranger(layout)

    def good(self, rows: Iterator[Numbered]) -> Iterator[tuple[Any, ...]]:
        """The staged values of the rows that pass."""
        parse, arrange, width = self._parse, self._arrange, self._width
        for number, cells in rows:
            values = parse(arrange([*cells, None])) if len(cells) == width else self._odd(cells)
            if isinstance(values, tuple):
                yield (number, *values)
            else:
                self.rejected += 1
                self._failures.add(cells, [CellError(None, errors.AT_ROW, {"row": number}), *values])

    def take_rejected(self) -> int:
        """How many were rejected since this was last asked."""
        fresh, self._taken = self.rejected - self._taken, self.rejected
        return fresh

    def _odd(self, cells: Sequence[Raw]) -> tuple[Any, ...] | list[CellError]:
        """A row shorter than the header lacks its last cells; a longer one may only hold blanks beyond it."""
        width = self._width
        if len(cells) > width and any(cells[width:]):
            found = {"found": len(cells), "expected": width}
            return [CellError(None, sheet_errors.ROW_TOO_LONG, found)]
        padded = [*cells[:width], *[None] * (width - len(cells)), None]
        return self._parse(self._arrange(padded))


def _arranger(layout: Layout) -> Callable[[Sequence[Raw]], Sequence[Raw]]:
    """From the cells of a row with one None behind them to the cells in the order of the sheet's columns."""
    absent = len(layout.headers)
    places = [layout.positions.get(column.name, absent) for column in layout.sheet.columns]
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)


def _finish(task: Import, kind: ImportKind, at: datetime, *, is_previewed: bool) -> None:
    """The one step by which the import becomes a checked one."""
    staged = task.read - task.rejected
    with transaction.atomic():
        counts = MergeCounts(new=staged)
        if is_previewed:
            counts = merge.plan(kind.target, staging.table(task.id), into=staging.plan_table(task.id))
        kept = Import.objects.filter(id=task.id, state="checking").update(
            state="checked",
            checked_at=at,
            step_started_at=at,
            rows_total=task.read,
            has_failure_file=task.rejected > 0,
            **vars_of(counts),
        )
        if not kept:
            raise _Discarded
        if is_previewed:
            announce(FINISHED, at=at, import_id=str(task.id), state="checked")


def vars_of(counts: MergeCounts) -> dict[str, int]:
    """The counts as the fields of an import."""
    return {
        "new": counts.new,
        "replaced": counts.replaced,
        "unchanged": counts.unchanged,
        "duplicates": counts.duplicates,
    }
