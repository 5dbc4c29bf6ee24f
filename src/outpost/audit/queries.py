"""Reads of the audit: the auditor's list and the check of the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from outpost.audit.actions import SEE_AUDIT
from outpost.audit.chain import GENESIS, begin
from outpost.audit.models import AuditEntry
from outpost.audit.services import entry_hash
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.clock import day_span, day_start

UNUSUAL_READING = "audit.unusual_reading"
"""What a watch over the reading of identities records; the auditor's page shows it first."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`broken_at` is the first bad sequence number, None when the chain holds."""

    entries: int
    head: str
    broken_at: int | None
    reason: str


def entries(
    *,
    actor: Actor,
    action: str = "",
    who: str = "",
    object_id: str = "",
    first_on: date | None = None,
    last_on: date | None = None,
) -> QuerySet[AuditEntry]:
    """What the auditor may read, everything or nothing, filtered. `who` is a part of the actor's name or their
    whole id; the days are local and both included."""
    if actor.reach(SEE_AUDIT) != EVERYTHING:
        return AuditEntry.objects.none()
    found = AuditEntry.objects.all()
    if action:
        found = found.filter(action=action)
    if who:
        found = found.filter(Q(actor_label__icontains=who) | Q(actor_id=who))
    if object_id:
        found = found.filter(object_id=object_id)
    if first_on is not None:
        found = found.filter(at__gte=day_start(first_on))
    if last_on is not None:
        found = found.filter(at__lt=day_span(last_on, last_on)[1])
    return found


def actions(*, actor: Actor) -> list[str]:
    """The actions that occur, for the filter."""
    found = entries(actor=actor).order_by("action").values_list("action", flat=True)
    return list(found.distinct())


def verify_chain(
    rows: Iterable[AuditEntry] | None = None, *, heads: dict[int, str] | None = None
) -> ChainReport:
    """Walk the chain from its beginning, or from where it was cut by its own term, and name the first bad entry.

    `heads` are printed heads (`seq` → hash): with them a cut tail and a chain rewritten as a whole are found.
    """
    seq, previous = begin() if rows is None else (0, GENESIS)
    count = 0
    heads = heads or {}
    for entry in rows if rows is not None else AuditEntry.objects.order_by("seq").iterator(2000):
        if entry.seq != seq + 1:
            return ChainReport(count, previous, min(entry.seq, seq + 1), "missing")
        if entry.previous_hash != previous:
            return ChainReport(count, previous, entry.seq, "link")
        if entry.hash != entry_hash(entry):
            return ChainReport(count, previous, entry.seq, "content")
        if heads.get(entry.seq, entry.hash) != entry.hash:
            return ChainReport(count, previous, entry.seq, "rewritten")
        previous, seq, count = entry.hash, entry.seq, count + 1
    if heads and max(heads) > seq:
        return ChainReport(count, previous, seq + 1, "cut")
    return ChainReport(count, previous, None, "")
