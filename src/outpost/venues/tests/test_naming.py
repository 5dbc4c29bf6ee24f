"""批量建场所: a bureau enters venues of its kinds, a chain its branches; whoever is named agrees first."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Problem, Refusal
from outpost.core.rights import Role
from outpost.exchange import services as exchange
from outpost.exchange.models import Import
from outpost.regions.models import Department
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import HandOver, Kind, Venue
from outpost.venues.queries.codes import codes_of
from outpost.venues.queries.naming import entered_row, entered_venues
from outpost.venues.queries.venues import manager_of, offers_to
from outpost.venues.rules import Answer
from outpost.venues.services import ensure_kinds, handing_over, naming
from outpost.venues.services.creating import create_venue
from outpost.venues.services.running import close_venue
from outpost.venues.tests.ledger import FAR_TOWN, bring, brought, send, undo, venue_row

pytestmark = pytest.mark.django_db
HEAD_PHONE, PHONE, OTHER_PHONE = "13700000001", "13700000002", "13800138777"
LATER, WEEK = NOON + timedelta(hours=1), timedelta(days=7)
MARKET, MALL = {"场所类型": "农贸市场"}, {"场所类型": "商场"}


@pytest.fixture(scope="module", autouse=True)
def kinds_of_bureaus(cast_of_file: Cast) -> None:
    """Markets are the bureau's, malls another one's."""
    ensure_kinds()
    Department.objects.get_or_create(code="post", defaults={"name": "邮政管理局", "region_id": "440115"})
    Kind.objects.filter(code="market").update(department="market")
    Kind.objects.filter(code="mall").update(department="post")


def account(phone: str) -> User:
    return open_phone_account(phone, address="", at=NOON)


def actor(phone: str) -> Actor:
    return actor_of(account(phone), is_verified=False)


def enter(*rows: Mapping[str, str], by: Actor) -> Import:
    return bring(*rows, actor=by, kind="venues.entered")[0]


def entered(number: int = 2, *, by: Actor, **changes: str) -> Venue:
    enter(venue_row(number, **changes), by=by)
    return Venue.objects.current().get(name=f"第{number}农贸市场")


def offer_of(venue: Venue) -> HandOver:
    return HandOver.objects.get(venue=venue, state=HandOver.WAITING)


def agree(venue: Venue, phone: str = PHONE) -> Venue:
    return handing_over.take_over(offer_of(venue).id, account(phone), actor=actor(phone), at=LATER)


def over(phone: str) -> list[str]:
    held = Grant.objects.filter(user=account(phone), role=Role.MANAGER, revoked_at=None)
    return list(held.values_list("scope_key", flat=True))


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


def rejected(task: Import) -> tuple[int, int]:
    return task.new, task.rejected


@pytest.fixture
def bureau(cast: Cast) -> Actor:
    return cast.actor("bureau")


@pytest.fixture
def head(cast: Cast) -> Venue:
    (venue,) = brought(venue_row(1))
    naming.let_branch(venue.id, 2, actor=cast.actor("town"), at=NOON)
    return venue


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages that go out about whom somebody named."""
    sent: list[str] = []
    monkeypatch.setattr(handing_over, "send", lambda template, **_about: sent.append(template))
    return sent


def answer(venue: Venue, by: Actor, *, at: object = NOON) -> Answer:
    return entered_row(venue.id, actor=by, at=at).answer  # type: ignore[arg-type]


@pytest.mark.promise("T9")
def test_whoever_is_named_manages_once_they_agree(bureau: Actor, told: list[str]) -> None:
    venue = entered(by=bureau)
    assert (over(PHONE), answer(venue, bureau)) == ([], Answer.WAITS)
    assert told == ["venues.manager_asked"]
    assert codes_of(venue)
    agree(venue)
    assert (over(PHONE), answer(venue, bureau, at=LATER)) == ([str(venue.id)], Answer.GIVEN)
    assert refused(lambda: naming.remind(venue.id, actor=bureau, at=LATER)) is errors.HAS_ITS_MANAGER
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    assert (
        refused(lambda: naming.name_manager(venue.id, stated, actor=bureau, at=LATER))
        is errors.HAS_ITS_MANAGER
    )


