"""Who holds an organisation in use changes on a second word only (hole 1 of the attack)."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.exchange import queries
from outpost.exchange.models import Import
from outpost.notifications.models import InboxMessage
from outpost.people import watching
from outpost.people.services import record_own_staff_seen
from outpost.regions.models import Organization, PrincipalChange
from outpost.regions.queries import principal_of
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.principals import waiting_changes
from outpost.sentinel.services.organizations import add_organization, change_organization
from outpost.sentinel.services.principals import decide_principal
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    add,
    confirm,
    counts,
    csv_file,
    organization_entry,
    send,
    undo,
)
from outpost.sentinel.tests.pages import browser, text
from outpost.sentinel.tests.test_organizations import holders, of_phone
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("T9")

OLD, NEW = "13800138001", "13800138066"
LATER = NOON + timedelta(hours=1)
ROW = ("近岸冷链有限公司", "南沙街道", "甄新主", NEW, "环市大道1号")


@pytest.fixture
def used(cast: Cast) -> Cast:
    """The near organisation has staff."""
    add(cast)
    return cast


def ask(cast: Cast, who: str = "town") -> PrincipalChange:
    entry = organization_entry(
        name="近岸冷链有限公司", address="环市大道1号", principal_name="甄新主", principal_phone=NEW
    )
    change_organization(cast.near.id, entry, actor=cast.actor(who), at=NOON)
    return PrincipalChange.objects.get(state="waiting")


def phone(cast: Cast) -> str:
    return principal_of(Organization.objects.get(id=cast.near.organization_id)).phone


def agree(change: PrincipalChange, actor: Actor) -> None:
    decide_principal(change.id, is_agreed=True, actor=actor, at=LATER)


def test_another_phone_waits(used: Cast) -> None:
    ask(used)
    assert phone(used) == OLD
    assert holders(used.near.organization_id) == {of_phone(OLD)}
    assert not User.objects.filter(phone_hash=of_phone(NEW)).exists()


@pytest.mark.parametrize("who", ["principal", "command", "bureau"])
def test_the_present_one_or_a_second_officer_lets_it_happen(used: Cast, who: str) -> None:
    change = ask(used)
    agree(change, used.actor(who))
    assert phone(used) == NEW
    assert holders(used.near.organization_id) == {of_phone(NEW)}
    row = AuditEntry.objects.get(action="access.principal_changed")
    assert row.object_id == str(used.near.organization_id)
    new = User.objects.get(phone_hash=of_phone(NEW))
    assert row.detail == {"from": str(used.users["principal"].id), "to": str(new.id)}
    with pytest.raises(Refusal):
        agree(change, used.actor("command"))


@pytest.mark.parametrize("who", ["town", "outsider", "security", "operator", "far"])
def test_nobody_else_has_a_word_in_it(used: Cast, who: str) -> None:
    change = ask(used)
    far = {
        "sentinel.edit_staff": used.actor("principal").reach("sentinel.edit_staff").without("organization")
    }
    actor = Actor("user:far", "far", far) if who == "far" else used.actor(who)
    for deciding in (actor, Actor.system("import")):
        with pytest.raises(Refusal) as refused:
            agree(change, deciding)
        assert refused.value.problem is NOT_FOUND
    assert phone(used) == OLD


def test_declined_it_stays(used: Cast) -> None:
    decide_principal(ask(used).id, is_agreed=False, actor=used.actor("principal"), at=LATER)
    assert phone(used) == OLD
    assert not waiting_changes(actor=used.actor("command"))


def test_both_and_the_second_officers_are_told(used: Cast) -> None:
    used.users["principal"].last_login = NOON
    used.users["principal"].save()
    ask(used)
    told = InboxMessage.objects.filter(template="sentinel.principal_asked")
    names = set(User.objects.filter(id__in=told.values("user")).values_list("username", flat=True))
    assert names == {"principal", "command", "bureau"}


def checked(cast: Cast, folder: Path, actor: Actor, category: str = "cast-cold") -> Import:
    path = csv_file(folder / "主体.csv", ORGANIZATION_HEADER, [ROW])
    return send(path, "sentinel.organizations", {"category": category}, actor=actor)


@pytest.mark.parametrize("who", ["town", "bureau", "system"])
def test_in_a_file_it_waits_too(used: Cast, tmp_path: Path, who: str) -> None:
    actor = Actor.system("import") if who == "system" else used.actor(who)
    task = checked(used, tmp_path, actor)
    if who != "system":
        assert counts(task) == (0, 1, 0, 0)
        (listed,) = queries.replaced_rows(task, actor=actor, first=0, size=20)
        assert ("138****8001", True) in {(d.before, "138****8066" in d.after) for d in listed.differences}
        confirm(task, actor=actor)
        assert phone(used) == OLD
        (row,) = waiting_changes(actor=used.actor("command"))
        assert (row.asked.phone, row.may_decide) == ("138****8066", True)
        assert counts(checked(used, tmp_path, actor)) == (0, 0, 1, 0)
        undo(task, actor=actor)
        assert not waiting_changes(actor=used.actor("command"))
    else:
        entry = organization_entry(name="近岸冷链有限公司", principal_phone=NEW)
        add_organization("cast-courier", entry, actor=actor, at=NOON)
        assert phone(used) == OLD


def test_an_undo_does_not_put_out_whom_others_rely_on(cast: Cast, tmp_path: Path) -> None:
    town = cast.actor("town")
    task = confirm(checked(cast, tmp_path, town), actor=town)
    assert phone(cast) == NEW
    add(cast)
    undo(task, actor=town)
    assert phone(cast) == NEW
    assert holders(cast.near.organization_id) == {of_phone(NEW)}


def test_staff_that_came_after_the_check_stop_the_file(cast: Cast, tmp_path: Path) -> None:
    town = cast.actor("town")
    task = checked(cast, tmp_path, town)
    add(cast)
    assert (confirm(task, actor=town).refusal or {})["code"] == "sentinel.table_changed"
    assert phone(cast) == OLD


def test_the_first_looks_of_a_new_principal_are_watched(used: Cast) -> None:
    agree(ask(used), used.actor("command"))
    new = actor_of(User.objects.get(phone_hash=of_phone(NEW)), is_verified=True)
    seen = set(StaffMember.objects.values_list("person_id", flat=True))
    record_own_staff_seen(seen, actor=new, at=LATER)
    looks = [look for look in watching.looks_of(LATER.date()) if look.who == new.id]
    assert [look.people for look in looks] == [frozenset(map(str, seen))]
    later = LATER + timedelta(days=8)
    record_own_staff_seen(seen, actor=new, at=later)
    assert not [look for look in watching.looks_of(later.date()) if look.who == new.id]


def test_the_present_principal_declines_on_the_page(used: Cast) -> None:
    change = ask(used)
    client = browser(used, "principal")
    shown = text(client.get(reverse("sentinel:principals")))
    assert "138****8066" in shown
    assert NEW not in shown
    assert "second word" in text(client.get(reverse("sentinel:organization", args=[used.near.id])))
    client.post(reverse("sentinel:decline_principal", args=[change.id]))
    change.refresh_from_db()
    assert change.state == "declined"
