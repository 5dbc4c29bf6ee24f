"""The pages of tasks, as their owner and as others meet them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit.models import AuditEntry
from outpost.exchange import services
from outpost.exchange.models import Export, Import
from outpost.exchange.tests.ledger import csv_of, stored
from outpost.notifications.jobs import tell_import
from outpost.notifications.models import InboxMessage
from outpost.notifications.queries import unread_count
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

ROWS = [("a", "1", "x"), ("a", "2", "wrong")]
LATER = NOON + timedelta(minutes=5)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    sign_in(client, cast.users[name])
    return client


@pytest.fixture
def client(cast: Cast, ledger: None) -> Client:
    return client_of(cast, "feeder")


def send(client: Client, content: bytes, query: str = "?place=here") -> Any:
    file = SimpleUploadedFile("名单.csv", content)
    return client.post(reverse("exchange:new_import", args=["test.ledger"]) + query, {"file": file})


def text(response: Any) -> str:
    return str(response.content.decode())


def checked(client: Client) -> Import:
    send(client, csv_of(ROWS))
    task = Import.objects.latest("created_at")
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    return task


def page(task: Import | Export) -> str:
    return reverse(f"exchange:{type(task).__name__.lower()}", args=[task.id])


def test_from_the_file_to_the_applied_import(client: Client) -> None:
    answer = send(client, csv_of(ROWS))
    task = Import.objects.get()
    assert answer.status_code == 302
    assert answer.url == page(task)
    assert task.params == {"place": "here"}
    waiting = text(client.get(page(task)))
    assert 'http-equiv="refresh"' in waiting
    assert reverse("exchange:import_progress", args=[task.id]) in waiting
    services.check_import(task.id, at=NOON)
    summary = text(client.get(page(task)))
    assert 'http-equiv="refresh"' not in summary
    assert reverse("exchange:confirm", args=[task.id]) in summary
    assert client.get(reverse("exchange:import_progress", args=[task.id]))["HX-Refresh"] == "true"
    assert client.post(reverse("exchange:confirm", args=[task.id])).status_code == 302
    services.apply_import(task.id, at=LATER)
    assert stored() == {("a", "1"): "x"}
    assert reverse("exchange:undo", args=[task.id]) in text(client.get(page(task)))
    assert "名单.csv" in text(client.get(reverse("exchange:tasks")))


def test_replaced_rows_are_listed_before_the_confirmation(client: Client) -> None:
    task = checked(client)
    client.post(reverse("exchange:confirm", args=[task.id]))
    services.apply_import(task.id, at=LATER)
    send(client, csv_of([("a", "1", "brand new")]))
    second = Import.objects.latest("created_at")
    services.check_import(second.id, at=LATER)
    shown = text(client.get(page(second)))
    assert "brand new" in shown
    assert "data-confirm" in shown
    assert client.get(page(second) + "?page=99999999999").status_code == 200


def test_a_file_that_brings_nothing_waits_for_nobody(client: Client) -> None:
    task = checked(client)
    assert "待您确认" in text(client.get(page(task)))
    client.post(reverse("exchange:confirm", args=[task.id]))
    services.apply_import(task.id, at=LATER)
    again = checked(client)
    for where in (page(again), reverse("exchange:tasks")):
        answer = text(client.get(where))
        assert "没有可导入的内容" in answer
        assert "待您确认" not in answer


@pytest.mark.promise("F4")
def test_the_failure_workbook_is_a_download_for_its_owner(client: Client, cast: Cast) -> None:
    task = checked(client)
    address = reverse("exchange:failures", args=[task.id])
    answer: Any = client.get(address)
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "名单" not in answer["Content-Disposition"]
    assert AuditEntry.objects.filter(action="exchange.failures_fetched", count=1).count() == 1
    other = client_of(cast, "command")
    missing = reverse("exchange:failures", args=["00000000-0000-4000-8000-000000000000"])
    assert other.get(address).status_code == other.get(missing).status_code == 404
    assert other.get(address).content == other.get(missing).content


@pytest.mark.promise("T1")
def test_others_find_nothing_and_change_nothing(client: Client, cast: Cast) -> None:
    task = checked(client)
    other = client_of(cast, "command")
    for name in ("import", "import_progress", "failures"):
        assert other.get(reverse(f"exchange:{name}", args=[task.id])).status_code == 404
    for name in ("confirm", "discard", "undo"):
        assert other.post(reverse(f"exchange:{name}", args=[task.id])).status_code == 404
        assert client.get(reverse(f"exchange:{name}", args=[task.id])).status_code == 405
    auditor = client_of(cast, "auditor")
    for address in (reverse("exchange:tasks"), reverse("exchange:new_import", args=["test.ledger"])):
        assert auditor.get(address).status_code == 403
    assert (
        client_of(cast, "town").get(reverse("exchange:new_import", args=["test.ledger"])).status_code == 403
    )
    assert Client().get(page(task)).status_code == 302
    task.refresh_from_db()
    assert task.state == "checked"


def test_a_wrong_upload_is_told_at_the_field(client: Client, settings: Any) -> None:
    assert shown(client, send(client, b"")).context["form"].errors["file"]
    settings.OUTPOST_IMPORT_MAX_BYTES = 20
    answer = shown(client, send(client, csv_of(ROWS)))
    assert "MiB" in text(answer)
    assert shown(client, send(client, b"x", "?place=nowhere")).context["choice"].errors["place"]
    assert not Import.objects.exists()


def test_a_refused_file_says_why(client: Client) -> None:
    send(client, "姓名\n甲".encode())
    task = Import.objects.get()
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    shown = text(client.get(page(task)))
    assert "地点" in shown, (task.state, task.language, task.refusal)
    assert reverse("exchange:new_import", args=["test.ledger"]) + "?place=here" in shown


def test_the_template_is_a_workbook(client: Client) -> None:
    answer: Any = client.get(reverse("exchange:template", args=["test.ledger"]) + "?place=here")
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert client.get(reverse("exchange:template", args=["no.such"])).status_code == 404


def test_an_export_asks_for_its_purpose(client: Client) -> None:
    address = reverse("exchange:new_export", args=["test.ledger"])
    assert "督导检查" in text(client.get(address))
    for wrong in ({}, {"purpose": "curiosity"}):
        assert list(shown(client, client.post(address, wrong)).context["form"].errors) == ["purpose"]
    assert not Export.objects.exists()
    answer: Any = client.post(address, {"purpose": "supervision"})
    task = Export.objects.get()
    assert (answer.url, task.purpose) == (page(task), "supervision")
    assert client.get(page(task)).status_code == 200
    assert client.get(reverse("exchange:exports")).status_code == 200
    assert client.get(reverse("exchange:export_progress", args=[task.id])).status_code == 200
    assert client.get(reverse("exchange:download", args=[task.id])).status_code == 409


def test_the_list_of_tasks_takes_as_many_queries_however_long(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        checked(client)
    with django_assert_max_num_queries(9):
        client.get(reverse("exchange:tasks"))


def test_its_owner_is_told_and_the_message_leads_to_it(client: Client, cast: Cast) -> None:
    task = checked(client)
    for _ in range(2):
        tell_import(str(task.id), "checked")
    user = cast.users["feeder"]
    message = InboxMessage.objects.get()
    assert unread_count(user.id) == 1
    shown = text(client.get(reverse("notifications:inbox")))
    assert "台账记录" in shown
    assert "名单" not in shown
    opened: Any = client.post(reverse("notifications:open", args=[message.id]))
    assert opened.url == page(task)
    assert unread_count(user.id) == 0
    other = client_of(cast, "command")
    assert other.post(reverse("notifications:open", args=[message.id])).status_code == 404
    assert other.post(reverse("notifications:read_all")).status_code == 302


def test_the_operator_sees_jobs_and_runs_a_failed_one_again(client: Client, cast: Cast) -> None:
    checked(client)
    operator = client_of(cast, "operator")
    job_id = ProcrastinateJob.objects.filter(task_name="exchange.check").latest("id").id
    queue.connector.get_sync_connector().execute_query(
        "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %(id)s", id=job_id
    )
    for state in ("todo", "doing", "stalled", "failed", "succeeded"):
        assert operator.get(reverse("operation:jobs"), {"state": state}).status_code == 200
    assert "exchange.check" in text(operator.get(reverse("operation:jobs")))
    assert operator.get(reverse("operation:jobs"), {"state": "no"}).status_code == 404
    assert operator.post(reverse("operation:retry"), {"id": job_id}).status_code == 302
    assert ProcrastinateJob.objects.get(id=job_id).status == "todo"
    assert AuditEntry.objects.filter(action="operation.job_retried").count() == 1
    for odd in ("", "x", "\0", "-1", "²", "9" * 19, "9" * 5000):
        assert operator.post(reverse("operation:retry"), {"id": odd}).status_code == 404, odd[:9]
    assert client.get(reverse("operation:jobs")).status_code == 403


def test_how_many_rows_a_file_has_is_said_with_separators(client: Client) -> None:
    task, client.defaults["HTTP_ACCEPT_LANGUAGE"] = checked(client), "en"
    Import.objects.filter(id=task.id).update(
        **dict.fromkeys(("lines", "duplicates", "kept_on_undo", "rejected"), 14825)
    )
    answer = " ".join(text(client.get(page(task))).split())
    for said in (
        "14,825 lines, the heading included",
        "14,825 rows of the file have",
        "14,825 rows were changed",
    ):
        assert said in answer
    rejected = text(client.get(reverse("exchange:rejected", args=[task.id])))
    assert "14,825 rows of this file were rejected" in rejected
    assert "14825" not in answer + rejected
