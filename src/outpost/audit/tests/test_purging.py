"""Purges: resumed where they were cut off, certified, and the chain that holds after its own end (L1)."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg import sql

from outpost.audit import certificates, chain, purging
from outpost.audit.models import AuditEntry, ChainCut, Purge, RowVersion
from outpost.audit.printed_heads import print_head, read_heads
from outpost.audit.purging import PURGE, Span, finish
from outpost.audit.queries import verify_chain
from outpost.audit.services import chain_rows_are_protected, record
from outpost.core.actor import Actor
from outpost.core.clock import day_start, local_day
from outpost.core.errors import FORBIDDEN, Refusal
from outpost.testing.cast import NOON

SYSTEM = Actor.system("test")
TODAY = local_day(NOON)
FIRST_KEPT = TODAY - timedelta(days=2)
pytestmark = [pytest.mark.django_db, pytest.mark.promise("V6")]


def purge(span: Span, *, with_audit: bool = False) -> dict[str, Any]:
    with purging.purging(
        PURGE, span, actor=SYSTEM, at=NOON, progress=lambda *_: None, with_audit=with_audit
    ) as run:
        return finish(run, erased=None, actor=SYSTEM, at=NOON)


def record_days(days: int) -> None:
    for back in reversed(range(days)):
        record(f"test.day_{back}", actor=SYSTEM, at=NOON - timedelta(days=back))


@pytest.mark.promise("L1")
def test_the_chain_holds_after_its_oldest_entries_went(tmp_path: Path) -> None:
    record_days(6)
    print_head(tmp_path / "heads.txt", at=NOON)
    certificate = purge(Span({"audit": FIRST_KEPT}), with_audit=True)
    assert certificate["classes"] == [
        {"class": "audit", "first_kept_on": FIRST_KEPT.isoformat(), "removed": 3}
    ]
    report = verify_chain(heads=read_heads(tmp_path / "heads.txt"))
    assert (report.broken_at, report.reason) == (None, "")
    assert report.entries == AuditEntry.objects.count() == 3 + 2  # begun and done are in it
    assert chain_rows_are_protected()
    purge(Span({"audit": FIRST_KEPT + timedelta(days=1)}), with_audit=True)
    assert [cut.entries for cut in ChainCut.objects.order_by("seq")] == [3, 1]
    assert verify_chain().broken_at is None


@pytest.mark.promise("L1")
def test_the_newest_entry_always_stays() -> None:
    record_days(3)
    chain.cut(date(2999, 1, 1), at=NOON)
    assert AuditEntry.objects.get().action == "test.day_0"
    record("test.after", actor=SYSTEM, at=NOON)
    assert verify_chain().broken_at is None
    assert chain.entries_before(date(2999, 1, 1)) == 1


@pytest.mark.promise("L1")
def test_who_cuts_without_the_key_is_found() -> None:
    record_days(5)
    last = AuditEntry.objects.get(seq=2)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_entry WHERE seq <= 2")
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    assert verify_chain().broken_at == 1
    forged = ChainCut(seq=2, hash=last.hash, entries=2, cut_at=NOON, signature="00" * 32)
    forged.save(force_insert=True)
    assert (verify_chain().broken_at, verify_chain().reason) == (1, "missing")


def test_a_purge_that_was_cut_off_goes_on_with_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        RowVersion(
            table="old", row_key=str(number), row={}, replaced_at=NOON - timedelta(days=9), cause="test"
        )
        for number in range(400)
    ]
    RowVersion.objects.bulk_create(rows)
    monkeypatch.setattr(purging, "BATCH_PAGES", 1)
    execute = purging.execute
    batches: list[int] = []

    def cut_off(text: str, values: Mapping[str, Any], *, table: str, condition: sql.Composable) -> int:
        if sum(batches):
            raise KeyboardInterrupt
        batches.append(execute(text, values, table=table, condition=condition))
        return batches[-1]

    monkeypatch.setattr(purging, "execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        purge(Span({"history": FIRST_KEPT}))
    assert 0 < sum(batches) < 400
    assert Purge.objects.get().counts == {"history": sum(batches)}
    monkeypatch.setattr(purging, "execute", execute)
    certificate = purge(Span({"history": FIRST_KEPT - timedelta(days=1)}))  # goes on with its own days
    (history,) = certificate["classes"]
    assert history == {"class": "history", "first_kept_on": FIRST_KEPT.isoformat(), "removed": 400}
    assert not RowVersion.objects.filter(table="old").exists()
    assert Purge.objects.get().finished_at == NOON


def test_a_job_goes_long_after_its_end_and_not_while_it_waits() -> None:
    def job(status: str, *, back: timedelta) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('test', 'test.job', %s)"
                " RETURNING id",
                [status],
            )
            (number,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'deferred', %s)",
                [number, NOON - back],
            )
        return int(number)

    second, long_ago = timedelta(seconds=1), timedelta(days=9)
    at_first = NOON - day_start(FIRST_KEPT)
    old = job("succeeded", back=at_first + second), job("failed", back=long_ago)
    kept = job("succeeded", back=at_first), job("todo", back=long_ago), job("doing", back=long_ago)
    purge(Span({"jobs": FIRST_KEPT}))
    left = ProcrastinateJob.objects.filter(id__in=(*old, *kept)).values_list("id", flat=True)
    assert set(left) == {*kept}


def test_a_certificate_is_recorded_stored_and_checked(tmp_path: Path) -> None:
    record_days(1)
    certificate = purge(Span({"history": FIRST_KEPT}))
    entry = AuditEntry.objects.get(action="retention.purged")
    assert entry.detail["signature"] == certificate["signature"]
    path = certificates.store(certificate, tmp_path)
    assert certificates.verify(path) == certificate
    for changed in ({"by": "somebody"}, {"classes": ["tests"]}, {"signature": "00"}):
        path.write_bytes(orjson.dumps(certificate | changed))
        with pytest.raises(Refusal) as refused:
            certificates.verify(path)
        assert refused.value.code == "audit.certificate_forged"
    path.write_text("[]")
    with pytest.raises(Refusal) as refused:
        certificates.verify(path)
    assert refused.value.code == "audit.certificate_unreadable"


def test_nobody_else_may_purge() -> None:
    stranger = Actor(id="user:1", label="stranger")
    with (
        pytest.raises(Refusal) as refused,
        purging.purging(PURGE, Span({}), actor=stranger, at=NOON, progress=lambda *_: None),
    ):
        pass
    assert refused.value.problem is FORBIDDEN
