"""An import from its file to its undoing: what it says, what it writes, what it refuses."""

import errno
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange import files, queries, services, staging
from outpost.exchange.models import Import
from outpost.exchange.tests.ledger import csv_of, stored, told, write_csv
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(minutes=5)


def code_of(task: Import) -> str:
    return str((task.refusal or {}).get("code"))


ROWS = [("a", "1", "x"), ("a", "2", "wrong"), ("a", "3", "y"), ("", "4", "z")]

Rows = Sequence[tuple[str, str, str]]


@pytest.fixture
def feeder(cast: Cast, ledger: None) -> Actor:
    return cast.actor("feeder")


def upload(actor: Actor, content: bytes, **changes: Any) -> Import:
    options: dict[str, Any] = {"kind": "test.ledger", "params": {}, "at": NOON} | changes
    return services.upload([content], "名单.csv", actor=actor, **options)


def checked(actor: Actor, rows: Rows) -> Import:
    task = upload(actor, csv_of(rows))
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    return task


def applied(actor: Actor, rows: Rows) -> Import:
    task = checked(actor, rows)
    services.confirm_import(task.id, actor=actor, at=LATER)
    services.apply_import(task.id, at=LATER)
    task.refresh_from_db()
    return task


def failures(task: Import) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    return [] if sheet is None else list(sheet.iter_rows(values_only=True))


def queued(task_name: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=task_name).count()


def test_a_file_is_kept_under_a_random_name_and_its_check_queued(feeder: Actor) -> None:
    content = csv_of(ROWS)
    task = upload(feeder, content)
    path = files.source_file(task.id)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert "名单" not in path.name
    assert task.original_name == "名单.csv"
    assert Import.objects.get(id=task.id).original_name == "名单.csv"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(i)::text FROM exchange_import i")
        assert "名单" not in str(cursor.fetchall())
    assert queued("exchange.check") == 1


def test_a_check_counts_stages_and_returns_what_is_wrong(feeder: Actor) -> None:
    task = checked(feeder, ROWS)
    assert task.state == "checked"
    assert (task.read, task.new, task.replaced, task.unchanged, task.rejected) == (4, 2, 0, 0, 2)
    assert staging.count(task.id) == 2
    assert stored() == {}
    assert failures(task) == [
        ("地点", "编号", "数值", "失败原因"),
        ("a", "2", "wrong", "第3行；数值：“wrong” is wrong"),
        (None, "4", "z", failures(task)[2][3]),
    ]
    assert failures(task)[2][3].startswith("第5行；地点：")
    assert files.failure_file(task.id).stat().st_mode & 0o777 == 0o600
    for sheet in openpyxl.load_workbook(files.failure_file(task.id)):
        assert sheet.oddFooter.left.text.startswith(f"{feeder.label} · ")
        assert sheet.oddFooter.left.text.endswith(f" · {task.id}")


def test_the_failure_workbook_can_be_corrected_and_sent_again(feeder: Actor) -> None:
    task = checked(feeder, ROWS)
    book = openpyxl.load_workbook(files.failure_file(task.id))
    sheet = book.active
    assert sheet is not None
    sheet["C2"], sheet["A3"] = "right", "b"
    corrected = files.failure_file(task.id).with_name("corrected.xlsx")
    book.save(corrected)
    second = upload(feeder, corrected.read_bytes())
    services.check_import(second.id, at=NOON)
    second.refresh_from_db()
    assert (second.read, second.new, second.rejected) == (2, 2, 0)
    assert not second.has_failure_file
    assert not files.failure_file(second.id).exists()


@pytest.mark.promise("R5")
def test_replaced_rows_are_shown_with_their_differences_before_they_are_confirmed(feeder: Actor) -> None:
    applied(feeder, [("a", "1", "x"), ("a", "2", "y")])
    task = checked(feeder, [("a", "1", "x"), ("a", "2", "new"), ("b", "1", "z")])
    assert (task.new, task.replaced, task.unchanged) == (1, 1, 1)
    (row,) = queries.replaced_rows(task, actor=feeder, first=0, size=20)
    assert row.row_no == 3
    assert (row.differences[0].before, row.differences[0].after) == ("y", "new")
    assert queries.replaced_rows(task, actor=feeder, first=1, size=20) == []
    assert stored()["a", "2"] == "y"