def test_a_bureau_enters_venues_of_its_kinds_alone(cast: Cast, bureau: Actor) -> None:
    town_s = brought(venue_row(7))[0]
    task = send([venue_row(2), venue_row(3, **MALL), venue_row(7)], actor=bureau, kind="venues.entered")
    assert rejected(task) == (1, 2)
    assert {venue.id for venue in entered_venues({}, actor=bureau, at=NOON)} == {town_s.id}
    for role in ("town", "command", "outsider", "principal"):
        with pytest.raises(Refusal):
            send([venue_row(4)], actor=cast.actor(role), kind="venues.entered")


def test_a_foreign_bureau_reaches_none_of_it(cast: Cast, bureau: Actor) -> None:
    venue = entered(by=bureau)
    Kind.objects.filter(code="market").update(department="post")
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    for act in (
        lambda: naming.remind(venue.id, actor=bureau, at=NOON),
        lambda: naming.withdraw_named(venue.id, actor=bureau, at=NOON),
        lambda: naming.name_manager(venue.id, stated, actor=bureau, at=NOON),
        lambda: entered_row(venue.id, actor=bureau, at=NOON),
    ):
        assert refused(act) is NOT_FOUND
    assert not entered_venues({}, actor=bureau, at=NOON).exists()


def test_a_chain_enters_as_many_branches_as_an_officer_says(cast: Cast, head: Venue) -> None:
    chief = actor(HEAD_PHONE)
    rows = [venue_row(number, 所属镇街=FAR_TOWN, **MALL) for number in (2, 3, 4)]
    assert rejected(send(rows, actor=chief, kind="venues.entered")) == (2, 1)
    enter(*rows[:2], by=chief)
    mine = entered_venues({}, actor=chief, at=NOON)
    assert {one.head_id for one in mine} == {head.id}
    assert mine.count() == 2
    assert over(HEAD_PHONE) == [str(head.id)]
    naming.let_branch(head.id, 0, actor=cast.actor("town"), at=NOON)
    assert (send(rows, actor=chief, kind="venues.entered").refusal or {})["code"] == errors.NO_BRANCHES.code


def test_branches_that_were_entered_meanwhile_count(cast: Cast, head: Venue) -> None:
    chief = actor(HEAD_PHONE)
    naming.let_branch(head.id, 1, actor=cast.actor("town"), at=NOON)
    first, second = (send([venue_row(n)], actor=chief, kind="venues.entered") for n in (2, 3))
    done = [apply(one, chief) for one in (first, second)]
    assert [one.state for one in done] == ["applied", "refused"]
    assert (done[1].refusal or {})["code"] == errors.TOO_MANY_BRANCHES.code


def apply(task: Import, by: Actor) -> Import:
    exchange.confirm_import(task.id, actor=by, at=NOON)
    exchange.apply_import(task.id, at=NOON)
    task.refresh_from_db()
    return task


def test_a_manager_of_another_venue_is_told_so_and_nobody_else(cast: Cast, bureau: Actor) -> None:
    brought(venue_row(5))
    manages = "13700000005"
    venue = entered(by=bureau, 管理员手机=manages)
    assert answer(venue, bureau) is Answer.WAITS
    assert refused(lambda: agree(venue, manages)) is errors.MANAGES_ANOTHER
    assert len(over(manages)) == 1


