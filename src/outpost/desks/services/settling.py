"""What a person decides about an entry that was not simply recorded. It stays until its time is over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.desks import errors, queries
from outpost.desks.models import Entry
from outpost.desks.rules import Settled


@transaction.atomic
def settle(
    kind: str, key: str, entry: tuple[UUID, str], how: Settled, *, reason: str, actor: Actor, at: datetime
) -> None:
    """Note that an entry (id and digest) of a place in reach was entered by hand, or is dismissed for a reason.

    Raises Refusal: NOT_FOUND, REASON_MISSING, SETTLED by somebody else meanwhile.
    """
    found = queries.entry_of(kind, key, *entry)
    reason = reason.strip()
    if how is Settled.DISMISSED and not reason:
        raise Refusal(errors.REASON_MISSING)
    mine = Entry.objects.filter(id=found.id, digest=found.digest, settled="")
    if not mine.update(settled=how.value, settled_by=actor.label, settled_at=at, reason=reason):
        raise Refusal(errors.SETTLED)
    audit.record(f"desks.entry_{how.value}", actor=actor, at=at, object_id=found.id, detail={"place": key})
