"""The database itself keeps the audit as it is, and entries come one after the other (L1)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from outpost.audit.models import AuditEntry
from outpost.audit.queries import verify_chain
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.testing.cast import NOON

pytestmark = pytest.mark.promise("L1")

SYSTEM = Actor.system("test")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET purpose = 'changed'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE seq = 1",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry TABLE audit_entry ON CONFLICT (seq) DO UPDATE SET purpose = excluded.purpose",
    ],
)
def test_entries_are_neither_changed_nor_removed(db: None, statement: str) -> None:
    """Even by the owner of the tables."""
    record("test.act", actor=SYSTEM, at=NOON, purpose="kept")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditEntry.objects.values_list("purpose", flat=True)) == ["kept"]


def test_models_cannot_change_entries_either(db: None) -> None:
    entry = record("test.act", actor=SYSTEM, at=NOON)
    for act in (entry.save, entry.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_parallel_acts_make_one_chain() -> None:
    def act(number: int) -> None:
        try:
            record("test.act", actor=SYSTEM, at=NOON, object_id=f"{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    report = verify_chain()
    assert (report.entries, report.broken_at) == (40, None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry_and_no_gap() -> None:
    record("test.act", actor=SYSTEM, at=NOON)
    with pytest.raises(RuntimeError):
        _failing_act()
    record("test.act", actor=SYSTEM, at=NOON)
    report = verify_chain()
    assert (report.entries, report.broken_at) == (2, None)


@transaction.atomic
def _failing_act() -> None:
    record("test.act", actor=SYSTEM, at=NOON)
    raise RuntimeError("the act failed")
