"""A venue and its manager: put in charge by the ledger, what they do with it, how it ends and comes back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, Session, User
from outpost.access.queries import actor_of
from outpost.audit.deletions import KEPT_FOR, deleted, restore
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Problem, Refusal
from outpost.core.rights import Role
from outpost.people.real_names import close_own_account
from outpost.testing.browsers import sent, sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import Checkpoint, Venue, VenueCode
from outpost.venues.queries.codes import codes_of
from outpost.venues.queries.venues import manager_of, own_venue, scanned
from outpost.venues.services import running
from outpost.venues.services.managers import release_rights
from outpost.venues.tests.ledger import FAR_TOWN, bring, brought, undo, venue_row

pytestmark = pytest.mark.django_db
PHONE, OTHER_PHONE, NEW_PHONE = "13700000001", "13700000002", "13800138999"
FREE_PHONE = "13700000003"
"""Of a venue that a test brings in itself."""


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


def account(phone: str) -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", phone))


def manager(phone: str = PHONE) -> Actor:
    return actor_of(account(phone), is_verified=False)


def over(phone: str) -> list[str]:
    held = Grant.objects.filter(user=account(phone), role=Role.MANAGER, revoked_at=None)
    return list(held.values_list("scope_key", flat=True))


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.problem


def gate(venue: Venue, name: str = "南门") -> Checkpoint:
    return Checkpoint.objects.get(venue=venue, name=name)


def living(venue: Venue) -> dict[str, str]:
    return {code.checkpoint: code.text for code in codes_of(venue)}


def test_the_phone_of_the_ledger_is_in_charge_of_its_venue_alone(cast: Cast, venues: list[Venue]) -> None:
    assert over(PHONE) == [str(venues[0].id)]
    assert own_venue(actor=manager()) == venues[0]
    client = Client()
    sign_in(client, account(PHONE))
    assert client.get("/", follow=True).redirect_chain[-1][0] == reverse("venues:venue", args=[venues[0].id])
    page = client.get(reverse("venues:venue", args=[venues[0].id])).content.decode()
    assert "第1农贸市场" in page
    assert reverse("venues:check_ins", args=[venues[0].id]) not in page
    assert client.get(reverse("venues:venues")).status_code == 403  # the ledger is the officers'
    for name in ("venue", "edit", "posters"):
        assert client.get(reverse(f"venues:{name}", args=[venues[1].id])).status_code == 404
    assert client.get(reverse("venues:check_ins", args=[venues[0].id])).status_code == 403
    assert client.get(reverse("exchange:new_import", args=["venues.venues"])).status_code in (403, 404)


def test_another_phone_in_the_ledger_takes_over_and_an_undo_gives_back(
    cast: Cast, venues: list[Venue]
) -> None:
    client = Client()
    sign_in(client, account(PHONE))
    task, _ = bring(venue_row(1, 管理员手机=NEW_PHONE))
    assert (over(PHONE), over(NEW_PHONE)) == ([], [str(venues[0].id)])
    assert not Session.objects.filter(user_id=account(PHONE).id).exists()
    changed = AuditEntry.objects.get(action="access.manager_changed")
    assert changed.object_id == str(venues[0].id)
    undo(task)
    assert (over(PHONE), over(NEW_PHONE)) == ([str(venues[0].id)], [])
    bring(venue_row(1))  # again as it is
    assert over(PHONE) == [str(venues[0].id)]


def test_a_venue_that_an_undone_file_takes_back_has_no_manager(cast: Cast) -> None:
    task, _ = bring(venue_row(3))
    assert len(over(FREE_PHONE)) == 1
    undo(task)
    assert over(FREE_PHONE) == []


def test_an_administrator_does_not_become_a_manager_by_a_file(cast: Cast) -> None:
    user = cast.users["auditor"]
    user.phone_hash = ring().search_hash("phone", FREE_PHONE)
    user.sealed_phone = ring().seal(FREE_PHONE.encode(), user.sealing_context)
    user.save()
    assert bring(venue_row(3), venue_row(4))[1] == (1, 0, 0, 1)


def test_a_manager_changes_the_venue_but_not_its_manager(cast: Cast, venues: list[Venue]) -> None:
    client = Client()
    sign_in(client, account(PHONE))
    where = reverse("venues:edit", args=[venues[0].id])
    typed = {
        "name": "第一农贸市场有限公司",
        "kind": "mall",
        "town": "440115100",
        "address": "港前大道9号",
        "longitude": "113.6",
        "latitude": "22.7",
        "manager_name": "某他人",
        "manager_phone": NEW_PHONE,
    }
    assert client.post(where, sent(client, where, typed)).status_code == 302
    venue = Venue.objects.get(id=venues[0].id)
    assert (venue.name, venue.kind_id, venue.region_id) == ("第一农贸市场有限公司", "mall", "440115100")
    assert manager_of(venue).phone == PHONE
    assert over(PHONE) == [str(venue.id)]
    assert AuditEntry.objects.filter(action="venues.restated", object_id=str(venue.id)).count() == 1
    half = client.post(where, sent(client, where, typed | {"latitude": ""}), follow=True)
    assert half.context["form"].errors.keys() == {"longitude"}


def test_an_officer_corrects_the_manager(cast: Cast, venues: list[Venue]) -> None:
    town = cast.actor("town")
    stated = {"name": "第1农贸市场", "kind": "market", "town": "440115001", "address": "环市大道1号"}
    running.change_venue(venues[0].id, stated | {"manager_phone": NEW_PHONE}, actor=town, at=NOON)
    assert (over(PHONE), over(NEW_PHONE)) == ([], [str(venues[0].id)])
    assert manager_of(Venue.objects.get(id=venues[0].id)).name == "甄管理"
    taken = stated | {"manager_phone": OTHER_PHONE}
    change = running.change_venue
    assert refused(lambda: change(venues[0].id, taken, actor=town, at=NOON)) is errors.MANAGES_ANOTHER
    bring(venue_row(3))
    twin = stated | {"name": "第3农贸市场"}
    assert refused(lambda: change(venues[0].id, twin, actor=town, at=NOON)) is errors.NAME_TAKEN
    assert refused(lambda: change(venues[1].id, stated, actor=town, at=NOON)) is NOT_FOUND


def test_checkpoints_open_are_renamed_and_close(cast: Cast, venues: list[Venue]) -> None:
    venue, actor = venues[0], manager()
    assert running.open_checkpoints_of(venue.id, "东门、西门", actor=actor, at=NOON) == 2
    assert list(living(venue)) == ["南门", "北门", "东门", "西门"]
    before = living(venue)["东门"]
    running.rename_checkpoint(venue.id, gate(venue, "东门").id, " 货运  通道 ", actor=actor, at=NOON)
    assert living(venue)["货运 通道"] == before
    running.close_checkpoint(venue.id, gate(venue, "货运 通道").id, actor=actor, at=NOON)
    assert list(living(venue)) == ["南门", "北门", "西门"]
    assert refused(lambda: scanned(before)) is errors.CODE_ENDED

    def opened(names: str) -> Problem:
        return refused(lambda: running.open_checkpoints_of(venue.id, names, actor=actor, at=NOON))

    def renamed(name: str) -> Problem:
        id_ = gate(venue).id
        return refused(lambda: running.rename_checkpoint(venue.id, id_, name, actor=actor, at=NOON))

    assert opened("南门、新门") is errors.CHECKPOINT_TAKEN
    assert opened("门" * 31) is errors.CHECKPOINT_TOO_LONG
    assert opened("、".join(f"{n}号门" for n in range(48))) is errors.TOO_MANY_CHECKPOINTS
    assert renamed("北门") is errors.CHECKPOINT_TAKEN
    assert renamed("甲、乙") is errors.ONE_CHECKPOINT
    running.rename_checkpoint(venue.id, gate(venue).id, "南门", actor=actor, at=NOON)
    done = AuditEntry.objects.filter(action__startswith="venues.checkpoint").values_list("action", flat=True)
    assert set(done) == {
        "venues.checkpoints_opened",
        "venues.checkpoint_renamed",
        "venues.checkpoint_closed",
    }


def test_a_new_code_ends_the_former_print(cast: Cast, venues: list[Venue]) -> None:
    venue = venues[0]
    before = living(venue)
    running.renew_code(venue.id, gate(venue).id, actor=manager(), at=NOON)
    after = living(venue)
    assert (after["南门"] != before["南门"], after["北门"]) == (True, before["北门"])
    assert refused(lambda: scanned(before["南门"])) is errors.CODE_ENDED
    assert scanned(after["南门"]).checkpoint == "南门"
    assert VenueCode.objects.filter(checkpoint=gate(venue), revoked_at=NOON).count() == 1
    assert AuditEntry.objects.get(action="venues.code_renewed").object_id == str(gate(venue).id)


def test_a_closed_venue_comes_back_with_its_codes(cast: Cast, venues: list[Venue]) -> None:
    venue, actor = venues[0], manager()
    before = living(venue)["南门"]
    running.close_venue(venue.id, actor=actor, at=NOON)
    assert refused(lambda: scanned(before)) is errors.CODE_ENDED
    assert own_venue(actor=actor) is None
    soon = NOON + timedelta(hours=1)
    (row,) = deleted(actor=actor, at=soon)
    assert deleted(actor=manager(OTHER_PHONE), at=soon) == []
    assert refused(lambda: restore(row.id, actor=manager(OTHER_PHONE), at=soon)) is NOT_FOUND
    assert restore(row.id, actor=actor, at=soon) == reverse("venues:venue", args=[venue.id])
    assert scanned(before).venue == "第1农贸市场"
    assert over(PHONE) == [str(venue.id)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"管理员手机": NEW_PHONE}, errors.NAME_TAKEN), ({"场所名称": "新市场"}, errors.MANAGER_TAKEN)],
)
def test_what_took_its_place_stands_in_the_way(
    cast: Cast, venues: list[Venue], changes: dict[str, str], problem: Problem
) -> None:
    running.close_venue(venues[0].id, actor=cast.actor("town"), at=NOON)
    bring(venue_row(1, **changes))
    (row,) = deleted(actor=cast.actor("town"), at=NOON)
    assert refused(lambda: restore(row.id, actor=cast.actor("town"), at=NOON)) is problem


ACTS: dict[str, Callable[[Venue, Actor], object]] = {
    "change": lambda venue, actor: running.change_venue(venue.id, {}, actor=actor, at=NOON),
    "open": lambda venue, actor: running.open_checkpoints_of(venue.id, "东门", actor=actor, at=NOON),
    "rename": lambda venue, actor: running.rename_checkpoint(
        venue.id, gate(venue).id, "东门", actor=actor, at=NOON
    ),
    "close a checkpoint": lambda venue, actor: running.close_checkpoint(
        venue.id, gate(venue).id, actor=actor, at=NOON
    ),
    "new code": lambda venue, actor: running.renew_code(venue.id, gate(venue).id, actor=actor, at=NOON),
    "close": lambda venue, actor: running.close_venue(venue.id, actor=actor, at=NOON),
}


@pytest.mark.promise("T2")
@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_touches_a_venue(cast: Cast, venues: list[Venue], act: str) -> None:
    other = manager(OTHER_PHONE)
    assert refused(lambda: ACTS[act](venues[0], other)) is NOT_FOUND
    for name in ("outsider", "principal", "bureau", "operator"):
        actor = cast.actor(name)
        assert refused(lambda actor=actor: ACTS[act](venues[0], actor)).status == 403  # type: ignore[misc]


def test_a_checkpoint_of_another_venue_is_not_found_in_ones_own(cast: Cast, venues: list[Venue]) -> None:
    own, foreign, actor = venues[1].id, gate(venues[0]).id, manager(OTHER_PHONE)
    for act in (running.close_checkpoint, running.renew_code):
        assert refused(lambda act=act: act(own, foreign, actor=actor, at=NOON)) is NOT_FOUND  # type: ignore[misc]
    rename = running.rename_checkpoint
    assert refused(lambda: rename(own, foreign, "东门", actor=actor, at=NOON)) is NOT_FOUND
    assert list(living(venues[0])) == ["南门", "北门"]


def test_who_closed_the_venue_may_close_the_account_once_it_comes_back_no_more(
    cast: Cast, venues: list[Venue]
) -> None:
    """The right stayed for ever, and with it the account."""
    running.close_venue(venues[0].id, actor=manager(), at=NOON)
    release, job = release_rights, Actor.system("venues.release_rights")
    assert release(actor=job, at=NOON + KEPT_FOR - timedelta(seconds=1)) == 0  # it may be opened again
    assert over(PHONE) == [str(venues[0].id)]
    assert release(actor=job, at=NOON + KEPT_FOR) == 1
    assert (over(PHONE), over(OTHER_PHONE)) == ([], [str(venues[1].id)])
    close_own_account(account(PHONE), actor=manager(), at=NOON + KEPT_FOR)
