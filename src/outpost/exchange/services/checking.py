"""The check of an import: every row parsed, the good ones staged, the others into the failure workbook.

It commits batch by batch, so that others see how far it is. Cut off at any moment, it is begun anew from the
stored file; until its last statement nobody sees a checked import.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.db import held_by_this_connection
from outpost.core.errors import Refusal
from outpost.core.sheets import errors as sheets
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError
from outpost.exchange import errors, files, queries, rejected_rows, report, staging
from outpost.exchange.check_worker import Broken, Overtaken, Run, stage
from outpost.exchange.judging import put_aside
from outpost.exchange.kinds import Setting
from outpost.exchange.models import Import
from outpost.exchange.planning import MergeCounts, plan
from outpost.exchange.services.imports import FINISHED, refuse, remove_traces


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
    run = Run.of(task, at)
    with run.opened() as table:
        task.columns = sorted(table.layout.positions)
        task.rows_total = table.total
        task.save(update_fields=["columns", "rows_total"])
        staging.create(task.id, run.kind.staging)
        files.refused_file(task.id).unlink(missing_ok=True)
        rejected = 0
        with files.private(files.shown_file(task.id)).open("wb") as file:
            rejected_rows.begin(file, table.layout)

            def reject(number: int, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
                nonlocal rejected
                rejected += 1
                rejected_rows.write(file, number, cells, found)

            read = stage(run, table, reject)
        lines = table.lines
        _note_file(task.id, read, may_be_cut=table.may_be_cut)
    task.refresh_from_db()
    task.lines = lines
    task.save(update_fields=["lines"])
    if (task.read, task.rejected) != (read, rejected):
        raise Broken
    _finish(run, is_previewed=is_previewed)


def _note_file(import_id: UUID, read: int, *, may_be_cut: bool) -> None:
    """What is to be told of the file as a whole."""
    if may_be_cut:
        staging.note(import_id, sheets.MAY_BE_CUT.code)
    if not read:
        staging.note(import_id, sheets.NO_ROWS.code)


def _finish(run: Run, *, is_previewed: bool) -> None:
    """The one step by which the import becomes a checked one."""
    task = run.task
    actor = queries.actor_behind(task)
    setting = Setting(task.id, actor, run.at, task.params, frozenset(task.columns))
    if is_previewed:  # before anything is told, and to stay when it is refused
        run.kind.count_tries(staging.table(task.id), setting)
    with transaction.atomic():
        counts = MergeCounts(new=task.read - task.rejected)
        if is_previewed:
            aside = put_aside(run.kind, setting, is_tried=True)
            into, notes = staging.plan_table(task.id), staging.notes_table(task.id)
            counts = plan(run.kind.target, staging.table(task.id), into=into, notes=notes).beside(aside)
            staging.drop_refused(task.id)
            report.write(run)
        told = report.counted(task, counts)
        kept = Import.objects.filter(id=task.id, state="checking", step_started_at=run.at).update(
            state="checked",
            checked_at=run.at,
            step_started_at=run.at,
            rows_total=task.read,
            **told,
        )
        if not kept:
            raise Overtaken
        if is_previewed:
            announce(FINISHED, import_id=str(task.id), state="checked")
            record(
                "exchange.import_checked",
                actor=actor,
                at=run.at,
                object_id=task.id,
                count=task.read,
                detail={"kind": task.kind, "read": task.read, **told},
            )
