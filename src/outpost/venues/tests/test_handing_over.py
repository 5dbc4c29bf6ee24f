"""更换管理员: named by the manager, agreed to by the named phone; nobody gains by being named (T9)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Problem, Refusal
from outpost.core.rights import Role
from outpost.notifications.recipients import Account as AccountRecipient
from outpost.notifications.recipients import Medium, Recipient
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import HandOver, Venue
from outpost.venues.queries.venues import manager_of
from outpost.venues.services import handing_over
from outpost.venues.services.running import close_venue
from outpost.venues.tests.ledger import FAR_TOWN, bring, brought, venue_row

pytestmark = pytest.mark.django_db
PHONE, OTHER_PHONE, NEW_PHONE = "13700000001", "13700000002", "13800138999"
LATER = NOON + timedelta(hours=1)


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


@pytest.fixture
def successor(cast: Cast) -> User:
    return open_phone_account(NEW_PHONE, address="", at=NOON)


def account(phone: str) -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", phone))


def actor(phone: str) -> Actor:
    return actor_of(account(phone), is_verified=False)


def name(venue: Venue, phone: str = NEW_PHONE, *, by: str = PHONE) -> HandOver:
    stated = {"manager_name": "接任人", "manager_phone": phone}
    return handing_over.name_successor(venue.id, stated, actor=actor(by), at=NOON)


def agree(named: HandOver, phone: str = NEW_PHONE) -> Venue:
    return handing_over.take_over(named.id, account(phone), actor=actor(phone), at=LATER)


def over(phone: str) -> list[str]:
    held = Grant.objects.filter(user=account(phone), role=Role.MANAGER, revoked_at=None)
    return list(held.values_list("scope_key", flat=True))


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


@pytest.mark.promise("T9")
def test_the_named_phone_takes_over_once_it_agrees(cast: Cast, venues: list[Venue], successor: User) -> None:
    named = name(venues[0])
    assert (over(PHONE), over(NEW_PHONE)) == ([str(venues[0].id)], [])
    assert manager_of(Venue.objects.get(id=venues[0].id)).phone == PHONE
    agree(named)
    assert (over(PHONE), over(NEW_PHONE)) == ([], [str(venues[0].id)])
    assert manager_of(Venue.objects.get(id=venues[0].id)).phone == NEW_PHONE
    assert refused(lambda: agree(named)) is NOT_FOUND
    done = AuditEntry.objects.filter(action__startswith="venues.hand").values_list("action", "object_id")
    assert set(done) == {(f"venues.{act}", str(venues[0].id)) for act in ("hand_over_asked", "handed_over")}


def test_the_former_manager_is_told_where_they_still_can_read_it(
    venues: list[Venue], successor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, list[Recipient]] = {}
    monkeypatch.setattr(
        handing_over, "send", lambda template, *, recipients, **_said: told.update({template: recipients})
    )
    agree(name(venues[0]))
    browser = Client()
    sign_in(browser, account(PHONE))
    assert browser.get(reverse("notifications:inbox")).status_code == 403
    (former,) = told["venues.hand_over_agreed"]
    assert isinstance(former, AccountRecipient)
    assert (former.user_id, Medium.SMS in former.media) == (account(PHONE).id, True)


@pytest.mark.promise("T9")
def test_nobody_else_s_word_counts(cast: Cast, venues: list[Venue], successor: User) -> None:
    named, decline, ask = name(venues[0]), handing_over.decline, handing_over.name_successor
    for phone in (OTHER_PHONE, PHONE):
        who, by = account(phone), actor(phone)
        assert refused(lambda phone=phone: agree(named, phone)) is NOT_FOUND  # type: ignore[misc]
        assert refused(lambda who=who, by=by: decline(named.id, who, actor=by, at=NOON)) is NOT_FOUND  # type: ignore[misc]
    assert refused(lambda: name(venues[0], by=OTHER_PHONE)) is NOT_FOUND
    stated = {"manager_name": "甲", "manager_phone": NEW_PHONE}
    for role in ("town", "command", "outsider"):
        by = cast.actor(role)
        assert refused(lambda by=by: ask(venues[0].id, stated, actor=by, at=NOON)).status == 403  # type: ignore[misc]
    assert over(PHONE) == [str(venues[0].id)]


def test_declined_withdrawn_replaced_and_late_ones_change_nothing(
    cast: Cast, venues: list[Venue], successor: User
) -> None:
    declined = name(venues[0])
    handing_over.decline(declined.id, successor, actor=actor(NEW_PHONE), at=NOON)
    withdrawn = name(venues[0])
    handing_over.withdraw_hand_over(venues[0].id, actor=actor(PHONE), at=NOON)
    replaced = name(venues[0])
    late = name(venues[0])
    for one in (declined, withdrawn, replaced):
        assert refused(lambda one=one: agree(one)) is NOT_FOUND  # type: ignore[misc]
    act, week = handing_over.take_over, NOON + timedelta(days=7)
    assert refused(lambda: act(late.id, successor, actor=actor(NEW_PHONE), at=week)) is NOT_FOUND
    assert over(PHONE) == [str(venues[0].id)]


def test_a_person_manages_one_venue_and_is_told_so_themselves(cast: Cast, venues: list[Venue]) -> None:
    named = name(venues[0], OTHER_PHONE)  # the answer is the same as for anybody
    assert refused(lambda: agree(named, OTHER_PHONE)) is errors.MANAGES_ANOTHER
    assert over(OTHER_PHONE) == [str(venues[1].id)]
    assert refused(lambda: name(venues[0], PHONE)) is errors.NAMED_ONESELF


def test_of_two_offers_to_one_phone_one_wins(cast: Cast, venues: list[Venue], successor: User) -> None:
    first, second = name(venues[0]), name(venues[1], by=OTHER_PHONE)
    agree(first)
    assert refused(lambda: agree(second)) is errors.MANAGES_ANOTHER
    assert (over(NEW_PHONE), over(OTHER_PHONE)) == ([str(venues[0].id)], [str(venues[1].id)])


def test_a_manager_whom_the_ledger_replaced_has_named_nobody(
    cast: Cast, venues: list[Venue], successor: User
) -> None:
    named = name(venues[0])
    bring(venue_row(1, 管理员手机="13800138555"))
    assert refused(lambda: agree(named)) is NOT_FOUND
    assert over("13800138555") == [str(venues[0].id)]


def test_messages_to_strangers_are_limited(cast: Cast, venues: list[Venue]) -> None:
    for number in range(5):
        name(venues[0], f"138001387{number:02}")
    assert refused(lambda: name(venues[0], "13800138799")) is errors.TOO_MANY_NAMED


def test_the_pages_of_a_hand_over(cast: Cast, venues: list[Venue], successor: User) -> None:
    manager, other = Client(), Client()
    sign_in(manager, account(PHONE))
    sign_in(other, successor)
    where = reverse("venues:hand_over", args=[venues[0].id])
    wrong = shown(manager, manager.post(where, {"manager_name": "接任人", "manager_phone": "123"}))
    assert wrong.context["form"].errors.keys() == {"manager_phone"}
    manager.post(where, {"manager_name": "接任人", "manager_phone": NEW_PHONE})
    waiting = manager.get(where).content.decode()
    assert "138****8999" in waiting
    assert NEW_PHONE not in waiting
    assert other.get(reverse("venues:venue", args=[venues[0].id])).status_code == 403
    offered = other.get(reverse("venues:offers")).content.decode()
    assert "第1农贸市场" in offered
    assert PHONE not in offered
    answer = other.post(reverse("venues:take_over", args=[HandOver.objects.get().id]))
    assert "第1农贸市场" in shown(other, answer).content.decode()
    assert manager.get(where).status_code == 302  # signed out


def test_many_managers_cannot_make_one_phone_ring(
    cast: Cast, successor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(handing_over, "send", lambda template, **_said: told.append(template))
    managed = enumerate(brought(*(venue_row(one) for one in range(3, 8))), start=3)
    named = [name(venue, by=f"1370000000{number}") for number, venue in managed][-1]
    assert len(told) == handing_over.TOLD.tries == 3
    assert agree(named).id == named.venue_id  # named without a message, found on the own page


def test_a_venue_made_anew_brings_no_new_messages(cast: Cast, venues: list[Venue]) -> None:
    for number in range(5):
        name(venues[0], f"138001387{number:02}")
    close_venue(venues[0].id, actor=actor(PHONE), at=NOON)
    (again,) = brought(venue_row(3, 管理员手机=PHONE))
    assert refused(lambda: name(again, "13800138799")) is errors.TOO_MANY_NAMED
