"""The check of an import: every row parsed, the good ones staged, the others into the failure workbook.

It commits batch by batch, so that others see how far it is. Cut off at any moment, it is begun anew from the
stored file; until its last statement nobody sees a checked import.
"""

import heapq
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from outpost.audit.events import announce
from outpost.core.db import held_by_this_connection
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError
from outpost.core.sheets.failures import FailureWriter
from outpost.core.sheets.guard import OLE_MAGIC, ZIP_MAGIC
from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.reading import TableReader, open_table
from outpost.exchange import errors, files, merge, queries, registry, second, staging
from outpost.exchange.kinds import ImportKind, Setting
from outpost.exchange.merge import MergeCounts
from outpost.exchange.models import Import
from outpost.exchange.rows import Check, Overtaken, Reject, Rows, stage
from outpost.exchange.services.imports import FINISHED, refuse, remove_traces

BLOCK_ROWS = 20_000
# From here on a second process wins more than its start costs.
SHARED_FROM_ROWS = 200_000


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
            with override(task.language), files.space_needed():
                _check(task, at, is_previewed=is_previewed)
        except Refusal as refusal:
            refuse(task, refusal, at=at)
        except Overtaken:
            remove_traces(import_id)


def _check(task: Import, at: datetime, *, is_previewed: bool) -> None:
    kind = registry.import_kind(task.kind)
    with _opened(task, kind) as table:
        task.columns = sorted(table.layout.positions)
        task.rows_total = table.total
        task.save(update_fields=["columns", "rows_total"])
        staging.create(task.id, kind.staging)
        path = files.failure_file(task.id)
        with FailureWriter(files.private(path), table.layout, task.language) as failures:

            def reject(number: int, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
                failures.add(cells, [CellError(None, errors.AT_ROW, {"row": number}), *found])

            read = _stage(task, kind, table, reject, at)
    if not failures.count:
        path.unlink()
    task.refresh_from_db()
    if (task.read, task.rejected) != (read, failures.count):
        raise second.Broken
    _finish(task, kind, at, is_previewed=is_previewed)


def _opened(task: Import, kind: ImportKind) -> TableReader:
    limits = replace(UPLOAD, file_bytes=task.limit_bytes)
    return open_table(files.source_file(task.id), kind.sheet(task.params), limits=limits)


def _stage(task: Import, kind: ImportKind, table: TableReader, reject: Reject, at: datetime) -> int:
    """Stage the rows, with a second process where that pays; returns how many the file has."""
    if table.total < SHARED_FROM_ROWS or not _is_text(files.source_file(task.id)):
        alone = Check(task.id, at, BLOCK_ROWS, is_shared=False)
        return stage(alone, table, _rows(task, kind, table, reject, at))
    theirs = files.private(files.rejected_file(task.id))
    with tempfile.TemporaryFile(dir=theirs.parent) as ours:

        def keep(number: int, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
            second.write_rejected(ours, number, list(cells), list(found))

        rows = _rows(task, kind, table, keep, at)
        with second.helping(task.id, at=at, block_rows=BLOCK_ROWS, rejected=theirs):
            read = stage(Check(task.id, at, BLOCK_ROWS, is_shared=True), table, rows)
        ours.seek(0)
        sheet = table.layout.sheet
        both = heapq.merge(
            second.rejected_in(ours, sheet), second.read_rejected(theirs, sheet), key=itemgetter(0)
        )
        for number, cells, found in both:  # in the order of the file
            reject(number, cells, found)
    theirs.unlink()
    return read


def _rows(task: Import, kind: ImportKind, table: TableReader, reject: Reject, at: datetime) -> Rows:
    actor = queries.actor_behind(task)
    actor.require(kind.action)
    setting = Setting(task.id, actor, at, task.params, frozenset(table.layout.positions))
    return Rows(kind, table.layout, kind.parser(setting), reject)


def help_check(import_id: UUID, *, at: datetime, block_rows: int, rejected: Path) -> None:
    """Check some blocks of a file whose check is running in another process (`exchange.second`).

    Rejected rows are left in the file `rejected`. Ends in silence when the check is no longer wanted, or when the
    file turns out to be one that is refused: the other process finds the same and says so.
    """
    task = queries.find_import(import_id)
    kind = registry.import_kind(task.kind)
    with suppress(Refusal, Overtaken), override(task.language), rejected.open("wb") as file:

        def reject(number: int, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
            second.write_rejected(file, number, list(cells), list(found))

        with _opened(task, kind) as table:
            stage(
                Check(import_id, at, block_rows, is_shared=True), table, _rows(task, kind, table, reject, at)
            )


def _is_text(path: Path) -> bool:
    """Workbooks are unpacked in a child already; reading them twice would eat up what is won."""
    with path.open("rb") as file:
        return not file.read(len(OLE_MAGIC)).startswith((OLE_MAGIC, ZIP_MAGIC))


def _finish(task: Import, kind: ImportKind, at: datetime, *, is_previewed: bool) -> None:
    """The one step by which the import becomes a checked one."""
    staged = task.read - task.rejected
    with transaction.atomic():
        counts = MergeCounts(new=staged)
        if is_previewed:
            counts = merge.plan(kind.target, staging.table(task.id), into=staging.plan_table(task.id))
        kept = Import.objects.filter(id=task.id, state="checking", step_started_at=at).update(
            state="checked",
            checked_at=at,
            step_started_at=at,
            rows_total=task.read,
            has_failure_file=task.rejected > 0,
            **vars_of(counts),
        )
        if not kept:
            raise Overtaken
        if is_previewed:
            announce(FINISHED, import_id=str(task.id), state="checked")


def vars_of(counts: MergeCounts) -> dict[str, int]:
    """The counts as the fields of an import."""
    return {
        "new": counts.new,
        "replaced": counts.replaced,
        "unchanged": counts.unchanged,
        "duplicates": counts.duplicates,
    }
