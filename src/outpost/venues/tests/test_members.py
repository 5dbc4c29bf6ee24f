"""检测员: who joins by the manager's code, and whose right ends at once when they are unbound."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, Session, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Problem, Refusal
from outpost.core.rights import Role
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.codes import JOIN, code_text
from outpost.venues.models import JoinCode, Member, Venue
from outpost.venues.queries import members
from outpost.venues.services import handing_over, joining
from outpost.venues.services.running import close_venue
from outpost.venues.tests.ledger import FAR_TOWN, brought, venue_row

pytestmark = pytest.mark.django_db
MANAGER, OTHER_MANAGER, PHONE = "13700000001", "13700000002", "13800138999"
LATER = NOON + timedelta(hours=1)


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


def account(phone: str = PHONE) -> User:
    return User.objects.filter(phone_hash=ring().search_hash("phone", phone)).first() or open_phone_account(
        phone, address="", at=NOON
    )


def actor(phone: str = PHONE) -> Actor:
    return actor_of(account(phone), is_verified=False)


def code(venue: Venue, *, days: int = 7, most: int = 20, by: str = MANAGER, hours: int = 0) -> str:
    at = NOON + timedelta(hours=hours)
    made = joining.renew_join_code(venue.id, days=days, most=most, actor=actor(by), at=at)
    return code_text(ring(), made.id, JOIN)


def join(text: str, phone: str = PHONE, *, hours: int = 1) -> Venue:
    at = NOON + timedelta(hours=hours)
    return joining.join(text, "检测 一", account(phone), actor=actor(phone), at=at)


def signed_in(phone: str = PHONE) -> Client:
    client = Client(headers={"accept-language": "en"})
    sign_in(client, account(phone))
    return client


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def over(phone: str = PHONE) -> list[str]:
    held = Grant.objects.filter(user=account(phone), role=Role.INSPECTOR, revoked_at=None)
    return list(held.values_list("scope_key", flat=True))


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


def test_who_opens_the_code_joins_once(venues: list[Venue]) -> None:
    text = code(venues[0])
    assert join(text) == join(text) == venues[0]
    assert over() == [str(venues[0].id)]
    (row,) = members.member_rows(venues[0])
    assert (row.who.name, row.who.phone) == ("检**", "138****8999")
    assert AuditEntry.objects.filter(action="venues.member_joined").count() == 1
    assert members.member_rows(venues[1]) == []


@pytest.mark.promise("T9")
def test_a_code_that_is_renewed_expired_full_or_foreign_lets_nobody_in(venues: list[Venue]) -> None:
    former = code(venues[0])
    text = code(venues[0], most=1)
    assert refused(lambda: join(former)) == errors.JOIN_CODE_ENDED
    assert refused(lambda: join(text, hours=7 * 24)) == errors.JOIN_CODE_ENDED
    assert refused(lambda: join(("B" if text[0] == "A" else "A") + text[1:])) == errors.JOIN_CODE_UNKNOWN
    join(text)
    assert refused(lambda: join(text, "13800138998")) == errors.JOIN_CODE_FULL
    assert (over(), over("13800138998")) == ([str(venues[0].id)], [])
    close_venue(venues[0].id, actor=actor(MANAGER), at=LATER)
    assert refused(lambda: join(text, "13800138998")) == errors.JOIN_CODE_ENDED


@pytest.mark.promise("A4")
def test_unbinding_ends_right_and_sessions_at_once(venues: list[Venue]) -> None:
    join(code(venues[0]))
    browser = signed_in()
    assert browser.get(reverse("venues:work")).status_code == 200
    (member,) = Member.objects.all()
    assert (
        refused(lambda: joining.unbind(venues[1].id, member.id, actor=actor(MANAGER), at=LATER)) == NOT_FOUND
    )
    assert refused(lambda: joining.unbind(venues[0].id, member.id, actor=actor(), at=LATER)) == FORBIDDEN
    stranger = actor(OTHER_MANAGER)
    assert refused(lambda: joining.unbind(venues[0].id, member.id, actor=stranger, at=LATER)) == NOT_FOUND
    joining.unbind(venues[0].id, member.id, actor=actor(MANAGER), at=LATER)
    assert over() == []
    assert not Session.objects.filter(user_id=account().id).exists()
    assert browser.get(reverse("venues:work")).status_code == 302
    join(code(venues[0], hours=2), hours=3)
    assert over() == [str(venues[0].id)]


def test_who_was_unbound_joins_by_a_new_code_alone(venues: list[Venue]) -> None:
    text = code(venues[0])
    join(text)
    (member,) = members.members_of(venues[0])
    joining.unbind(venues[0].id, member.id, actor=actor(MANAGER), at=NOON + timedelta(hours=2))
    with pytest.raises(Refusal) as refused:
        join(text, hours=3)
    assert refused.value.problem is errors.JOIN_CODE_LEFT
    assert over() == []
    assert join(code(venues[0], hours=4), hours=5) == venues[0]


def test_one_leaves_and_the_manager_can_inspect_too(venues: list[Venue]) -> None:
    joining.join_as_manager(venues[0].id, actor=actor(MANAGER), at=NOON)
    joining.join_as_manager(venues[0].id, actor=actor(MANAGER), at=NOON)
    assert over(MANAGER) == [str(venues[0].id)]
    (member,) = Member.objects.all()
    leave = joining.leave
    assert refused(lambda: leave(member.id, account(), actor=actor(), at=LATER)) == NOT_FOUND
    leave(member.id, account(MANAGER), actor=actor(MANAGER), at=LATER)
    assert over(MANAGER) == []
    managed = Grant.objects.filter(user=account(MANAGER), role=Role.MANAGER, revoked_at=None)
    assert managed.count() == 1


def test_from_the_managers_page_to_the_inspectors(venues: list[Venue]) -> None:
    manager, page = signed_in(MANAGER), reverse("venues:members", args=[venues[0].id])
    assert "Nobody inspects here yet" in page_of(manager, page)
    assert manager.post(page, {"days": "40", "most": "0"}).status_code == 302
    assert JoinCode.objects.count() == 0
    manager.post(page, {"days": "7", "most": "20"})
    found = members.join_code_of(venues[0], at=clock.now())
    assert found is not None
    assert found.short in page_of(manager, page)
    svg = manager.get(reverse("venues:join_code_svg", args=[venues[0].id]))
    assert svg["Content-Type"] == "image/svg+xml"
    link = reverse("join:code", args=[found.text])
    assert Client().get(link).status_code == 302
    inspector = signed_in()
    assert inspector.get(reverse("join:typed"), {"code": found.short})["Location"] == link
    assert venues[0].name in page_of(inspector, link)
    assert inspector.post(link, {"name": "检测一"})["Location"] == reverse("venues:work")
    assert venues[0].name in page_of(inspector, reverse("venues:work"))
    assert inspector.get(reverse("venues:flow", args=[venues[0].id])).status_code == 200
    assert inspector.get(reverse("venues:flow", args=[venues[1].id])).status_code == 404
    assert inspector.get(reverse("venues:venue", args=[venues[0].id])).status_code == 403
    assert inspector.get(reverse("join:code", args=["A" * 45])).status_code == 404
    (row,) = Member.objects.all()
    assert inspector.post(reverse("venues:leave", args=[row.id]))["Location"] == reverse("web:my")


def test_an_inspector_who_is_named_to_take_over_reads_so_where_they_begin(venues: list[Venue]) -> None:
    join(code(venues[0]))
    inspector = signed_in()
    begins = page_of(inspector, inspector.get("/")["Location"])
    assert reverse("venues:offers") not in begins
    assert f'href="{reverse("web:my")}"' in begins  # their own pass and the rest of 我的
    stated = {"manager_name": "检测一", "manager_phone": PHONE}
    handing_over.name_successor(venues[0].id, stated, actor=actor(MANAGER), at=clock.now())
    assert reverse("venues:offers") in page_of(inspector, reverse("venues:work"))


def test_a_manager_who_unbinds_themselves_stays_signed_in(venues: list[Venue]) -> None:
    manager, page = signed_in(MANAGER), reverse("venues:members", args=[venues[0].id])
    manager.post(reverse("venues:join_own", args=[venues[0].id]))
    (own,) = Member.objects.all()
    assert manager.post(reverse("venues:unbind", args=[venues[0].id, own.id]))["Location"] == page
    assert over(MANAGER) == []
    assert "Nobody inspects here yet" in page_of(manager, page)
