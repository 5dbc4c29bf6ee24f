"""What was shown in clear, sent out or refused has its record with actor and count (L2)."""

import pytest
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.exchange.models import Export
from tests.security.crawl import Crawl
from tests.security.world import EXPORTS, NEAR, PURPOSE, World

pytestmark = pytest.mark.promise("L2")

NOT_TO_BE_SEEN = ("/accounts", "/audit/", "/operation/jobs/", "/sentinel/categories/", "/health/products")


def test_every_written_file_is_recorded_with_actor_purpose_and_count(crawl: Crawl, world: World) -> None:
    assert Export.objects.filter(state="ready").count() == sum(len(names) for names in EXPORTS.values())
    for task in Export.objects.filter(state="ready"):
        written = AuditEntry.objects.get(action="exchange.export_written", object_id=str(task.id))
        fetched = AuditEntry.objects.filter(action="exchange.export_fetched", object_id=str(task.id))
        assert fetched.count() >= 1
        for entry in (written, *fetched):
            assert entry.actor_id == f"user:{task.owner_id}"
            assert entry.count == task.rows_done > 0
            assert entry.purpose == task.purpose


def test_each_fetch_in_the_walk_has_its_own_record(crawl: Crawl, world: World) -> None:
    files = [
        answer for answer in crawl.answers if answer.route == "exchange:download" and answer.status == 200
    ]
    assert len(files) >= sum(len(names) for names in EXPORTS.values())
    assert AuditEntry.objects.filter(action="exchange.export_fetched").count() == len(files)


def test_each_refusal_in_the_walk_has_its_own_record(crawl: Crawl, world: World) -> None:
    refused = [answer for answer in crawl.answers if answer.status == 403]
    assert len(refused) > 5
    assert AuditEntry.objects.filter(action="access.denied").count() == len(refused)


@pytest.mark.parametrize("where", NOT_TO_BE_SEEN)
def test_a_refused_page_is_recorded_with_who_and_what(world: World, where: str) -> None:
    before = AuditEntry.objects.count()
    assert world.browser("principal").get(where).status_code == 403
    entry = AuditEntry.objects.latest("seq")
    assert AuditEntry.objects.count() == before + 1
    assert (entry.action, entry.actor_id) == ("access.denied", f"user:{world.users['principal'].id}")
    assert entry.detail["action"]
    assert entry.detail["route"]


def test_failure_files_hold_people_and_are_recorded(world: World) -> None:
    where = reverse("exchange:failures", args=[world.imports["principal"]])
    before = AuditEntry.objects.filter(action="exchange.failures_fetched").count()
    answer = world.browser("principal").get(where)
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    entry = AuditEntry.objects.filter(action="exchange.failures_fetched").latest("seq")
    assert AuditEntry.objects.filter(action="exchange.failures_fetched").count() == before + 1
    assert (entry.object_id, entry.count) == (str(world.imports["principal"]), 1)


def test_no_record_names_who_it_is_about(crawl: Crawl, world: World) -> None:
    member = world.staff[NEAR.mark][0]
    reveal = reverse("sentinel:reveal_staff", args=[member.id])
    assert world.browser("town").post(reveal, {"purpose": PURPOSE}).status_code == 200
    entries = AuditEntry.objects.values_list("object_id", "purpose", "detail", "actor_label", "address")
    everything = "\n".join(map(str, entries))
    assert str(member.id) in everything or str(member.person_id) in everything
    assert [text for text in NEAR.identities() if text in everything] == []
