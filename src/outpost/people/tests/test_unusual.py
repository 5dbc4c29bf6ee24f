"""Unusual reading is seen at once, told to those who keep rights and audit, and names nobody outside the audit (L3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit.models import AuditEntry
from outpost.audit.queries import UNUSUAL_READING
from outpost.audit.services import record
from outpost.core import clock
from outpost.core.actor import EVERYTHING, Actor
from outpost.notifications.models import InboxMessage
from outpost.people import services, watching
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.unusual import Look, Rule, Signal, UnusualLimits, signals
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

DAY = clock.local_day(NOON)
pytestmark = pytest.mark.promise("L3")
LIMITS = UnusualLimits(people=3, readers=2, night=1, exports=10)


def look(who: str, *people: str, hour: int = 12, rows: int = 0) -> Look:
    return Look(who, NOON.astimezone(clock.zone()).replace(hour=hour), frozenset(people), rows)


@pytest.mark.rules
@pytest.mark.parametrize(
    ("looks", "found"),
    [
        ([look("a", "1", "2"), look("a", "2", "3")], []),  # the same person again is one person
        ([look("a", "1", "2", "3"), look("a", "4")], [Signal(Rule.PEOPLE, "a", 4, 3)]),
        ([look("a", "1", "2", "3"), look("b", "4")], []),
        ([look("a", "1"), look("b", "1"), look("a", "1")], []),
        ([look("a", "1"), look("b", "1"), look("c", "1", "2")], [Signal(Rule.READERS, "1", 3, 2)]),
        ([look("a", "1", "2", hour=6), look("a", "3", hour=21)], []),
        ([look("a", "1", hour=22), look("a", "2", hour=5)], [Signal(Rule.NIGHT, "a", 2, 1)]),
        ([look("a", rows=2, hour=23)], [Signal(Rule.NIGHT, "a", 2, 1)]),
        ([look("a", rows=5), look("a", rows=5)], []),
        ([look("a", rows=6), look("a", rows=5)], [Signal(Rule.EXPORTS, "a", 11, 10)]),
    ],
)
def test_the_rules(looks: list[Look], found: list[Signal]) -> None:
    assert signals(looks, LIMITS) == found


def officer(number: int) -> Actor:
    return Actor(id=f"user:{number}", label=f"officer {number}", reaches={"people.reveal": EVERYTHING})


def people(count: int) -> list[UUID]:
    documents = [
        normalise_document(DocumentType.PASSPORT, f"E{n:08}", today=DAY) for n in range(1, count + 1)
    ]
    return [services.register_person(one, "甄安", at=NOON) for one in documents]


def _watches() -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(task_name="people.watch", status="todo")


def opened(person: UUID, who: Actor, at: datetime) -> list[str]:
    """Somebody opens a person; then the queue works off what that woke. The rules of the alerts raised by it."""
    before = AuditEntry.objects.filter(action=UNUSUAL_READING).count()
    queued = list(_watches().values_list("id", flat=True))
    services.reveal([person], purpose="tracing", actor=who, at=at)
    with patch.object(clock, "now", lambda: at + timedelta(seconds=2)):
        jobs = list(_watches().exclude(id__in=queued))
        assert jobs
        for job in jobs:
            assert job.scheduled_at is None  # at once, not by the clock
            import_string("outpost.people.jobs.watch")(**job.args)
    found = AuditEntry.objects.filter(action=UNUSUAL_READING).order_by("seq")[before:]
    return [str(entry.detail["rule"]) for entry in found]


@pytest.fixture
def minutes() -> Iterator[datetime]:
    def run() -> Iterator[datetime]:
        at = NOON
        while True:
            yield at
            at += timedelta(seconds=30)

    return run()


@pytest.mark.django_db
@pytest.mark.slow
def test_a_clerk_who_leafs_through_the_district_is_reported_once(
    cast: Cast, minutes: Iterator[datetime]
) -> None:
    clerk = officer(1)
    alerts = [opened(person, clerk, next(minutes)) for person in people(203)]
    assert [number for number, found in enumerate(alerts, 1) if found] == [201]
    entry = AuditEntry.objects.get(action=UNUSUAL_READING)
    assert (entry.object_id, entry.count, entry.detail["limit"]) == ("user:1", 201, 200)
    look_at = AuditEntry.objects.filter(action="people.revealed").order_by("seq")[200]
    assert (entry.at - look_at.at) < timedelta(seconds=60)
    told = InboxMessage.objects.filter(template="people.unusual_people")
    assert {message.user_id for message in told} == {cast.users["security"].id, cast.users["auditor"].id}
    for message in told:
        assert message.params == {"found": 201, "limit": 200}
        assert "user:1" not in message.link + message.dedupe_key


@pytest.mark.django_db
def test_a_neighbour_whom_everybody_looks_up_is_reported(cast: Cast, minutes: Iterator[datetime]) -> None:
    (famous,) = people(1)
    alerts = [opened(famous, officer(number), next(minutes)) for number in range(1, 8)]
    assert alerts == [[], [], [], [], [], ["readers"], []]
    assert AuditEntry.objects.get(action=UNUSUAL_READING).object_id == str(famous)
    for message in InboxMessage.objects.all():
        assert str(famous) not in f"{message.params}{message.link}{message.dedupe_key}"


@pytest.mark.django_db
def test_a_bulk_at_night_is_reported_on_its_own_day(cast: Cast) -> None:
    night = datetime(2022, 6, 8, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in Shanghai
    services.reveal(people(51), purpose="tracing", actor=officer(1), at=night)
    after_midnight = night + timedelta(minutes=1)
    with patch.object(clock, "now", lambda: after_midnight):
        import_string("outpost.people.jobs.watch")()
        import_string("outpost.people.jobs.watch")()
    entry = AuditEntry.objects.get(action=UNUSUAL_READING)
    assert (entry.detail["rule"], entry.count, entry.detail["on"]) == ("night", 51, "2022-06-08")


@pytest.mark.django_db
def test_files_that_evade_the_second_person_are_reported(cast: Cast) -> None:
    def exported(number: int, rows: int, *, purpose: str = "tracing") -> None:
        key = f"file {number}"
        record(
            "exchange.export_written", actor=officer(1), at=NOON, object_id=key, count=rows, purpose=purpose
        )

    exported(1, 4999)
    exported(2, 9000, purpose="")  # masked
    record("exchange.export_approved", actor=officer(2), at=NOON, object_id="file 3", count=8000)
    exported(3, 8000)
    assert watching.watch(DAY, at=NOON) == []
    exported(4, 2)
    assert watching.watch(DAY, at=NOON) == [Signal(Rule.EXPORTS, "user:1", 5001, 5000)]


@pytest.mark.django_db
def test_an_employer_reads_own_staff_in_peace(cast: Cast) -> None:
    employer = Actor(id="user:9", label="employer", reaches={"people.see_own_staff": EVERYTHING})
    services.record_own_staff_seen(people(250), actor=employer, at=NOON)
    assert watching.watch(DAY, at=NOON) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("zh-hans", "异常查阅"), ("en", "unusual reading")])
def test_the_auditors_page_shows_it_first(cast: Cast, client: Client, language: str, said: str) -> None:
    sign_in(client, cast.users["auditor"])
    client.cookies["django_language"] = language
    page = reverse("audit:log")
    with patch.object(clock, "now", lambda: NOON):
        assert said not in client.get(page).content.decode()
        for number in range(6):
            services.reveal(people(1), purpose="tracing", actor=officer(number), at=NOON)
        watching.watch(DAY, at=NOON)
        assert said in client.get(page).content.decode()
        listed = client.get(page, {"action": UNUSUAL_READING}).content.decode()
    assert "readers" in listed
