"""The application of a checked import, and taking it back: each in one transaction, so it happened or it did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.db import held_by_this_connection
from outpost.core.deferring import defer
from outpost.core.errors import Refusal
from outpost.exchange import errors, files, queries, registry, report, staging
from outpost.exchange import merge as merging
from outpost.exchange.check_worker import Run
from outpost.exchange.judging import put_aside
from outpost.exchange.kinds import ImportKind, Setting
from outpost.exchange.models import Import
from outpost.exchange.services.checking import lock_name
from outpost.exchange.services.imports import FINISHED, refuse


def apply_import(import_id: UUID, *, at: datetime) -> None:
    """Merge the staged rows of a confirmed import. Harmless to repeat: only the state `applying` is worked on.

    Another import into the same table waits. Staged rows that a crash of the database took away are checked
    again from the file. Raises Refusal(IS_RUNNING) when somebody else works on it.
    """
    with _working_on(import_id, "applying", at) as task:
        if task is None:
            return
        if staging.count(import_id) != task.read - task.rejected:
            _check_again(task, at)
            return
        kind, setting = _setting(task, at)
        staging.forget_notes(import_id)
        with override(task.language):
            aside = put_aside(kind, setting, is_tried=False)
        counts = merging.merge(
            kind.target,
            staging.table(import_id),
            at=at,
            cause=str(import_id),
            import_id=import_id,
            notes=staging.notes_table(import_id),
            before=lambda rows: _before_merge(kind, rows, setting),
            after=lambda rows: kind.after_merge(rows, setting),
        ).beside(aside)
        report.write(Run.of(task, at))
        told = report.counted(task, counts)
        concerned = kind.concerned(staging.table(import_id), setting)
        staging.drop(import_id)
        Import.objects.filter(id=import_id).update(
            state="applied", applied_at=at, step_started_at=at, concerned=concerned, **told
        )
        record(
            "exchange.import_applied",
            actor=setting.actor,
            at=at,
            object_id=import_id,
            count=counts.new + counts.replaced,
            detail={"kind": task.kind, "read": task.read, **told},
        )
        announce(FINISHED, import_id=str(import_id), state="applied")
        transaction.on_commit(lambda: _forget_the_file(import_id))


def undo_import(import_id: UUID, *, at: datetime) -> None:
    """Take back an import whose undoing was asked for; rows that others changed since stay and are counted.

    Harmless to repeat. Raises Refusal(IS_RUNNING) when somebody else works on it.
    """
    with _working_on(import_id, "undoing", at) as task:
        if task is None:
            return
        kind, setting = _setting(task, at)
        if not kind.may_undo(setting):
            raise Refusal(errors.IMPORT_RIGHTS_CHANGED)
        undone = merging.undo(kind.target, import_id=import_id, at=at)
        kind.after_undo(setting)
        written = task.new + task.replaced - task.duplicates
        told = {"removed": undone.removed, "restored": undone.restored}
        kept = written - undone.removed - undone.restored
        Import.objects.filter(id=import_id).update(
            state="undone", undone_at=at, step_started_at=at, kept_on_undo=kept
        )
        record(
            "exchange.import_undone",
            actor=setting.actor,
            at=at,
            object_id=import_id,
            count=undone.removed + undone.restored,
            detail={"kind": task.kind, "kept": kept, **told},
        )
        announce(FINISHED, import_id=str(import_id), state="undone")


def _before_merge(kind: ImportKind, rows: str, setting: Setting) -> None:
    """What the kind does first; the target is locked by now, so that nothing moves out of reach any more."""
    if not kind.reaches_rows(rows, setting):
        raise Refusal(errors.IMPORT_RIGHTS_CHANGED)
    kind.before_merge(rows, setting)


def _forget_the_file(import_id: UUID) -> None:
    """Its rows are taken over; only the failure workbook stays for a while."""
    for path in files.traces(import_id):
        if path != files.failure_file(import_id):
            path.unlink(missing_ok=True)


@contextmanager
def _working_on(import_id: UUID, state: str, at: datetime) -> Iterator[Import | None]:
    """The import, locked in one transaction, if it is in that state. A refusal inside undoes all and is kept."""
    with held_by_this_connection(lock_name(import_id)) as is_mine:
        if not is_mine:
            raise Refusal(errors.IS_RUNNING)
        try:
            with transaction.atomic():
                task = Import.objects.select_for_update().get(id=import_id)
                yield task if task.state == state else None
        except Refusal as refusal:
            back = "refused" if state == "applying" else "applied"
            refuse(Import.objects.get(id=import_id), refusal, state=back, at=at)


def _setting(task: Import, at: datetime) -> tuple[ImportKind, Setting]:
    kind = registry.import_kind(task.kind)
    actor = queries.actor_behind(task)
    queries.require_reach(task, actor=actor)
    return kind, Setting(task.id, actor, at, task.params, frozenset(task.columns))


def _check_again(task: Import, at: datetime) -> None:
    task.state = "uploaded"
    task.step_started_at = at
    task.save(update_fields=["state", "step_started_at"])
    defer("exchange.check", import_id=str(task.id))
