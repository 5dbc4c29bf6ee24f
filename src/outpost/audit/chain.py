"""The end of the audit's own term: the oldest entries go, the hash of the last one that went stays.

The chain then begins at its cut. A cut is signed, so that nobody without the key file can remove entries and make it
look like one. Only the role that owns the table may do it; the pages' role cannot.
"""

from datetime import date, datetime

from django.db import connection, transaction

from outpost.audit.models import AuditEntry, ChainCut
from outpost.core.clock import day_start
from outpost.core.crypto import ring
from outpost.core.db import hold_lock

CHAIN_LOCK = "audit.chain"
GENESIS = "0" * 64
_KIND = "audit.cut"


def begin() -> tuple[int, str]:
    """The number and the hash after which the chain goes on; a cut with a wrong signature counts for nothing."""
    cut = ChainCut.objects.order_by("-seq").first()
    if cut is None or cut.signature != _signature(cut.seq, cut.hash):
        return 0, GENESIS
    return cut.seq, cut.hash


def entries_before(first_kept: date) -> int:
    """How many entries are older than the first day that stays."""
    last = _last_before(first_kept)
    return AuditEntry.objects.filter(seq__lte=last.seq).count() if last else 0


@transaction.atomic
def cut(first_kept: date, *, at: datetime) -> int:
    """Remove the entries of the days before; returns how many. The newest entry always stays."""
    hold_lock(CHAIN_LOCK)
    last = _last_before(first_kept)
    if last is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        cursor.execute("DELETE FROM audit_entry WHERE seq <= %s", [last.seq])
        removed = int(cursor.rowcount)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only")
    ChainCut(
        seq=last.seq, hash=last.hash, entries=removed, cut_at=at, signature=_signature(last.seq, last.hash)
    ).save(force_insert=True)
    return removed


def _last_before(first_kept: date) -> AuditEntry | None:
    """The entry before the first one that stays; time may step back, the chain is cut in one place."""
    first = AuditEntry.objects.filter(at__gte=day_start(first_kept)).order_by("seq").first()
    newest = AuditEntry.objects.order_by("-seq").first()
    stays = first or newest
    if stays is None:
        return None
    return AuditEntry.objects.filter(seq__lt=stays.seq).order_by("-seq").first()


def _signature(seq: int, digest: str) -> str:
    return ring().signature(_KIND, f"{seq} {digest}".encode())