def test_a_confirmed_import_is_applied_recorded_and_announced(
    feeder: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    task = checked(feeder, ROWS)
    services.confirm_import(task.id, actor=feeder, at=LATER)
    assert queued("exchange.apply") == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.apply_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.applied_at) == ("applied", LATER)
    assert stored() == {("a", "1"): "x", ("a", "3"): "y"}
    entry = AuditEntry.objects.get(action="exchange.import_applied")
    assert (entry.actor_id, entry.object_id, entry.count) == (feeder.id, str(task.id), 2)
    assert told("notifications.tell_import", import_id=str(task.id)) == ["applied", "checked"]
    assert not files.source_file(task.id).exists()
    assert task.id not in staging.all_ids()


@pytest.mark.promise("R3")
def test_applying_or_confirming_again_changes_nothing(feeder: Actor) -> None:
    task = applied(feeder, ROWS)
    services.apply_import(task.id, at=LATER)
    services.check_import(task.id, at=LATER)
    services.confirm_import(task.id, actor=feeder, at=LATER)
    with pytest.raises(Refusal, match=r"exchange\.wrong_state"):
        services.discard_import(task.id, actor=feeder, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.read, task.new) == ("applied", 4, 2)
    assert AuditEntry.objects.filter(action="exchange.import_applied").count() == 1


@pytest.mark.promise("R5")
def test_the_same_file_again_changes_nothing(feeder: Actor) -> None:
    applied(feeder, ROWS)
    again = applied(feeder, ROWS)
    assert (again.new, again.replaced, again.unchanged, again.rejected) == (0, 0, 2, 2)


@pytest.mark.promise("R5")
def test_an_import_is_undone_as_a_whole(feeder: Actor) -> None:
    applied(feeder, [("a", "1", "x"), ("a", "2", "y")])
    task = applied(feeder, [("a", "1", "new"), ("b", "1", "z"), ("b", "2", "z")])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_test_ledger SET value = 'by hand', import_id = NULL WHERE place = 'b' AND number = '2'"
        )
    services.request_undo(task.id, actor=feeder, at=LATER)
    services.undo_import(task.id, at=LATER)
    services.undo_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.kept_on_undo) == ("undone", 1)
    assert stored() == {("a", "1"): "x", ("a", "2"): "y", ("b", "2"): "by hand"}
    entry = AuditEntry.objects.get(action="exchange.import_undone")
    assert (entry.count, entry.detail["kept"]) == (2, 1)


def test_a_discarded_import_leaves_nothing(feeder: Actor, django_capture_on_commit_callbacks: Any) -> None:
    task = checked(feeder, ROWS)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard_import(task.id, actor=feeder, at=LATER)
    assert task.id not in staging.all_ids()
    assert not files.source_file(task.id).exists()
    assert not files.failure_file(task.id).exists()
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert task.state == "discarded"


def test_staged_rows_lost_in_a_crash_are_checked_again(feeder: Actor) -> None:
    task = checked(feeder, ROWS)
    services.confirm_import(task.id, actor=feeder, at=LATER)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {staging.table(task.id)}")
    services.apply_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, stored(), queued("exchange.check")) == ("uploaded", {}, 2)


REFUSED = [
    (b"", "sheets.file_empty"),
    (b"\xff\xfe\x00\x01" * 10, "sheets.encoding"),
    ("姓名,电话\n甲,1".encode(), "sheets.no_header"),
    ("地点,数值\na,1".encode(), "sheets.missing_columns"),
    (b"PK\x03\x04 not a workbook at all", "sheets.damaged"),
    ('地点,编号,数值\na,"1,x'.encode(), "sheets.broken_quotes"),
]


@pytest.mark.parametrize(("content", "code"), REFUSED, ids=[code for _content, code in REFUSED])
def test_a_file_that_cannot_be_read_is_refused_in_the_readers_language(
    feeder: Actor, content: bytes, code: str, django_capture_on_commit_callbacks: Any
) -> None:
    task = upload(feeder, content)
    with django_capture_on_commit_callbacks(execute=True):
        services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    assert not files.source_file(task.id).exists()
    assert task.state == "refused"
    assert code_of(task) == code
    assert queries.refusal_text(task.refusal)
    assert task.id not in staging.all_ids()
    assert told("notifications.tell_import", import_id=str(task.id)) == ["refused"]


