"""What a person does with an import: send the file, confirm or discard what the check found, take it all back.

Each only moves the state and queues the work; the work itself is in `checking` and `applying`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.deferring import defer_later
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.retention import UNDO_DAYS
from outpost.exchange import errors, files, queries, registry, staging
from outpost.exchange.files import Download
from outpost.exchange.models import Import
from outpost.exchange.services import fairness

FINISHED = "exchange.import_finished"


def upload(
    chunks: Iterable[bytes],
    name: str,
    *,
    kind: str,
    params: Mapping[str, str],
    actor: Actor,
    at: datetime,
    limit: int | None = None,
    is_queued: bool = True,
) -> Import:
    """Store a file and queue its check. `name` is only shown, `limit` is in bytes (default: the setting).

    Raises Refusal: the actor may not import this, unknown kind or parameters, too large, too many in hand.
    """
    found = registry.import_kind(kind)
    actor.require(found.action)
    found.sheet(params)
    owner = queries.owner_of(actor)
    fairness.refuse_too_many_imports(owner, actor=actor, at=at)
    limit = limit or settings.OUTPOST_IMPORT_MAX_BYTES
    import_id = new_id()
    path = files.source_file(import_id)
    stored = files.store(path, chunks, limit=limit)
    task = Import(
        id=import_id,
        kind=kind,
        params=dict(params),
        sha256=stored.sha256,
        size=stored.size,
        owner_id=owner,
        actor_label=actor.label,
        language=get_language() or settings.LANGUAGE_CODE,
        reach=queries.reach_as_json(actor.reach(found.action)),
        limit_bytes=limit,
        created_at=at,
        step_started_at=at,
    )
    task.sealed_name = ring().seal(name[:200].encode(), task.sealing_context)
    with transaction.atomic():
        priority = fairness.turn(owner)
        task.save(force_insert=True)
        if is_queued:
            defer_later("exchange.check", priority=priority, import_id=str(import_id))
    return task


def confirm_import(import_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let the checked rows be applied. Confirming twice (a double click) is harmless.

    Raises Refusal: not one's own (404), not allowed any more or not so far, not waiting for confirmation.
    """
    with transaction.atomic():
        task = locked(import_id, actor)
        queries.require_reach(task, actor=actor)
        if task.state in ("applying", "applied"):
            return
        priority = fairness.turn(task.owner_id)
        move(task, to="applying", when=("checked",), at=at)
        defer_later("exchange.apply", priority=priority, import_id=str(import_id))


def discard_import(import_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Forget an import that was not applied, at any moment before that. Raises Refusal as `confirm_import`."""
    with transaction.atomic():
        task = locked(import_id, actor)
        is_running = task.state == "checking"  # then the check finds it discarded and cleans up
        move(task, to="discarded", when=("uploaded", "checking", "checked", "refused"), at=at)
        if not is_running:
            transaction.on_commit(lambda: remove_traces(import_id))
        counted = ("read", "new", "replaced", "unchanged", "rejected")
        record(
            "exchange.import_discarded",
            actor=actor,
            at=at,
            object_id=import_id,
            count=task.read,
            detail={"kind": task.kind} | {name: getattr(task, name) for name in counted},
        )


def request_undo(import_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let an applied import be taken back as a whole; twice is harmless. Raises Refusal as `confirm_import`."""
    with transaction.atomic():
        task = locked(import_id, actor)
        queries.require_reach(task, actor=actor)
        if task.state in ("undoing", "undone"):
            return
        if task.applied_at is not None and at - task.applied_at > timedelta(days=UNDO_DAYS):
            raise Refusal(errors.TOO_LATE_TO_UNDO, days=UNDO_DAYS)
        priority = fairness.turn(task.owner_id)
        move(task, to="undoing", when=("applied",), at=at)
        defer_later("exchange.undo", priority=priority, import_id=str(import_id))


def fetch_failures(import_id: UUID, *, actor: Actor, at: datetime) -> Download:
    """The workbook of rejected rows, for the owner of the import; recorded, since identities are in it.

    Raises Refusal: not one's own or no such file (404), not allowed any more.
    """
    task = queries.own_import(import_id, actor=actor)
    queries.require_reach(task, actor=actor)
    path = files.failure_file(task.id)
    if not task.has_failure_file or not path.is_file():
        raise Refusal(NOT_FOUND)
    record(
        "exchange.failures_fetched",
        actor=actor,
        at=at,
        object_id=task.id,
        count=task.rejected,
        detail={"kind": task.kind},
    )
    day = f"{task.created_at.astimezone(clock.zone()):%Y%m%d-%H%M}"
    return Download(
        path, _("Rejected rows {kind} {day}.xlsx").format(kind=registry.label_of(task.kind), day=day)
    )


def give_up_import(import_id: UUID, *, number: int, at: datetime) -> None:
    """Set an import back after its job failed for good (`number`: the job's), so that its owner may go on."""
    back = {"checking": "refused", "applying": "checked", "undoing": "applied"}
    with transaction.atomic():
        task = Import.objects.select_for_update().get(id=import_id)
        if task.state in back:
            refuse(task, Refusal(errors.FAILED, number=number), state=back[task.state], at=at)


def refuse(task: Import, refusal: Refusal, *, state: str = "refused", at: datetime) -> None:
    """Keep why an import ended, to be told in the language of whoever reads it."""
    with transaction.atomic():
        task.state = state
        task.step_started_at = at
        task.refusal = {
            "code": refusal.code,
            "fields": {
                name: value if isinstance(value, int) else str(value)
                for name, value in refusal.fields.items()
            },
        }
        task.save(update_fields=["state", "step_started_at", "refusal"])
        if state == "refused":
            staging.drop(task.id)
            transaction.on_commit(lambda: files.source_file(task.id).unlink(missing_ok=True))
        announced = "refused" if state == "refused" else "failed"
        announce(FINISHED, import_id=str(task.id), state=announced)


def move(task: Import, *, to: str, when: tuple[str, ...], at: datetime) -> None:
    """Change the state of a locked import. Raises Refusal(WRONG_STATE)."""
    if task.state not in when:
        raise Refusal(errors.WRONG_STATE)
    task.state = to
    task.step_started_at = at
    task.refusal = None
    task.save(update_fields=["state", "step_started_at", "refusal"])


def remove_traces(import_id: UUID) -> None:
    """Remove the staged rows and the files of an import."""
    staging.drop(import_id)
    for path in files.traces(import_id):
        path.unlink(missing_ok=True)


def locked(import_id: UUID, actor: Actor) -> Import:
    """One's own import, locked. Raises Refusal NOT_FOUND."""
    queries.own_import(import_id, actor=actor)
    return Import.objects.select_for_update().get(id=import_id)
