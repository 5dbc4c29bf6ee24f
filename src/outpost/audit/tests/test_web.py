"""The auditor's page: sees everything, changes nothing (T8, L1)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.audit.jobs import print_hourly_head
from outpost.audit.models import AuditEntry
from outpost.audit.printed_heads import heads_file, print_head
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.testing.browsers import shown
from outpost.testing.cast import NOON, Cast

SYSTEM = Actor.system("test.nightly")


@pytest.fixture
def client(cast: Cast, settings: Settings, tmp_path: Path) -> Client:
    """The auditor's browser, with a data directory of its own for printed heads."""
    settings.OUTPOST_SECOND_FACTOR = "off"
    settings.OUTPOST_DATA = tmp_path
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users["auditor"])
    return client


def seen(client: Client, **filters: Any) -> list[str]:
    return [row.object for row in client.get("/audit/", filters).context["listing"].rows]


@pytest.fixture
def entries(cast: Cast) -> list[AuditEntry]:
    return [
        record("test.first", actor=SYSTEM, at=NOON, object_id="one"),
        record("test.second", actor=cast.actor("town"), at=NOON + timedelta(hours=11), object_id="two"),
        record(
            "test.second",
            actor=SYSTEM,
            at=NOON + timedelta(hours=12),
            object_id="three",
            purpose="<b>核查</b>",
        ),
    ]


def test_entries_are_listed_newest_first_and_filtered(
    client: Client, cast: Cast, entries: list[AuditEntry]
) -> None:
    assert seen(client) == ["three", "two", "one"]
    assert seen(client, action="test.second") == ["three", "two"]
    assert seen(client, who="TOWN") == ["two"]
    assert seen(client, who=f"user:{cast.users['town'].id}") == ["two"]
    assert seen(client, object_id="one") == ["one"]
    assert seen(client, first_on="2022-06-09") == ["three"]  # midnight in Shanghai lies between the last two
    assert seen(client, last_on="2022-06-08") == ["two", "one"]
    assert seen(client, first_on="2022-06-08", last_on="2022-06-08") == ["two", "one"]
    for day in ("0001-01-01", "9999-12-31"):
        assert [client.get("/audit/", {name: day}).status_code for name in ("first_on", "last_on")] == [
            422,
            422,
        ]
    assert seen(client, object_id="nothing") == []
    assert seen(client, action="invented", first_on="not a day") == ["three", "two", "one"]


def test_texts_of_entries_stay_texts(client: Client, entries: list[AuditEntry]) -> None:
    page = client.get("/audit/").content.decode()
    assert "&lt;b&gt;核查" in page
    assert "<b>核查" not in page


@pytest.mark.parametrize(
    ("purpose", "words"), [("tracing", "流行病学调查"), ("own staff", "本企业员工"), ("问", "问")]
)
def test_purposes_are_said_in_words(client: Client, purpose: str, words: str) -> None:
    record("test.act", actor=SYSTEM, at=NOON, purpose=purpose)
    page = client.get("/audit/", headers={"accept-language": "zh-hans"}).content.decode()
    assert f">{words}</td>" in page


def test_pages_of_the_list_are_cut_in_the_database(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        record("test.act", actor=SYSTEM, at=NOON, object_id=f"{number}")
    with django_assert_max_num_queries(10):
        assert len(seen(client, size=20)) == 20
    assert seen(client, size=20, page=3)[-1] == "0"


@pytest.mark.promise("L1")
def test_check_says_that_the_chain_is_whole(client: Client, entries: list[AuditEntry]) -> None:
    print_head(heads_file(), at=NOON)
    page = shown(client, client.post("/audit/verify"))
    report = page.context["report"]
    assert (report["entries"], report["broken_at"], report["head"]) == (3, None, entries[-1].hash)
    assert (
        client.get("/audit/", {"page": "2"}).context["report"] == report
    )  # another page of the log, a reload
    assert page.context["heads"] == 1
    assert entries[-1].hash in page.content.decode()
    assert AuditEntry.objects.latest("seq").action == "audit.verified"


@pytest.mark.promise("L1")
def test_check_names_the_first_bad_entry(client: Client, entries: list[AuditEntry]) -> None:
    heads_file().write_text(f"2 {'0' * 64} 2022-06-08T04:00:00+00:00\n")
    page = shown(client, client.post("/audit/verify"))
    assert page.context["report"]["broken_at"] == 2
    assert b"broken at entry 2" in page.content


@pytest.mark.promise("L1")
def test_the_job_prints_the_head(client: Client, entries: list[AuditEntry]) -> None:
    print_hourly_head(timestamp=0)
    assert heads_file().read_text().startswith(f"3 {entries[-1].hash} ")


@pytest.mark.promise("T8")
def test_auditor_reaches_nothing_but_the_audit(cast: Cast) -> None:
    assert set(cast.actor("auditor").reaches) == {"audit.see", "account.use"}


@pytest.mark.promise("T1")
@pytest.mark.parametrize(
    "role", ["command", "bureau", "town", "principal", "feeder", "operator", "security", "outsider"]
)
def test_nobody_else_sees_it(client: Client, cast: Cast, role: str) -> None:
    other = Client()
    other.force_login(cast.users[role])
    assert other.get("/audit/").status_code == 403
    assert other.post("/audit/verify").status_code == 403


@pytest.mark.promise("T1")
def test_strangers_sign_in_first(db: None) -> None:
    assert Client().get("/audit/")["Location"] == "/sign-in?next=/audit/"
    assert Client().get("/audit/", headers={"HX-Request": "true"}).status_code == 401
