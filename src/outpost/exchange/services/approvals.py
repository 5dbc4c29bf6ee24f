"""The second person: identities in clear of many people go out only when somebody else with the same right agrees."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.deferring import defer
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.exchange import errors, queries
from outpost.exchange.kinds import ExportKind
from outpost.exchange.models import Export

PATIENCE = timedelta(hours=24)
"""How long an export waits for its second person."""


class SecondPersonNeeded(Exception):  # noqa: N818 - it is an answer, not a fault
    """The export has more rows than one person may have alone."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows


def most_alone(task: Export, kind: ExportKind, total: int | None) -> int | None:
    """How many rows go out at the most, alone or with a second person as many as that one agreed to; None: any number.

    Raises SecondPersonNeeded when `total`, the count of the kind, tells already that there are more.
    """
    if not kind.asks_second_person:
        return None
    limit: int = max(settings.OUTPOST_SECOND_PERSON_ROWS, (task.rows_total or 0) if task.decided_at else 0)
    if (total or 0) > limit:
        raise SecondPersonNeeded(total or 0)
    return limit


@transaction.atomic
def hold_export(task: Export, *, rows: int, at: datetime) -> None:
    """Let an export wait for its second person, and tell those who may be it."""
    Export.objects.filter(id=task.id).update(
        state="held",
        held_at=at,
        expires_at=at + PATIENCE,
        reach=task.reach,
        rows_total=rows,
        rows_done=0,
        decided_by=None,
        decided_label="",
        decided_at=None,
    )
    announce("exchange.export_held", export_id=str(task.id))
    record(
        "exchange.export_held",
        actor=queries.actor_behind(task),
        at=at,
        object_id=task.id,
        count=rows,
        purpose=task.purpose,
        detail={"kind": task.kind},
    )


def decide_export(export_id: UUID, *, is_approved: bool, actor: Actor, at: datetime) -> None:
    """Agree to somebody else's export, which is then written, or decline it. Once: a second decision is refused.

    Raises Refusal: not there, one's own or not within one's right (404), decided already or over (409).
    """
    with transaction.atomic():
        task = Export.objects.select_for_update(of=("self",)).filter(id=export_id).first()
        if task is None or not queries.may_decide(task, actor=actor):
            raise Refusal(NOT_FOUND)
        if task.state != "held" or task.expires_at is None or task.expires_at <= at:
            raise Refusal(errors.DECIDED)
        task.state = "waiting" if is_approved else "declined"
        task.decided_by_id, task.decided_label, task.decided_at = queries.owner_of(actor), actor.label, at
        task.expires_at = None
        task.save(update_fields=["state", "decided_by", "decided_label", "decided_at", "expires_at"])
        if is_approved:
            defer("exchange.write", export_id=str(task.id))
        else:
            announce("exchange.export_ready", export_id=str(task.id), state="declined")
        record(
            "exchange.export_approved" if is_approved else "exchange.export_declined",
            actor=actor,
            at=at,
            object_id=task.id,
            count=task.rows_total or 0,
            purpose=task.purpose,
            detail={"kind": task.kind},
        )


def let_lapse(*, at: datetime) -> None:
    """End the exports for which nobody stepped in."""
    for task in Export.objects.filter(state="held", expires_at__lte=at):
        with transaction.atomic():
            lapsed = Export.objects.filter(id=task.id, state="held").update(
                state="refused",
                finished_at=at,
                expires_at=None,
                refusal={"code": errors.NO_SECOND_PERSON.code, "fields": {}},
            )
            if lapsed:
                announce("exchange.export_ready", export_id=str(task.id), state="refused")
                record(
                    "exchange.export_lapsed",
                    actor=Actor.system("exchange.expire"),
                    at=at,
                    object_id=task.id,
                    count=task.rows_total or 0,
                )
