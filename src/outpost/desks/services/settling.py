"""What a person decides about an entry that was not simply recorded. It stays until its time is over."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.text import says_something
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
    if how is Settled.DISMISSED and not says_something(reason):
        raise Refusal(errors.REASON_MISSING)
    mine = Entry.objects.filter(id=found.id, digest=found.digest, settled="")
    if not mine.update(settled=how.value, settled_by=actor.label, settled_at=at, reason=reason):
        raise Refusal(errors.SETTLED)
    record_settled(key, [found.id], how, actor=actor, at=at)


def hold_waiting(kind: str, key: str, ids: Collection[UUID]) -> set[UUID]:
    """Which of these entries of a place somebody has settled; nobody settles the others until the transaction ends.
    To be called before any audit row is written: whoever settles one has it already when they wait for the chain."""
    waiting = queries.waiting(kind, key).filter(id__in=ids)
    return {one.id for one in waiting.select_for_update().order_by("id", "digest") if one.settled}


def settle_held(kind: str, key: str, ids: Collection[UUID], *, actor: Actor, at: datetime) -> list[UUID]:
    """Note that these, which the caller holds, came right by what was stated since. Returns them, for `record_settled`
    once everything else is written."""
    mine = queries.open_ones(kind, key).filter(id__in=ids)
    found = list(mine.order_by("id").values_list("id", flat=True))
    mine.update(settled=Settled.ENTERED.value, settled_by=actor.label, settled_at=at)
    return found


def record_settled(key: str, ids: Iterable[UUID], how: Settled, *, actor: Actor, at: datetime) -> None:
    """An audit row for each of these entries of a place."""
    for id_ in ids:
        audit.record(f"desks.entry_{how.value}", actor=actor, at=at, object_id=id_, detail={"place": key})
