"""Rejected rows on the screen: seen by their owner alone, corrected there, read again with the whole file."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.exchange import files, queries, services
from outpost.exchange.models import Import
from outpost.exchange.tests.ledger import csv_of, stored
from outpost.exchange.tests.test_pages import LATER, client_of, page, send, text
from outpost.testing.cast import NOON, Cast

ROWS = [("a", "1", "x"), ("a", "2", "wrong"), ("", "3", "y"), ("a", "4", "wrong")]


@pytest.fixture
def client(cast: Cast, ledger: None) -> Client:
    return client_of(cast, "feeder")


@pytest.fixture
def task(client: Client) -> Import:
    send(client, csv_of(ROWS))
    services.check_import(Import.objects.get().id, at=NOON)
    return Import.objects.get()


def where(task: Import) -> str:
    return reverse("exchange:rejected", args=[task.id])


def correct(client: Client, task: Import, **cells: str) -> Any:
    """Send cells named as `row_column`, seen in the last check."""
    sent = {name.removeprefix("r").replace("_", ".", 1): cell for name, cell in cells.items()}
    seen = task.checked_at.isoformat() if task.checked_at else ""
    return client.post(where(task), {"seen": seen, **sent})


def test_each_row_stands_with_its_number_its_cells_and_what_is_wrong(client: Client, task: Import) -> None:
    assert where(task) in text(client.get(page(task)))
    shown = text(client.get(where(task)))
    for number, column, value in ((3, "value", "wrong"), (4, "place", ""), (5, "value", "wrong")):
        assert f'name="{number}.{column}"' in shown
        assert not value or f'value="{value}"' in shown
    assert shown.count("“wrong” is wrong") == 2
    assert 'name="2.value"' not in shown
    assert AuditEntry.objects.get(action="exchange.rejected_seen").count == 3


def test_what_is_corrected_goes_through_the_same_check_and_summary(
    client: Client, task: Import, django_capture_on_commit_callbacks: Any
) -> None:
    answer = correct(client, task, r3_value="right", r4_place="b", r5_value="wrong", r5_number="40")
    assert (answer.status_code, answer.url) == (302, page(task))
    task.refresh_from_db()
    assert task.state == "uploaded"
    jobs = ProcrastinateJob.objects.filter(task_name="exchange.check", args__import_id=str(task.id))
    assert jobs.count() == 2
    assert AuditEntry.objects.get(action="exchange.rows_corrected").count == 3
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.read, task.new, task.rejected) == ("checked", 4, 3, 1)
    left = text(client.get(where(task)))
    assert 'value="40"' in left  # what was typed of a row that is still wrong
    assert 'name="3.value"' not in left
    services.confirm_import(task.id, actor=actor_of(task), at=LATER)
    with django_capture_on_commit_callbacks(execute=True):
        services.apply_import(task.id, at=LATER)
    assert stored() == {("a", "1"): "x", ("a", "2"): "right", ("b", "3"): "y"}
    assert not files.corrected_file(task.id).exists()
    assert not files.shown_file(task.id).exists()


def actor_of(task: Import) -> Actor:
    return queries.actor_behind(task)


def test_corrections_of_several_turns_add_up(client: Client, task: Import) -> None:
    correct(client, task, r3_value="right")
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    correct(client, task, r5_value="right")
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.new, task.rejected) == (3, 1)


def test_a_second_window_is_told_and_loses_nothing(client: Client, task: Import) -> None:
    correct(client, task, r3_value="right")
    services.check_import(task.id, at=LATER)
    late = correct(client, task, r5_value="typed late")
    assert (late.status_code, late.url) == (302, where(task))
    task.refresh_from_db()
    assert (task.state, task.rejected) == ("checked", 2)
    shown = text(client.get(where(task)))
    assert 'value="typed late"' in shown
    assert 'role="alert"' in shown
    correct(client, task, r5_value="typed late")
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert task.rejected == 1


def test_nobody_else_sees_or_corrects_them(client: Client, task: Import, cast: Cast) -> None:
    for name in ("town", "outsider", "command"):
        other = client_of(cast, name)
        assert other.get(where(task)).status_code in (403, 404)
        assert correct(other, task, r3_value="right").status_code in (403, 404)
    task.refresh_from_db()
    assert task.state == "checked"


def test_after_the_confirmation_there_is_nothing_to_correct(client: Client, task: Import) -> None:
    services.confirm_import(task.id, actor=actor_of(task), at=LATER)
    assert client.get(where(task)).url == page(task)  # type: ignore[attr-defined]
    correct(client, task, r3_value="right")
    task.refresh_from_db()
    assert task.state == "applying"
    assert not files.corrected_file(task.id).exists()


def test_a_column_that_the_file_does_not_have_is_not_added(client: Client, task: Import) -> None:
    correct(client, task, r3_value="right", r3_remark="<b>", r3_nothing="x")
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.rejected) == ("checked", 2)


def test_a_row_that_is_too_long_is_corrected_as_a_whole(client: Client, ledger: None) -> None:
    send(client, csv_of([("a", "1", "x"), ("a", "b", "2", "y")]))
    task = Import.objects.get()
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    shown = text(client.get(where(task)))
    assert all(f'name="3.{column}"' in shown for column in ("place", "number", "value"))
    assert "<details>" not in shown
    correct(client, task, r3_place="a b", r3_number="2", r3_value="y")
    services.check_import(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.new, task.rejected) == (2, 0)
