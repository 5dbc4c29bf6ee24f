"""What the owner of an import does with its rejected rows on the screen: look at them, correct them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.deferring import defer_later
from outpost.core.errors import Refusal
from outpost.exchange import errors, mending, queries, registry
from outpost.exchange.mending import RejectedRow
from outpost.exchange.services.fairness import refuse_too_many_checks, turn
from outpost.exchange.services.imports import locked, move


def see_rejected(import_id: UUID, *, first: int, size: int, actor: Actor, at: datetime) -> list[RejectedRow]:
    """Some of the rejected rows of a checked import, for its owner; recorded, since identities are in them.

    They stand in clear, as in the failure workbook: they are what the owner has sent. Raises Refusal: not one's own
    (404), not allowed any more.
    """
    task = queries.own_import(import_id, actor=actor)
    kind = registry.import_kind(task.kind)
    queries.require_reach(task, actor=actor)
    rows = mending.shown_rows(task.id, kind.sheet(task.params))[first : first + size]
    if rows:
        record(
            "exchange.rejected_seen",
            actor=actor,
            at=at,
            object_id=task.id,
            count=len(rows),
            detail={"kind": task.kind},
        )
    return rows


def correct_rows(
    import_id: UUID, corrections: Mapping[int, Mapping[str, str]], *, seen: str, actor: Actor, at: datetime
) -> None:
    """Put corrected cells (by row and column) in place and let the whole file be checked again.

    `seen`: the ISO instant of the check whose rows were corrected. Raises Refusal: not one's own (404), not allowed
    any more, applied or checked again meanwhile (WRONG_STATE).
    """
    refuse_too_many_checks(queries.owner_of(actor), actor=actor, at=at)
    with transaction.atomic():
        task = locked(import_id, actor)
        queries.require_reach(task, actor=actor)
        if task.checked_at is None or task.checked_at.isoformat() != seen:
            raise Refusal(errors.WRONG_STATE)
        move(task, to="uploaded", when=("checked",), at=at)
        known = frozenset(task.columns)
        mending.correct(
            import_id,
            {
                number: {name: text for name, text in cells.items() if name in known}
                for number, cells in corrections.items()
            },
        )
        defer_later("exchange.check", priority=turn(task.owner_id), import_id=str(import_id))
        record(
            "exchange.rows_corrected",
            actor=actor,
            at=at,
            object_id=import_id,
            count=len(corrections),
            detail={"kind": task.kind},
        )
