"""场所创建 by a phone account: at once, once, limited; the town is told, nobody gains anything else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core.errors import Faults, Problem, Refusal
from outpost.notifications.models import InboxMessage
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import Venue
from outpost.venues.queries.codes import codes_of
from outpost.venues.queries.venues import manager_of, own_venue
from outpost.venues.rules import doubt_of_name
from outpost.venues.services import running
from outpost.venues.services.creating import create_venue
from outpost.venues.services.ledger import ensure_kinds
from outpost.venues.tests.ledger import bring, venue_row

PHONE = "13800138999"
STATED = {
    "name": "南沙示例餐饮有限公司",
    "kind": "market",
    "town": "440115001",
    "address": "港前大道9号",
    "longitude": "113.5",
    "latitude": "22.8",
    "manager_name": "甄店主",
    "checkpoints": "前门、后门",
}


@pytest.fixture
def owner(cast: Cast) -> User:
    ensure_kinds()
    return open_phone_account(PHONE, address="", at=NOON)


def create(user: User, *, is_sure: bool = False, **changes: str) -> Venue:
    actor = actor_of(user, is_verified=False)
    return create_venue(STATED | changes, user, is_sure=is_sure, actor=actor, at=NOON)


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


@pytest.mark.django_db
def test_a_venue_is_there_at_once_and_its_town_is_told(cast: Cast, owner: User) -> None:
    venue = create(owner)
    assert own_venue(actor=actor_of(owner, is_verified=False)) == venue
    assert [code.checkpoint for code in codes_of(venue)] == ["前门", "后门"]
    assert (manager_of(venue).name, manager_of(venue).phone) == ("甄店主", PHONE)
    told = InboxMessage.objects.filter(template="venues.created").values_list("user_id", flat=True)
    assert list(told) == [cast.users["town"].id]
    assert AuditEntry.objects.get(action="venues.created").object_id == str(venue.id)


@pytest.mark.django_db
def test_what_is_wrong_or_taken_is_said(cast: Cast, owner: User) -> None:
    with pytest.raises(Faults) as faults:
        create(owner, town="五山街道", latitude="", social_credit_code="123")
    assert len(faults.value.faults) >= 2
    bring(venue_row(1, 场所名称=STATED["name"]))
    assert refused(lambda: create(owner)) is errors.NAME_TAKEN
    create(owner, name="南沙另一餐饮有限公司")
    assert refused(lambda: create(owner, name="南沙第三餐饮有限公司")) is errors.MANAGES_ANOTHER


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_a_venue_at_once_one_manages_it_and_the_other_is_told(cast: Cast) -> None:
    ensure_kinds()
    owners = [open_phone_account(f"1380013800{n}", address="", at=NOON) for n in (1, 2)]
    ready = Barrier(2)

    def claim(owner: User) -> Problem | None:
        ready.wait()
        try:
            create(owner)
        except Refusal as refusal:
            return refusal.problem
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(claim, owners))
    assert sorted(told, key=str) == sorted([None, errors.NAME_TAKEN], key=str)
    (venue,) = Venue.objects.all()
    assert manager_of(venue).phone == f"1380013800{told.index(None) + 1}"
    loser = owners[told.index(errors.NAME_TAKEN)]
    assert own_venue(actor=actor_of(loser, is_verified=False)) is None


@pytest.mark.django_db
def test_an_account_creates_a_few_venues_a_day(cast: Cast, owner: User) -> None:
    for number in range(3):
        venue = create(owner, name=f"南沙第{number}餐饮有限公司")
        running.close_venue(venue.id, actor=actor_of(owner, is_verified=False), at=NOON)
    assert refused(lambda: create(owner)) is errors.TOO_MANY_CREATED
    hashed, owner.phone_hash = owner.phone_hash, None
    owner.save(update_fields=["phone_hash"])
    again = open_phone_account(PHONE, address="", at=NOON)
    assert again.phone_hash == hashed
    assert refused(lambda: create(again)) is errors.TOO_MANY_CREATED  # whoever opens the account anew


@pytest.mark.rules
@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("南沙示例农贸市场有限公司", None),
        ("南沙区政务服务中心", None),
        ("Example Trading Ltd", None),
        ("环市大道1号", errors.NAME_LIKE_ADDRESS),
        ("港前大道", errors.NAME_LIKE_ADDRESS),
        ("金洲城3栋", errors.NAME_LIKE_ADDRESS),
        ("老王", errors.NAME_ABBREVIATED),
        ("万达", errors.NAME_ABBREVIATED),
    ],
)
def test_a_name_that_may_not_be_whole_is_asked_back(name: str, doubt: Problem | None) -> None:
    assert doubt_of_name(name) is doubt


@pytest.mark.django_db
def test_the_form_asks_back_and_then_believes(cast: Cast, owner: User) -> None:
    client = Client()
    sign_in(client, owner)
    where = reverse("venues:new")
    assert "is_sure" not in client.get(where).content.decode()
    assert f'href="{where}"' in client.get(reverse("web:my")).content.decode()
    empty = shown(client, client.post(where, STATED | {"name": ""}))
    assert "is_sure" not in empty.content.decode()
    asked = shown(client, client.post(where, STATED | {"name": "老王"}))
    assert asked.context["form"].errors.keys() == {"name"}
    assert "is_sure" in asked.content.decode()
    answer = client.post(where, STATED | {"name": "老王", "is_sure": "on", "manager_phone": "13700000009"})
    page = shown(client, answer).content.decode()
    assert "老王" in page
    assert "138****8999" in page
    assert f'href="{where}"' not in client.get(reverse("web:my")).content.decode()  # one manager, one venue
    officer = Client()
    assert officer.get(where)["Location"].startswith("/sign-in")
    sign_in(officer, cast.users["town"])
    assert officer.get(where).status_code == 403


CODE = "91440115MA59ABCD1N"


@pytest.mark.django_db
def test_the_name_that_stands_under_the_same_credit_code_is_told(cast: Cast, owner: User) -> None:
    bring(venue_row(1, 场所名称="南沙连锁百货有限公司", 统一社会信用代码=CODE))
    with pytest.raises(Faults) as faults:
        create(owner, social_credit_code=CODE)
    (fault,) = faults.value.faults
    assert (fault.column, fault.problem) == ("name", errors.NAME_UNLIKE_CODE)
    assert fault.fields["known"] == "南沙连锁百货有限公司"
    for _ in range(19):
        with pytest.raises(Faults):
            create(owner, social_credit_code=CODE)
    assert refused(lambda: create(owner, social_credit_code=CODE)) is errors.TOO_MANY_NAMES_ASKED
    assert create(owner, social_credit_code=CODE, is_sure=True).social_credit_code == CODE