def test_an_upload_is_refused_before_anything_is_stored(feeder: Actor, cast: Cast) -> None:
    before = set(files.ids_of("imports"))
    cases: list[tuple[str, Actor, dict[str, Any]]] = [
        ("exchange.unknown_kind", feeder, {"kind": "no.such"}),
        ("test.unknown_place", feeder, {"params": {"place": "nowhere"}}),
        ("core.forbidden", cast.actor("auditor"), {}),
        ("exchange.too_large", feeder, {"limit": 10}),
    ]
    for code, actor, changes in cases:
        with pytest.raises(Refusal) as refused:
            upload(actor, csv_of(ROWS), **changes)
        assert refused.value.code == code
    assert set(files.ids_of("imports")) == before
    assert not Import.objects.exists()


@pytest.mark.promise("R11")
def test_a_full_disk_is_said_and_leaves_nothing(feeder: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(files.ids_of("imports"))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(Refusal, match="no_space"):
            upload(feeder, csv_of(ROWS))
    assert set(files.ids_of("imports")) == before
    assert not Import.objects.exists()
    task = upload(feeder, csv_of(ROWS))
    monkeypatch.setattr(files, "private", lambda _path: full(0))
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    assert (task.state, code_of(task)) == ("refused", "exchange.no_space")


@pytest.mark.promise("T8")
def test_a_right_that_was_taken_away_stops_the_open_import(feeder: Actor, cast: Cast) -> None:
    task = checked(feeder, ROWS)
    services.confirm_import(task.id, actor=feeder, at=LATER)
    cast.users["feeder"].grants.update(revoked_at=LATER)
    services.apply_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, code_of(task), stored()) == ("refused", "core.forbidden", {})


def test_the_import_of_another_is_not_found(feeder: Actor, cast: Cast) -> None:
    task = checked(feeder, ROWS)
    for act in (services.confirm_import, services.discard_import, services.request_undo):
        with pytest.raises(Refusal) as refused:
            act(task.id, actor=cast.actor("command"), at=LATER)
        assert refused.value.status == 404


def test_a_run_of_the_command_line_does_all_at_once(ledger: None, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "rows.csv", ROWS)
    result = services.run_import(path, kind="test.ledger", params={}, actor=Actor.system("test"), at=NOON)
    assert (result.read, result.new, result.rejected) == (4, 2, 2)
    assert result.failures is not None
    assert result.failures.exists()
    assert stored() == {("a", "1"): "x", ("a", "3"): "y"}
    path.write_text("nothing")
    with pytest.raises(Refusal, match=r"sheets\."):
        services.run_import(path, kind="test.ledger", params={}, actor=Actor.system("test"), at=NOON)


def test_what_nobody_confirmed_expires_after_a_week(feeder: Actor) -> None:
    task, fresh = checked(feeder, ROWS), checked(feeder, ROWS)
    Import.objects.filter(id=fresh.id).update(step_started_at=NOON + timedelta(days=6))
    services.expire(at=NOON + timedelta(days=7))
    task.refresh_from_db()
    assert (task.state, task.has_failure_file) == ("discarded", False)
    assert staging.all_ids() == {fresh.id}
    assert files.source_file(fresh.id).exists()


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "S", "Zs")), max_size=6)
lines = st.lists(st.tuples(texts, texts, st.sampled_from(["x", "y", "wrong", ""])), max_size=12)


@pytest.mark.promise("R4")
@given(rows=lines)
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_row_is_lost(feeder: Actor, rows: list[tuple[str, str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE exchange_test_ledger")
    task = applied(feeder, rows)
    sent = [row for row in rows if any(row)]
    assert task.read == len(sent)
    assert task.read == task.new + task.replaced + task.unchanged + task.rejected
    assert len(stored()) == task.new
    if task.rejected:
        reasons = [line[-1] for line in failures(task)[1:]]
        assert len(reasons) == task.rejected
        assert all("行" in reason for reason in reasons)
