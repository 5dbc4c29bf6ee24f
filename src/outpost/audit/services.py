"""What every service writes beside its rows: who did what, in a chain."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from outpost.audit.chain import CHAIN_LOCK, begin
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.db import hold_lock


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of the entry and the hash before it (hex)."""
    covered = [
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.actor_id,
        entry.actor_label,
        entry.address,
        entry.object_id,
        entry.count,
        entry.purpose,
        entry.detail,
        entry.previous_hash,
    ]
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic(savepoint=False)
def record(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    object_id: str | UUID = "",
    count: int = 1,
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry to the chain, in the caller's transaction.

    Call it last in a service: the chain is locked until the transaction ends. `detail` holds codes
    and numbers, never personal data. `count` is how many people or rows the act touched.
    """
    _check_references()
    hold_lock(CHAIN_LOCK)
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    seq, previous = last or begin()
    entry = AuditEntry(
        seq=seq + 1,
        at=at,
        action=action,
        actor_id=actor.id,
        actor_label=actor.label,
        address=actor.address,
        object_id=str(object_id),
        count=count,
        purpose=purpose,
        detail=detail or {},
        previous_hash=previous,
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    return entry


def _check_references() -> None:
    """Check the foreign keys that wait for the commit now: their row locks must not be waited for while the chain
    is locked, or whoever holds those rows and wants the chain could never go on."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def chain_rows_are_protected() -> bool:
    """Whether the triggers that refuse change and deletion of audit rows are in place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND tgenabled <> 'D'"
            " AND tgname IN ('audit_entry_append_only', 'audit_entry_no_truncate')"
        )
        (count,) = cursor.fetchone()
    return bool(count == 2)
