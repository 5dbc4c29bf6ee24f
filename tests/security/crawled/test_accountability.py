"""What was shown in clear, sent out or refused has its record with actor and count (L2)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from outpost.access.services.sign_in import record_denials
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.exchange import registry
from outpost.exchange.models import Export, ExportedPerson
from outpost.people.queries import looks_at
from outpost.testing.browsers import shown as page_after
from tests.security.crawl import Crawl
from tests.security.world import EXPORTS, FAR, NEAR, PURPOSE, Tenant, World

pytestmark = pytest.mark.promise("L2")

OWN_STAFF = "own staff"
OWN_STAFF_SEEN = "people.own_staff_seen"
PRINCIPAL_SEEN = "sentinel.principal_seen"
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


def test_each_refusal_in_the_walk_is_counted_in_a_record(crawl: Crawl, world: World) -> None:
    refused = [answer for answer in crawl.answers if answer.status == 403]
    assert len(refused) > 5
    record_denials(at=clock.now() + timedelta(minutes=2))
    records = AuditEntry.objects.filter(action="access.denied").values_list("count", flat=True)
    assert sum(records) == len(refused)


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


# --- one's own staff in clear -----------------------------------------------------------------------------------


def shown_in(text: str, tenant: Tenant, world: World) -> frozenset[str]:
    """Whom of the staff a page names in clear, in any of what is known of them."""
    staff = zip(tenant.people, world.staff[tenant.mark], strict=False)
    return frozenset(str(row.person_id) for one, row in staff if any(known in text for known in one.clear()))


OF_ONE_DAY = {"category": "cast-cold", "on": "2022-06-08", "first": "2022-06-01", "last": "2022-06-08"}
PRINCIPALS_ONLY = {"sentinel.organizations_in_clear", "sentinel.counted_organizations_in_clear"}


def test_every_kind_of_file_says_whom_it_shows_in_clear(world: World) -> None:
    """Whichever module declares it."""
    kinds = [kind for kind in registry.export_kinds() if kind.view.is_clear]
    assert {kind.name for kind in kinds} > PRINCIPALS_ONLY
    for kind in kinds:
        actor = world.actor("command" if kind.purposes else "principal")
        params = kind.check(OF_ONE_DAY, actor)
        text = " ".join(str(cell) for row in kind.rows(params, actor) for cell in row)
        shown = frozenset[str]().union(*(shown_in(text, tenant, world) for tenant in (NEAR, FAR)))
        told = {str(one) for one in kind.people(params, actor)}
        assert (told == shown and bool(told)) or kind.name in PRINCIPALS_ONLY, kind.name


def test_whom_a_file_showed_in_clear_finds_it_among_the_looks(world: World) -> None:
    for user, kind, purpose in (
        ("principal", "sentinel.own_staff", OWN_STAFF),
        ("town", "sentinel.staff_in_clear", PURPOSE),
    ):
        task = Export.objects.get(id=world.exports[user][kind])
        held = list(ExportedPerson.objects.filter(export_id=task.id).values_list("person_id", flat=True))
        assert len(held) == task.rows_total
        for one in held:
            looks = [(x.at, x.who, x.purpose) for x in looks_at(one, actor=world.actor("auditor"))]
            assert (task.created_at, task.actor_label, purpose) in looks
    masked = Export.objects.get(id=world.exports["town"]["sentinel.staff"])
    assert not ExportedPerson.objects.filter(export_id=masked.id).exists()


def recorded(action: str, user: str, world: World) -> Iterator[AuditEntry]:
    yield from AuditEntry.objects.filter(action=action, actor_id=f"user:{world.users[user].id}")


def people_of(entry: AuditEntry) -> frozenset[str]:
    found = frozenset(entry.detail["people"]) if entry.detail else frozenset({entry.object_id})
    assert (entry.count, entry.purpose) == (len(found), OWN_STAFF)
    return found


@pytest.mark.parametrize(("who", "tenant"), [("principal", NEAR), ("far_principal", FAR)])
def test_every_page_of_the_walk_that_shows_own_staff_has_its_one_record(
    crawl: Crawl, world: World, who: str, tenant: Tenant
) -> None:
    pages = [answer.text for answer in crawl.of(who) if not answer.is_file]
    expected = Counter(shown_in(page, tenant, world) for page in pages)
    del expected[frozenset()]
    assert expected.total() > 20
    assert Counter(map(people_of, recorded(OWN_STAFF_SEEN, who, world))) == expected


def test_every_page_of_the_walk_that_shows_an_own_principal_has_its_record(
    crawl: Crawl, world: World
) -> None:
    pages = [answer.text for answer in crawl.of("principal") if not answer.is_file]
    shown = [page for page in pages if NEAR.principal.phone in page and not shown_in(page, NEAR, world)]
    entries = list(recorded(PRINCIPAL_SEEN, "principal", world))
    assert len(entries) == len(shown) > 1
    for entry in entries:
        assert (entry.count, entry.purpose) == (1, OWN_STAFF)
        assert UUID(entry.object_id) == world.enrolments[NEAR.mark].organization_id


def test_whoever_sees_masked_people_only_has_no_record(crawl: Crawl, world: World) -> None:
    actors = {
        entry.actor_id for entry in AuditEntry.objects.filter(action__in=[OWN_STAFF_SEEN, PRINCIPAL_SEEN])
    }
    assert actors == {f"user:{world.users[name].id}" for name in ("principal", "far_principal")}


def own_pages(world: World) -> dict[str, str]:
    """Every page that shows own staff in clear."""
    staff_id = world.staff[NEAR.mark][1].id
    return {
        "today": reverse("sentinel:today"),
        "due": reverse("sentinel:due"),
        "staff": reverse("sentinel:staff"),
        "missed": reverse("sentinel:missed", args=["cast-cold"]) + "?on=2022-06-08",
        "member": reverse("sentinel:staff_member", args=[staff_id]),
        "edit": reverse("sentinel:edit_staff", args=[staff_id]),
        "counted": reverse("sentinel:counted_staff"),
    }


OWN_PAGES = ("today", "due", "staff", "missed", "member", "edit", "counted")


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_look_at_own_staff_is_one_record_and_each_of_them_sees_it(world: World, name: str) -> None:
    before = AuditEntry.objects.count()
    answer = world.browser("principal").get(own_pages(world)[name])
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.actor_id) == (OWN_STAFF_SEEN, f"user:{world.users['principal'].id}")
    seen = people_of(entry)
    assert seen == shown_in(answer.content.decode(), NEAR, world)
    assert seen
    for person in seen:
        look = looks_at(UUID(person), actor=world.actor("auditor"))[0]
        assert (look.at, look.purpose) == (entry.at, OWN_STAFF)


@pytest.mark.parametrize(
    ("name", "typed"), [("sentinel:edit_staff", {"name": ""}), ("sentinel:set_duty", {"state": "asleep"})]
)
def test_a_form_that_comes_back_with_own_staff_is_recorded(
    world: World, name: str, typed: dict[str, str]
) -> None:
    member = world.staff[NEAR.mark][1]
    client = world.browser("principal")
    answer = page_after(client, client.post(reverse(name, args=[member.id]), typed))
    assert any(answer.context[form].errors for form in ("form", "duty_form") if form in answer.context)
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.object_id, entry.count) == (OWN_STAFF_SEEN, str(member.person_id), 1)


@pytest.mark.parametrize("name", OWN_PAGES)
def test_own_staff_is_not_shown_when_it_cannot_be_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the audit table is gone")

    monkeypatch.setattr("outpost.audit.services._append", broken)
    answer = world.browser("principal").get(own_pages(world)[name])
    assert answer.status_code == 500
    assert shown_in(answer.content.decode(), NEAR, world) == frozenset()


def test_no_record_names_who_it_is_about(crawl: Crawl, world: World) -> None:
    member = world.staff[NEAR.mark][0]
    reveal = reverse("sentinel:reveal_staff", args=[member.id])
    client = world.browser("town")
    assert (
        NEAR.people[0].phone in page_after(client, client.post(reveal, {"purpose": PURPOSE})).content.decode()
    )
    entries = AuditEntry.objects.values_list("object_id", "purpose", "detail", "actor_label", "address")
    everything = "\n".join(map(str, entries))
    assert str(member.id) in everything or str(member.person_id) in everything
    assert [text for text in NEAR.identities() if text in everything] == []
