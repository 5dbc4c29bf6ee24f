"""A chain prints the posters of its branches, and of nothing else, as long as it has them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.errors import FORBIDDEN, Problem, Refusal
from outpost.core.rights import Role
from outpost.exchange import registry
from outpost.exchange import services as exchange
from outpost.exchange.errors import RIGHTS_CHANGED
from outpost.exchange.kinds import SITE
from outpost.exchange.models import Export
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import HandOver, Venue
from outpost.venues.queries.codes import codes_of
from outpost.venues.services import handing_over, naming
from outpost.venues.services.running import close_venue
from outpost.venues.tests.ledger import bring, brought, venue_row

pytestmark = pytest.mark.django_db
KIND, ORIGIN = "venues.branch_posters", "https://outpost.example.gov.cn"
HEAD_PHONE, OTHER_HEAD, BRANCH_PHONE = "13700000001", "13700000005", "13700000002"
LATER = NOON + timedelta(hours=1)


def account(phone: str) -> User:
    return open_phone_account(phone, address="", at=NOON)


def actor(phone: str) -> Actor:
    return actor_of(account(phone), is_verified=False)


@pytest.fixture
def heads(cast: Cast) -> list[Venue]:
    """Two chains; the first has two branches, the second has one."""
    found = brought(venue_row(1), venue_row(5))
    for head in found:
        naming.let_branch(head.id, 2, actor=cast.actor("town"), at=NOON)
    bring(venue_row(2), venue_row(3), actor=actor(HEAD_PHONE), kind="venues.entered")
    bring(venue_row(6), actor=actor(OTHER_HEAD), kind="venues.entered")
    return found


def shorts(*numbers: int) -> set[str]:
    venues = Venue.objects.filter(name__in=[f"第{number}农贸市场" for number in numbers])
    return {code.short for venue in venues for code in codes_of(venue)}


def printed(by: Actor, **filters: str) -> set[str]:
    kind = registry.export_kind(KIND)
    params = kind.checked(filters, by) | {SITE: ORIGIN}
    rows = list(kind.rows(params, by))
    assert len(rows) == kind.count(params, by)
    return {str(cell) for row in rows for cell in row}


def asked(by: Actor) -> Export:
    return exchange.request_export(KIND, params={}, purpose="", actor=by, at=NOON, site=ORIGIN)


def written(by: Actor) -> Export:
    task = asked(by)
    exchange.write_export(task.id, at=NOON)
    task.refresh_from_db()
    return task


def refused(task: Export, by: Actor) -> Problem:
    with pytest.raises(Refusal) as refusal:
        exchange.fetch_export(task.id, actor=by, at=LATER)
    return refusal.value.problem


def test_each_chain_prints_its_own_branches_alone(heads: list[Venue]) -> None:
    assert printed(actor(HEAD_PHONE)) & shorts(1, 2, 3, 5, 6) == shorts(2, 3)
    assert printed(actor(OTHER_HEAD)) & shorts(1, 2, 3, 5, 6) == shorts(6)
    assert printed(actor(HEAD_PHONE), name="第3") & shorts(1, 2, 3, 5, 6) == shorts(3)
    with pytest.raises(Refusal) as refusal:
        printed(actor(HEAD_PHONE), name="第6")
    assert refusal.value.problem is errors.NO_POSTERS


def test_whoever_heads_no_chain_prints_none(cast: Cast, heads: list[Venue]) -> None:
    branch = Venue.objects.get(name="第2农贸市场")
    offer = HandOver.objects.get(venue=branch, state=HandOver.WAITING)
    handing_over.take_over(offer.id, account(BRANCH_PHONE), actor=actor(BRANCH_PHONE), at=NOON)
    with pytest.raises(Refusal) as refusal:
        asked(actor(BRANCH_PHONE))
    assert refusal.value.problem is errors.NO_POSTERS
    assert shorts(2) <= printed(actor(HEAD_PHONE))
    for role in ("bureau", "town", "command", "outsider"):
        with pytest.raises(Refusal) as refusal:
            asked(cast.actor(role))
        assert refusal.value.problem is FORBIDDEN


@pytest.mark.django_db(transaction=True)
def test_it_is_asked_when_the_job_runs_and_when_the_file_is_fetched(cast: Cast, heads: list[Venue]) -> None:
    chief = actor(HEAD_PHONE)
    task = written(chief)
    assert (task.state, task.rows_total) == ("ready", 4)
    assert exchange.fetch_export(task.id, actor=chief, at=LATER).path.is_file()
    waits = asked(chief)
    close_venue(heads[0].id, actor=cast.actor("town"), at=NOON)
    assert Grant.objects.filter(user=account(HEAD_PHONE), role=Role.MANAGER, revoked_at=None).exists()
    assert refused(task, actor(HEAD_PHONE)) is RIGHTS_CHANGED
    exchange.write_export(waits.id, at=NOON)
    waits.refresh_from_db()
    assert (waits.state, (waits.refusal or {})["code"]) == ("refused", RIGHTS_CHANGED.code)
    assert AuditEntry.objects.filter(action="exchange.export_fetched").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_hands_the_head_over_fetches_no_more(cast: Cast, heads: list[Venue]) -> None:
    chief, successor = actor(HEAD_PHONE), "13800138777"
    task = written(chief)
    stated = {"manager_name": "乙", "manager_phone": successor}
    named = handing_over.name_successor(heads[0].id, stated, actor=chief, at=NOON)
    handing_over.take_over(named.id, account(successor), actor=actor(successor), at=NOON)
    assert refused(task, actor(HEAD_PHONE)) is FORBIDDEN
    assert printed(actor(successor)) & shorts(1, 2, 3, 6) == shorts(2, 3)


def test_the_list_offers_them_to_a_chain_that_has_branches(cast: Cast, heads: list[Venue]) -> None:
    where = reverse("exchange:new_export", args=[KIND])

    def page(user: User) -> str:
        client = Client(headers={"accept-language": "en"})
        sign_in(client, user)
        return client.get(f"{reverse('venues:entered')}?kind=market").content.decode()

    assert f"{where}?kind=market" in page(account(HEAD_PHONE))
    assert where not in page(cast.users["bureau"])
    (alone,) = brought(venue_row(8))
    naming.let_branch(alone.id, 2, actor=cast.actor("town"), at=NOON)
    assert where not in page(account("13700000008"))


def test_the_page_of_the_file_says_how_many_posters_it_holds(cast: Cast, heads: list[Venue]) -> None:
    client, task = Client(headers={"accept-language": "en"}), asked(actor(HEAD_PHONE))
    Export.objects.filter(id=task.id).update(state="ready", rows_done=2, expires_at=LATER, sha256="0" * 64)
    sign_in(client, account(HEAD_PHONE))
    page = client.get(reverse("exchange:export", args=[task.id])).content.decode()
    assert "<dt>Holds</dt><dd>2 posters</dd>" in page
