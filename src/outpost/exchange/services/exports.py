"""Files on their way out: written by a job from one snapshot, marked, recorded, fetched while the rights hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language, override

from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.db import copy_rows, held_by_this_connection, run
from outpost.core.deferring import defer_later
from outpost.core.errors import Refusal
from outpost.core.sheets.writing import Cell, Written
from outpost.exchange import errors, files, queries, registry
from outpost.exchange.files import Download
from outpost.exchange.kinds import SITE, ExportKind
from outpost.exchange.models import Export
from outpost.exchange.services.approvals import SecondPersonNeeded, hold_export, most_alone
from outpost.exchange.services.fairness import refuse_too_many_exports, turn

KEPT = timedelta(hours=24)
READY = "exchange.export_ready"


def request_export(
    kind: str, *, params: Mapping[str, str], purpose: str, actor: Actor, at: datetime, site: str = ""
) -> Export:
    """Queue an export. `site`: where the actor finds the pages, for kinds that print it. Raises Refusal: unknown kind
    or parameters, not allowed, no purpose where one is asked for, too many in hand."""
    found = registry.export_kind(kind)
    actor.require(found.action)
    if found.purposes and purpose not in found.purposes:
        raise Refusal(errors.PURPOSE_REQUIRED)
    owner = queries.owner_of(actor)
    refuse_too_many_exports(owner)
    task = Export(
        kind=kind,
        params=found.checked(params, actor) | ({SITE: site} if found.holds_addresses else {}),
        purpose=purpose,
        owner_id=owner,
        actor_label=actor.label,
        language=get_language() or settings.LANGUAGE_CODE,
        created_at=at,
        step_started_at=at,
    )
    with transaction.atomic():
        priority = turn(owner)
        task.save(force_insert=True)
        defer_later("exchange.write", priority=priority, export_id=str(task.id))
    return task


def write_export(export_id: UUID, *, at: datetime) -> None:
    """Write a requested export (or one whose writing was cut off), with the rights that its owner has now.

    Raises Refusal(IS_RUNNING) when somebody else works on it.
    """
    with held_by_this_connection(f"exchange.export:{export_id}") as is_mine:
        if not is_mine:
            raise Refusal(errors.IS_RUNNING)
        begun = Export.objects.filter(id=export_id, state__in=("waiting", "writing")).update(
            state="writing", step_started_at=at, rows_done=0
        )
        if not begun:
            return
        task = Export.objects.get(id=export_id)
        try:
            with override(task.language), files.space_needed():
                _write(task, at)
        except SecondPersonNeeded as needed:
            files.export_file(export_id).unlink(missing_ok=True)
            hold_export(task, rows=needed.rows, at=at)
        except Refusal as refusal:
            files.export_file(export_id).unlink(missing_ok=True)
            _refuse(task, refusal, at)


def _write(task: Export, at: datetime) -> None:
    kind = registry.export_kind(task.kind)
    actor = queries.actor_behind(task)
    actor.require(kind.action)
    task.reach = queries.reach_as_json(actor.reach(kind.action))
    path = files.private(files.export_file(task.id))
    written, shown = _write_rows(task, kind, actor, path, at)
    _check_rights(queries.actor_behind(task), kind, task)  # they may have been revoked meanwhile
    with transaction.atomic():
        Export.objects.filter(id=task.id).update(
            state="ready",
            reach=task.reach,
            rows_total=written.rows,
            rows_done=written.rows,
            sha256=written.sha256,
            size=path.stat().st_size,
            finished_at=at,
            expires_at=at + KEPT,
        )
        copy_rows("exchange_exportedperson", ("person_id", "export_id"), zip(shown, repeat(str(task.id))))
        record(
            "exchange.export_written",
            actor=actor,
            at=at,
            object_id=task.id,
            count=written.rows,
            purpose=task.purpose,
            detail={"kind": task.kind, "sha256": written.sha256},
        )
        announce(READY, export_id=str(task.id), state="ready")


def _write_rows(
    task: Export, kind: ExportKind, actor: Actor, path: Path, at: datetime
) -> tuple[Written, set[str]]:
    """Write the file; what was written, and whom it shows in clear."""
    mark = files.mark_of(task.actor_label, task.id, at, purpose=str(kind.purposes.get(task.purpose, "")))
    with _reporter(task.id) as report, _snapshot():
        total = kind.count(task.params, actor)
        report(0, total)
        watched = _Watched(report, kind.report_every, most_alone(task, kind, total))
        tables = (replace(one, rows=watched(one.rows)) for one in kind.tables(task.params, actor))
        written = kind.write(path, tables, mark)
        return written, set(map(str, kind.people(task.params, actor))) if kind.view.is_clear else set()


class _Watched:
    """Counts the rows of all tables of a file: tells how far it is, and stops at the limit of who asks alone."""

    def __init__(self, report: Callable[[int, int | None], None], every: int, limit: int | None) -> None:
        self._report, self._every = report, every
        self._limit = limit
        self._number = 0

    def __call__(self, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        """The rows of one table. Raises SecondPersonNeeded at the row above the limit."""
        limit, number = self._limit, self._number
        for number, row in enumerate(rows, self._number + 1):
            if limit is not None and number > limit:
                raise SecondPersonNeeded(number)
            yield row
            if number % self._every == 0:
                self._report(number, None)
        self._number = number


@contextmanager
def _snapshot() -> Iterator[None]:
    """One view of the database for all rows of a file, however long it takes to write."""
    with transaction.atomic():
        run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _reporter(export_id: UUID) -> Iterator[Callable[[int, int | None], None]]:
    """Tells others how far the writing is, on a connection of its own: the writing one reads a snapshot."""
    side = connection.copy()

    def report(done: int, total: int | None) -> None:
        with side.cursor() as cursor:
            cursor.execute(
                "UPDATE exchange_export SET rows_done = %s, rows_total = coalesce(%s, rows_total) WHERE id = %s",
                [done, total, export_id],
            )

    try:
        yield report
    finally:
        side.close()


def _refuse(task: Export, refusal: Refusal, at: datetime) -> None:
    with transaction.atomic():
        fields = {name: str(value) for name, value in refusal.fields.items()}
        Export.objects.filter(id=task.id).update(
            state="refused", finished_at=at, refusal={"code": refusal.code, "fields": fields}
        )
        announce(READY, export_id=str(task.id), state="refused")


def fetch_export(export_id: UUID, *, actor: Actor, at: datetime) -> Download:
    """The file, for its owner, once more recorded. Asked anew each time whether the rights still hold.

    Raises Refusal: not one's own or not ready (404), expired (410), rights changed (403).
    """
    task = queries.own_export(export_id, actor=actor)
    kind = registry.export_kind(task.kind)
    if task.state not in ("ready", "expired"):
        raise Refusal(errors.WRONG_STATE)
    path = files.export_file(task.id)
    if task.expires_at is None or task.expires_at <= at or not path.is_file():
        raise Refusal(errors.EXPIRED)
    _check_rights(actor, kind, task)
    record(
        "exchange.export_fetched",
        actor=actor,
        at=at,
        object_id=task.id,
        count=task.rows_done,
        purpose=task.purpose,
        detail={"kind": task.kind},
    )
    finished = (task.finished_at or at).astimezone(clock.zone())
    return Download(path, f"{kind.title(task.params)}_{finished:%Y%m%d-%H%M}.{kind.suffix}")


def _check_rights(actor: Actor, kind: ExportKind, task: Export) -> None:
    actor.require(kind.action)
    if not queries.still_covers(actor.reach(kind.action), task.reach):
        raise Refusal(errors.RIGHTS_CHANGED)
    kind.require_still(task.params, actor)
