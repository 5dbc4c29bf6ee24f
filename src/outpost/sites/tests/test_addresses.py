"""住址不一致: two claims stay side by side, shut nobody out, close by themselves or by a word, and tell nothing."""

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.health.models import Declaration
from outpost.health.sealing import declaration_id, seal_texts
from outpost.sites import errors
from outpost.sites.models import Contract, Registration
from outpost.sites.queries.addresses import differences
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.queries.people import registrations
from outpost.sites.rules.addresses import Agreement, agreement, is_checked, is_same, last_day, plain
from outpost.sites.services.addresses import check_address
from outpost.sites.services.registering import register
from outpost.sites.tests.test_registrations import Bring, declare, person_row, stated
from outpost.sites.tests.test_tallies import GOAL, OWN
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

DORM_3, DORM_5 = "南沙街道示例路3号宿舍", "南沙街道示例路5号宿舍"
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (DORM_3, DORM_3, True),
        (DORM_3, DORM_5, False),
        ("示例路 １号，101 室", "示例路1号101室", True),
        ("Dorm 3, Example Road", "dorm3 example road", True),
        ("广州市南沙区示例路1号", "示例路1号", True),  # without the city
        ("南沙街道示例路1号", "南沙街道示例路1号2栋301", True),  # without the room
        ("示例路1号3-201", "示例路1号3201", False),
        ("示例路1号3-201", "示例路1号3—201", True),
        ("南沙街道示例路1", "南沙街道示例路12号", False),  # a number that is cut
        ("大示例路12", "大示例路12-3", False),
        ("广州市南沙区南沙街道", "广州市南沙区南沙街道示例路1号", False),  # no house number
        ("路1号", "南沙街道示例路1号", False),  # too short to mean one place
    ],
)
def test_one_place_is_told_from_another(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is is_same(other, one) is same


def test_an_address_is_compared_without_blanks_and_marks() -> None:
    assert plain("（南沙）示例路 １号_Ａ座，3－201 ") == "南沙示例路1号a座3-201"


def test_a_difference_is_due_after_seven_days_and_a_word_counts_until_something_else_is_stated() -> None:
    last = last_day(date(2022, 6, 8))
    assert last == date(2022, 6, 15)
    assert agreement(False, last, last) is Agreement.DIFFERS
    assert agreement(False, last, last + timedelta(days=1)) is Agreement.OVERDUE
    assert agreement(True, last, last + timedelta(days=1)) is Agreement.CHECKED
    assert [is_checked(at, NOON) for at in (None, NOON - timedelta(seconds=1), NOON)] == [False, False, True]


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


def at_home(person_id: UUID, home: str, *, at: datetime) -> None:
    """A declaration with a home, as a service next door delivers it."""
    row = Declaration(source="云", record_id=str(uuid4()), person_id=person_id)
    row.id = declaration_id(row.source, row.record_id)
    row.declared_at = row.received_at = at
    row.sealed, row.stated_hash = seal_texts(ring(), row.id, {"home": home})
    row.save(force_insert=True)


@pytest.fixture
def worker(cast: Cast, contract: Contract) -> Registration:
    """The employer says dorm 3, the person dorm 5."""
    at_home(declare(1), DORM_5, at=NOON)
    return register(contract.id, stated(1, address=DORM_3), actor=cast.actor("town"), at=NOON)


def found(contract: Contract, cast: Cast, state: str, *, at: datetime = LATER) -> list[UUID]:
    rows = registrations(contract, {"address": state}, actor=cast.actor("town"), at=at)
    return [row.id for row in rows]


def test_two_claims_that_differ_are_one_task_and_shut_nobody_out(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    at_home(declare(2), DORM_3, at=NOON)
    register(contract.id, stated(2, address=DORM_3), actor=cast.actor("town"), at=NOON)
    at_home(declare(3), DORM_3, at=NOON)
    register(contract.id, stated(3), actor=cast.actor("town"), at=NOON)  # states no address
    assert found(contract, cast, "differs") == [worker.id]
    assert found(contract, cast, "overdue") == found(contract, cast, "checked") == []
    late = NOON + timedelta(days=8)
    assert (
        found(contract, cast, "overdue", at=late) == found(contract, cast, "differs", at=late) == [worker.id]
    )
    assert worker.stated(ring()).address == DORM_3
    told = [str(one) for one in obstacles_of([worker], at=LATER)[worker.id]]
    assert not any("住址" in one or "address" in one.lower() for one in told)


def test_it_closes_by_a_corrected_row_and_opens_again_by_a_new_declaration(
    cast: Cast, contract: Contract, worker: Registration, tmp_path: Path
) -> None:
    bring = Bring(cast.actor("command"), tmp_path)
    bring(person_row(1, 居住地址=""))
    assert found(contract, cast, "differs") == [worker.id]  # a blank cell takes nothing away
    bring(person_row(1, 居住地址=DORM_5))
    assert found(contract, cast, "differs") == []
    at_home(worker.person_id, DORM_3, at=LATER)
    assert found(contract, cast, "differs") == [worker.id]
    at_home(worker.person_id, "示例路5号宿舍", at=LATER + timedelta(minutes=1))
    assert found(contract, cast, "differs", at=LATER + timedelta(minutes=1)) == []


def test_a_declaration_without_a_home_takes_none_away_and_one_of_another_name_says_nothing(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    declare(1, days_ago=0)
    assert found(contract, cast, "differs") == [worker.id]
    at_home(declare(4, "甄他人"), DORM_5, at=NOON)
    declare(4)
    Declaration.objects.filter(person_id=worker.person_id).update(is_withdrawn=True)
    assert found(contract, cast, "differs") == []


def test_of_who_is_not_verified_nothing_is_compared(worker: Registration) -> None:
    worker.unverified_since = NOON
    assert differences([worker], at=LATER) == {}


def test_a_word_with_a_ground_closes_it_until_either_states_something_else(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    town = cast.actor("town")
    for ground in ("", "  好的 "):
        with pytest.raises(Refusal) as refused:
            check_address(worker.id, ground, actor=town, at=LATER)
        assert refused.value.problem is errors.GROUND_MISSING
    check_address(worker.id, "本人在5号宿舍，3号为旧址", actor=town, at=LATER)
    assert found(contract, cast, "checked") == [worker.id]
    assert found(contract, cast, "differs") == []
    kept = AuditEntry.objects.get(action="sites.address_checked")
    assert (kept.object_id, kept.purpose) == (str(worker.id), "本人在5号宿舍，3号为旧址")
    with pytest.raises(Refusal) as refused:
        check_address(worker.id, "再说一次同样的话", actor=town, at=LATER)
    assert refused.value.problem is errors.ADDRESS_AGREES
    at_home(worker.person_id, "珠江街道别处路7号", at=LATER + timedelta(hours=1))
    assert found(contract, cast, "differs", at=LATER + timedelta(hours=2)) == [worker.id]


def test_whoever_may_not_say_so_closes_nothing(cast: Cast, worker: Registration) -> None:
    for name in ("principal", "outsider"):
        with pytest.raises(Refusal):
            check_address(worker.id, "本人在5号宿舍", actor=cast.actor(name), at=LATER)
    worker.refresh_from_db()
    assert worker.address_checked_at is None


@pytest.mark.parametrize("path", ["sites:registrations", "sites:person", "sites:checked_address"])
def test_no_page_shows_the_declared_home_nor_the_stated_address_in_clear(
    cast: Cast, client: Client, contract: Contract, worker: Registration, path: str
) -> None:
    sign_in(client, cast.users["town"])
    of = contract.id if path == "sites:registrations" else worker.id
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    page = client.get(reverse(path, args=[of])).content.decode()
    assert "5号宿舍" not in page
    assert "3号宿舍" not in page
    if path != "sites:checked_address":
        assert "南沙街道示***" in page or "南沙街道示" in page
        assert "住址不一致" in page


def test_the_persons_page_says_who_stated_when_and_who_clears_it_up(
    cast: Cast, client: Client, worker: Registration
) -> None:
    sign_in(client, cast.users["town"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    page = client.get(reverse("sites:person", args=[worker.id])).content.decode()
    for words in ("丙劳务有限公司", "不因此拒绝进场", "2022-06-15", "已核实，保留"):
        assert words in page
    answer = client.post(reverse("sites:checked_address", args=[worker.id]), {"ground": "好"}, follow=True)
    assert "请简要填写核实结果" in answer.content.decode()
    client.post(reverse("sites:checked_address", args=[worker.id]), {"ground": "本人另租房，已看合同"})
    page = client.get(reverse("sites:person", args=[worker.id])).content.decode()
    assert "本人另租房，已看合同" in page
    assert "已核实，保留" not in page


@pytest.mark.parametrize(("asked", "most"), [("", GOAL), ("?address=differs", GOAL + 2 * OWN)])
def test_the_list_asks_as_often_whatever_is_stated(
    cast: Cast, client: Client, contract: Contract, worker: Registration, asked: str, most: int
) -> None:
    for number in (2, 3, 4):
        at_home(declare(number), DORM_5, at=NOON)
        register(contract.id, stated(number, address=DORM_3), actor=cast.actor("town"), at=NOON)
    sign_in(client, cast.users["town"])
    address = reverse("sites:registrations", args=[contract.id]) + asked
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= most, "\n".join(one["sql"] for one in statements)
