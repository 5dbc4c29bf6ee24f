"""What every service writes beside its rows: who did what, in a chain."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from outpost.audit.chain import CHAIN_LOCK, begin
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.db import lock_key


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of number, entry and the hash before it (hex); `audit_append` makes the same."""
    text = f'[{entry.seq},{_covered(entry)},"{entry.previous_hash}"]'
    return hashlib.sha256(text.encode()).hexdigest()


def _covered(entry: AuditEntry) -> str:
    """What the hash covers between the number and the hash before."""
    covered = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.actor_id,
        entry.actor_label,
        entry.address,
        entry.object_id,
        entry.count,
        entry.purpose,
        entry.detail,
    ]
    return json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))[1:-1]


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
    """Append one entry to the chain, in the caller's transaction and in one statement.

    Call it last in a service: the chain is locked until the transaction ends. `detail` holds codes
    and numbers, never personal data. `count` is how many people or rows the act touched.
    Foreign keys that wait for the commit are checked before the lock: their row locks must not be waited for while the
    chain is locked, or whoever holds those rows and wants the chain could never go on.
    """
    entry = AuditEntry(
        at=at,
        action=action,
        actor_id=actor.id,
        actor_label=actor.label,
        address=actor.address,
        object_id=str(object_id),
        count=count,
        purpose=purpose,
        detail=json.loads(json.dumps(detail or {}), parse_float=_as_kept),
    )
    entry.seq, entry.previous_hash, entry.hash = _append(entry) or _append(entry, *begin())
    return entry


def _as_kept(number: str) -> int | float:
    """A number with a point or an exponent as `jsonb` gives it back: without exponent if it is large, no zero below 0.

    What is hashed must be what is read when the chain is checked.
    """
    return int(Decimal(number)) if "e+" in number else float(number) + 0.0


def _append(entry: AuditEntry, first_seq: int | None = None, first_hash: str | None = None) -> Any:
    """Number, hash before and hash of the entry once it stands; None where there is nothing to go on from."""
    names = ("at", "action", "actor_id", "actor_label", "address", "object_id", "count", "purpose", "detail")
    row = {name: getattr(entry, name) for name in names} | {"at": entry.at.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, previous_hash, hash FROM audit_append(%s, %s, %s::jsonb, %s, %s)",
            [lock_key(CHAIN_LOCK), _covered(entry), json.dumps(row), first_seq, first_hash],
        )
        return cursor.fetchone()


def chain_rows_are_protected() -> bool:
    """Whether the triggers that refuse change and deletion of audit rows are in place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND tgenabled <> 'D'"
            " AND tgname IN ('audit_entry_append_only', 'audit_entry_no_truncate')"
        )
        (count,) = cursor.fetchone()
    return bool(count == 2)