def test_that_somebody_declined_leads_to_where_another_is_named(
    bureau: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue, holder = entered(by=bureau), account(PHONE)
    sent: list[Mapping[str, object]] = []
    monkeypatch.setattr(handing_over, "send", lambda _template, **about: sent.append(about))
    handing_over.decline(offer_of(venue).id, holder, actor=actor(PHONE), at=NOON)
    assert [about["url"] for about in sent] == [reverse("venues:named", args=[venue.id])]


def test_declined_silent_reminded_and_another_named(bureau: Actor, told: list[str]) -> None:
    venue, holder = entered(by=bureau), account(PHONE)
    assert answer(venue, bureau, at=NOON + WEEK) is Answer.SILENT
    naming.remind(venue.id, actor=bureau, at=NOON + WEEK)
    assert answer(venue, bureau, at=NOON + WEEK) is Answer.WAITS
    assert HandOver.objects.filter(venue=venue, state=HandOver.WAITING).count() == 1
    handing_over.decline(offer_of(venue).id, holder, actor=actor(PHONE), at=NOON + WEEK)
    assert answer(venue, bureau, at=NOON + WEEK) is Answer.DECLINED
    assert told[2:] == ["venues.naming_declined"]
    assert refused(lambda: naming.remind(venue.id, actor=bureau, at=NOON + WEEK)) is errors.NOBODY_WAITS
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    naming.name_manager(venue.id, stated, actor=bureau, at=NOON + WEEK)
    assert not offers_to(holder, at=NOON + WEEK).exists()
    assert manager_of(Venue.objects.get(id=venue.id)).phone == OTHER_PHONE
    naming.withdraw_named(venue.id, actor=bureau, at=NOON + WEEK)
    assert answer(venue, bureau, at=NOON + WEEK) is Answer.UNASKED
    done = AuditEntry.objects.filter(object_id=str(venue.id)).values_list("action", flat=True)
    assert set(done) == {
        *("venues.manager_asked", "venues.naming_withdrawn", "venues.hand_over_declined"),
    }


def test_messages_to_named_phones_are_limited(bureau: Actor, told: list[str]) -> None:
    venue = entered(by=bureau)
    for _time in range(5):
        naming.remind(venue.id, actor=bureau, at=NOON)
    assert refused(lambda: naming.remind(venue.id, actor=bureau, at=NOON)) is errors.TOO_MANY_NAMED
    assert told == ["venues.manager_asked"] * 3


def test_a_file_corrects_who_waits_and_leaves_who_has_agreed(bureau: Actor) -> None:
    venue, known = entered(by=bureau), entered(3, by=bureau)
    agree(known, "13700000003")
    rows = [venue_row(2, 管理员手机=OTHER_PHONE), venue_row(3, 管理员手机="13800138666")]
    task = send(rows, actor=bureau, kind="venues.entered")
    assert (task.replaced, task.rejected) == (1, 1)
    apply(task, bureau)
    assert bytes(offer_of(venue).phone_hash) == ring().search_hash("phone", OTHER_PHONE)
    assert undo(task, actor=bureau).state == "undone"
    assert answer(venue, bureau) is Answer.UNASKED
    assert not offers_to(account(OTHER_PHONE), at=NOON).exists()


def test_an_undo_leaves_what_has_its_manager(bureau: Actor) -> None:
    task = enter(venue_row(2), venue_row(3), by=bureau)
    first, second = Venue.objects.order_by("name")
    agree(first)
    assert undo(task, actor=bureau).state == "undone"
    assert list(Venue.objects.current()) == [first]
    assert len(codes_of(first)) == 2
    assert not offers_to(account("13700000003"), at=NOON).exists()
    assert not Venue.objects.current().filter(id=second.id).exists()


def test_an_officer_s_word_puts_in_charge_at_once(cast: Cast, bureau: Actor) -> None:
    venue = entered(by=bureau)
    bring(venue_row(2, 管理员手机=OTHER_PHONE), actor=cast.actor("town"))
    venue.refresh_from_db()
    assert (over(OTHER_PHONE), venue.confirmed_at) == ([str(venue.id)], NOON)
    assert not offers_to(account(PHONE), at=NOON).exists()


def test_an_officer_s_file_leaves_who_waits_for_the_same_phone(cast: Cast, bureau: Actor) -> None:
    venue = entered(by=bureau)
    task, told = bring(venue_row(2, 管理员姓名="甄改名", 详细地址="新路2号"), actor=cast.actor("town"))
    assert told == (0, 1, 0, 0)
    assert (over(PHONE), answer(venue, bureau)) == ([], Answer.WAITS)
    assert undo(task, actor=cast.actor("town")).state == "undone"
    assert (over(PHONE), answer(venue, bureau)) == ([], Answer.WAITS)
    bring(venue_row(2, 管理员姓名="甄改名"), actor=cast.actor("town"))
    agree(venue)
    assert manager_of(Venue.objects.get(id=venue.id)).name == "甄改名"


def test_an_undone_file_of_an_officer_lets_it_wait_again(cast: Cast, bureau: Actor) -> None:
    venue = entered(by=bureau)
    task, _told = bring(venue_row(2, 管理员手机=OTHER_PHONE), actor=cast.actor("town"))
    assert over(OTHER_PHONE) == [str(venue.id)]
    assert undo(task, actor=cast.actor("town")).state == "undone"
    assert (over(OTHER_PHONE), over(PHONE), answer(venue, bureau)) == ([], [], Answer.WAITS)
    agree(venue)
    assert over(PHONE) == [str(venue.id)]


def test_who_creates_a_venue_may_name_somebody_else(cast: Cast) -> None:
    holder, by = account(OTHER_PHONE), actor(OTHER_PHONE)

    def create(phone: str) -> Venue:
        stated = STATED | {"other_name": "乙", "other_phone": phone}
        return create_venue(stated, holder, is_sure=True, actor=by, at=NOON)

    assert refused(lambda: create(OTHER_PHONE)) is errors.NAMED_ONESELF
    venue = create(PHONE)
    assert over(OTHER_PHONE) == [str(venue.id)]
    agree(venue)
    assert (over(OTHER_PHONE), over(PHONE)) == ([], [str(venue.id)])


STATED = {
    "name": "南沙示例农贸市场有限公司",
    "kind": "market",
    "town": "南沙街道",
    "address": "环市大道1号",
    "social_credit_code": "",
    "longitude": "",
    "latitude": "",
    "checkpoints": "",
    "manager_name": "甄管理",
}


def page(client: Client, where: str) -> str:
    return client.get(where, headers={"accept-language": "zh-hans"}).content.decode()


def test_the_pages_of_who_enters_and_who_is_named(cast: Cast, bureau: Actor) -> None:
    venue = entered(by=bureau)
    officer, holder = Client(), Client()
    sign_in(officer, cast.users["bureau"])
    waiting, given = (
        page(officer, f"{reverse('venues:entered')}?answer={one}") for one in ("silent", "given")
    )
    assert "第2农贸市场" in waiting
    assert "逾期未答复" in waiting
    assert "第2农贸市场" not in given
    where = reverse("venues:named", args=[venue.id])
    answer_ = officer.post(where, {"manager_name": "乙", "manager_phone": OTHER_PHONE})
    assert answer_["Location"] == where
    sign_in(holder, account(OTHER_PHONE))
    assert "第2农贸市场" in page(holder, reverse("venues:offers"))
    assert "138****8777" in page(officer, where)
    holder.post(reverse("venues:take_over", args=[offer_of(venue).id]))
    assert over(OTHER_PHONE) == [str(venue.id)]
    assert "manager_phone" not in page(officer, where)


def test_a_chain_rings_no_more_strangers_than_its_branches_need(cast: Cast, head: Venue) -> None:
    """Neither by one file after another, nor on the page of a branch, nor by taking back and entering anew."""
    chief = actor(HEAD_PHONE)

    def named(first: int) -> list[dict[str, str]]:
        return [venue_row(n, 管理员手机=f"138{first + n:08}") for n in (2, 3)]

    task = enter(*named(100), by=chief)
    undo(task, actor=chief)
    enter(*named(200), by=chief)
    again = apply(send(named(300), actor=chief, kind="venues.entered"), chief)
    assert (again.refusal or {})["code"] == errors.TOO_MANY_OF_CHAIN.code
    venue = Venue.objects.current().get(name="第2农贸市场")
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    assert (
        refused(lambda: naming.name_manager(venue.id, stated, actor=chief, at=NOON))
        is errors.TOO_MANY_OF_CHAIN
    )
    naming.remind(venue.id, actor=chief, at=NOON)  # nobody new
    tomorrow = NOON + timedelta(days=1, minutes=1)
    naming.name_manager(venue.id, stated, actor=chief, at=tomorrow)


def test_no_branches_more_means_that_the_chain_asks_nobody(cast: Cast, head: Venue) -> None:
    chief = actor(HEAD_PHONE)
    enter(venue_row(2), by=chief)
    venue = Venue.objects.get(head_id=head.id)
    naming.let_branch(head.id, 0, actor=cast.actor("town"), at=NOON)
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    for act in (
        lambda: naming.name_manager(venue.id, stated, actor=chief, at=NOON),
        lambda: naming.remind(venue.id, actor=chief, at=NOON),
    ):
        assert refused(act) is errors.NO_BRANCHES
    naming.withdraw_named(venue.id, actor=chief, at=NOON)


def test_the_manager_of_a_closed_head_reaches_no_branch(cast: Cast, head: Venue) -> None:
    chief = actor(HEAD_PHONE)
    task = enter(venue_row(2), by=chief)
    venue = Venue.objects.get(head_id=head.id)
    close_venue(head.id, actor=cast.actor("town"), at=NOON)
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    for act in (
        lambda: naming.name_manager(venue.id, stated, actor=chief, at=NOON),
        lambda: naming.remind(venue.id, actor=chief, at=NOON),
        lambda: entered_row(venue.id, actor=chief, at=NOON),
    ):
        assert refused(act) is NOT_FOUND
    assert undo(task, actor=chief).state == "applied"
    assert not entered_venues({}, actor=chief, at=NOON).exists()


def test_who_declined_is_not_asked_again_by_naming_them_anew(bureau: Actor) -> None:
    venue, holder = entered(by=bureau), account(PHONE)
    handing_over.decline(offer_of(venue).id, holder, actor=actor(PHONE), at=NOON)
    stated = {"manager_name": "乙", "manager_phone": PHONE}
    assert (
        refused(lambda: naming.name_manager(venue.id, stated, actor=bureau, at=NOON)) is errors.HAS_DECLINED
    )
    assert answer(venue, bureau) is Answer.DECLINED


def test_a_file_that_corrects_an_address_asks_nobody_again(bureau: Actor, told: list[str]) -> None:
    """Nor does it ask who has said no."""
    venue = entered(by=bureau)
    handing_over.decline(offer_of(venue).id, account(PHONE), actor=actor(PHONE), at=NOON)
    waits = entered(3, by=bureau)
    asked = told.count("venues.manager_asked")
    enter(*(venue_row(n, 详细地址="新路8号") for n in (2, 3)), by=bureau)
    assert told.count("venues.manager_asked") == asked
    assert (answer(venue, bureau), answer(waits, bureau)) == (Answer.DECLINED, Answer.WAITS)


def test_whoever_calls_for_an_act_stands_first_in_the_list(bureau: Actor, cast: Cast, client: Client) -> None:
    phones = {2: "13800138772", 3: "13800138773", 4: "13800138774", 5: "13800138775"}
    enter(*(venue_row(n, 管理员手机=phones[n]) for n in phones), by=bureau)
    two, three, four, _five = Venue.objects.filter(name__in=[f"第{n}农贸市场" for n in phones]).order_by(
        "name"
    )
    agree(two, "13800138772")
    handing_over.decline(offer_of(four).id, account("13800138774"), actor=actor("13800138774"), at=LATER)
    HandOver.objects.filter(venue=three).update(asked_at=clock.now() - 2 * WEEK)
    HandOver.objects.exclude(venue=three).update(asked_at=clock.now())
    sign_in(client, cast.users["bureau"])
    page = client.get(reverse("venues:entered")).content.decode()
    assert re.findall("第(.)农贸市场</a>", page) == ["4", "3", "5", "2"]
