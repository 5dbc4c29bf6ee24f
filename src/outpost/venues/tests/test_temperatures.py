"""体温异常 at a gate: noted once, told without a name, closed by who may; what inspectors did is counted exactly."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.health.daily import RECHECK
from outpost.notifications.models import InboxMessage
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import Abnormal, Checkpoint, Member, Venue
from outpost.venues.queries import flow
from outpost.venues.rules import Inspected, Outcome, Reading, Readings
from outpost.venues.services import joining
from outpost.venues.services.inspected import count_inspected
from outpost.venues.services.temperatures import close_abnormal, note_abnormal
from outpost.venues.tests.ledger import FAR_TOWN, brought, venue_row

pytestmark = pytest.mark.django_db
MANAGER = "13700000001"


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


def manager() -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", MANAGER))


def reading(venue: Venue, first: str = "38.1", **said: Any) -> Reading:
    checkpoint = Checkpoint.objects.filter(venue=venue)[0]
    isolated = said.pop("isolated", None)
    readings = Readings(Decimal(first), **said)
    return Reading(uuid4(), venue.id, checkpoint.id, uuid4(), NOON, readings, isolated)


@pytest.mark.promise("V2")
def test_manager_and_town_are_told_without_a_name_and_once_a_while(cast: Cast, venues: list[Venue]) -> None:
    before = InboxMessage.objects.count()
    first, second = reading(venues[0]), reading(venues[0], "39.0", second=Decimal("38.8"), isolated=True)
    assert note_abnormal([first, second], at=NOON) == 2
    assert note_abnormal([first], at=NOON + timedelta(hours=1)) == 0  # sent again
    told = InboxMessage.objects.all()[before:]
    assert {one.user_id for one in told} == {manager().id, cast.users["town"].id}
    assert len(told) == 2
    later = NOON + timedelta(hours=2)
    again: dict[str, Any] = {
        "second": Decimal("36.9"),
        "method": "forehead",
        "second_method": "armpit",
        "waited": RECHECK,
    }
    assert note_abnormal([reading(venues[0], **again)], at=later) == 1
    assert InboxMessage.objects.count() == before + 2
    assert Abnormal.objects.filter(outcome="").count() == 2


@pytest.mark.parametrize(
    ("second", "methods", "minutes"),
    [
        ("34.2", ("forehead", "armpit"), 15),
        ("36.8", ("forehead", "forehead"), 15),
        ("36.8", ("armpit", "forehead"), 15),
        ("36.8", ("forehead", ""), 15),
        ("36.8", ("forehead", "armpit"), 14),
        ("36.8", ("forehead", "armpit"), None),
        ("37.4", ("forehead", "armpit"), 15),
    ],
)
def test_the_higher_reading_counts_until_a_better_one_is_taken_late_enough(
    cast: Cast, venues: list[Venue], second: str, methods: tuple[str, str], minutes: int | None
) -> None:
    waited = None if minutes is None else timedelta(minutes=minutes)
    how: dict[str, Any] = {"method": methods[0], "second_method": methods[1]}
    one = reading(venues[0], second=Decimal(second), waited=waited, **how)
    note_abnormal([one], at=NOON)
    kept = Abnormal.objects.get(id=one.id)
    assert (kept.first, kept.second, kept.outcome) == (Decimal("38.1"), Decimal(second), "")


def test_it_is_closed_once_within_reach(cast: Cast, venues: list[Venue]) -> None:
    again: dict[str, Any] = {"second": Decimal("37.9"), "second_method": "armpit", "waited": RECHECK}
    how: dict[str, Any] = {"method": "forehead", "failed": Decimal("34.2"), "failed_method": "ear"}
    near, far = reading(venues[0], **again, **how), reading(venues[1])
    note_abnormal([near, far], at=NOON)
    mine = actor_of(manager(), is_verified=False)
    with pytest.raises(Refusal) as refusal:
        close_abnormal(far.id, Outcome.HOME, actor=mine, at=NOON)
    assert refusal.value.problem == NOT_FOUND
    client = Client(headers={"accept-language": "en"})
    sign_in(client, manager())
    page = client.get(reverse("venues:temperatures")).content.decode()
    assert (venues[0].name in page, venues[1].name in page, "38.1" in page) == (True, False, True)
    address = reverse("venues:temperature", args=[near.id])
    whole = " ".join(client.get(address).content.decode().split())
    listed, told = (
        ("Forehead", "after 34.2, failed", "Armpit"),
        ("38.1 Forehead", "37.9 Armpit · 15 minutes later"),
    )
    assert [one for one in listed if one not in page] == []
    assert [one for one in (*told, "34.2 Ear") if one not in whole] == []
    assert client.post(address, {"outcome": "hospital"}).status_code == 302
    assert "Brought to a fever clinic" in client.get(address).content.decode()
    with pytest.raises(Refusal) as refusal:
        close_abnormal(near.id, Outcome.HOME, actor=mine, at=NOON)
    assert refusal.value.problem == errors.ABNORMAL_CLOSED


def test_what_inspectors_did_adds_up(venues: list[Venue]) -> None:
    joining.join_as_manager(venues[0].id, actor=actor_of(manager(), is_verified=False), at=NOON)
    member, today = Member.objects.get(), local_day(NOON)
    places = [one.id for one in Checkpoint.objects.filter(venue=venues[0])]

    def did(on: Any, place: UUID, **counts: int) -> Inspected:
        return Inspected(venues[0].id, on, member.id, place, **counts)

    yesterday = today - timedelta(days=1)
    visit, quick = did(today, places[0], check_ins=1, temperatures=1), did(today, places[-1], temperatures=1)
    count_inspected([visit, visit, quick])
    count_inspected(
        [did(today, places[0], check_ins=1, temperatures=1, abnormal=1), did(yesterday, places[0])]
    )
    count_inspected([did(yesterday, places[0], check_ins=5)])
    (one,) = flow.day_flow(venues[0], today).inspectors
    assert (one.report()["today"], one.report()["all"], one.report()["temperatures"]) == (3, 8, 4)
    assert (one.today, one.all) == (flow.Counts(3, 4, 1), flow.Counts(8, 4, 1))
    rows = list(flow.inspected_rows(venues[0], yesterday, today))
    assert sum((counts for *_key, counts in rows), flow.NOBODY) == one.all
    assert rows[0][1].endswith("*")
