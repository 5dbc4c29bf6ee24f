"""The prevention group, the paired hospital and the supplies of a contract: within reach, dated, kept."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from outpost.audit.editing import seen
from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.errors import Refusal
from outpost.sites.actions import SEE_PREVENTION
from outpost.sites.models import Contract
from outpost.sites.models.prevention import GroupMember, Hospital, SupplyItem, SupplyMovement
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.contracts import contract_seen
from outpost.sites.rules.prevention import LOW_DAYS, SupplyState, Unit
from outpost.sites.services import prevention, supplies
from outpost.sites.services.supplies import ItemFacts, Movement
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.prevention_files import HOSPITAL, TODAY, joined, masks, member, moved
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(contract_row(1), actor=cast_of_file.actor("command"))


@pytest.fixture
def contract() -> Contract:
    return Contract.objects.get(number="HT0001")


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as found:
        act()
    assert found.value.message
    return found.value.code


def audited() -> list[str]:
    found = AuditEntry.objects.order_by("seq").values_list("action", flat=True)
    return [action for action in found if action.startswith("sites.")]


def test_a_member_is_sealed_masked_and_dated(cast: Cast, contract: Contract) -> None:
    joined(contract, actor=cast.actor("town"))
    (row,) = reads.members(contract)
    assert (row.who.name, row.who.phone) == ("甄**", "139****9001")
    stored = bytes(GroupMember.objects.get().sealed)
    assert "甄".encode() not in stored
    assert b"13900139001" not in stored
    assert audited() == ["sites.group_member_added"]


def test_a_successor_closes_the_predecessor_on_that_day(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    first = joined(contract, member(confirmed_on="2022-05-01"), actor=actor)
    second = member("乙接任", "13900139002", confirmed_on="2022-06-01")
    after = prevention.add_member(contract.id, second, succeeds=first.id, actor=actor, at=NOON)
    first.refresh_from_db()
    assert first.ended_on == date(2022, 6, 1)
    assert after.succeeds_id == first.id
    assert [row.member.id for row in reads.members(contract)] == [after.id]
    assert [row.member.id for row in reads.members(contract, is_present=False)] == [first.id]
    third = member("丙接任", "13900139003")
    again = lambda: prevention.add_member(contract.id, third, succeeds=first.id, actor=actor, at=NOON)  # noqa: E731
    assert refused(again) == "sites.nobody_to_succeed"
    early = member("丙接任", "13900139003", confirmed_on="2022-05-31")
    before = lambda: prevention.add_member(contract.id, early, succeeds=after.id, actor=actor, at=NOON)  # noqa: E731
    assert refused(before) == "sites.before_predecessor"


def test_a_change_keeps_what_stood_and_an_empty_phone(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    one = joined(contract, actor=actor)
    prevention.change_member(one.id, member("", "", role="消毒员"), actor=actor, at=NOON)
    one.refresh_from_db()
    assert reads.stated_member(one).phone == "13900139001"
    assert one.role == "消毒员"
    assert RowVersion.objects.filter(table="sites_groupmember").count() == 1
    prevention.end_member(one.id, actor=actor, at=NOON)
    assert refused(lambda: prevention.end_member(one.id, actor=actor, at=NOON)) == "sites.member_ended"
    assert (
        refused(lambda: prevention.change_member(one.id, member(), actor=actor, at=NOON))
        == "sites.member_ended"
    )
    assert audited()[-1] == "sites.group_member_ended"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (member(confirmed_on="2022-06-09"), "sites.confirmed_later"),
        (member(phone="020-84988120"), "core.phone_not_mobile"),
        (member(phone="1390013"), "core.phone_too_short"),
        (member(name=" "), "people.name_empty"),
    ],
)
def test_what_cannot_stand_in_a_group_is_refused(
    cast: Cast, contract: Contract, facts: Any, code: str
) -> None:
    assert refused(lambda: joined(contract, facts, actor=cast.actor("town"))) == code
    assert not GroupMember.objects.exists()


def test_the_second_of_two_editors_is_told(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    one = joined(contract, actor=actor)
    shown = seen(reads.edited_member(one))
    prevention.change_member(one.id, member(role="组员"), actor=actor, at=NOON)
    again = lambda: prevention.change_member(one.id, member(), actor=actor, at=NOON, seen=shown)  # noqa: E731
    assert refused(again) == "audit.edited_meanwhile"


def test_the_hospital_is_stated_once_and_restated(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    prevention.state_hospital(contract.id, HOSPITAL, actor=actor, at=NOON)
    prevention.state_hospital(contract.id, {**HOSPITAL, "name": "南沙医院"}, actor=actor, at=NOON)
    found = Hospital.objects.get()
    assert (found.name, found.phone) == ("南沙医院", "02084988120")
    assert RowVersion.objects.get(table="sites_hospital").row["name"] == "南沙中心医院"
    wrong = {**HOSPITAL, "phone": "分机8"}
    assert refused(lambda: prevention.state_hospital(contract.id, wrong, actor=actor, at=NOON)).startswith(
        "core.phone"
    )


def test_stock_is_what_came_less_what_went(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    moved(contract, 1000, ago=20, actor=actor)
    moved(contract, -700, ago=1, actor=actor)
    (row,) = reads.supplies(contract, on=TODAY)
    assert (row.stock.quantity, row.stock.days_left, row.stock.state) == (300, 3, SupplyState.LOW)
    assert reads.file_rows(Contract.objects.all(), on=TODAY)[0].facts.is_low


def test_no_entry_takes_the_stock_below_zero(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    moved(contract, 10, ago=3, actor=actor)
    with pytest.raises(Refusal) as found:
        moved(contract, -11, actor=actor)
    assert (found.value.code, found.value.fields["left"], found.value.fields["found"]) == (
        "sites.not_so_many",
        10,
        11,
    )
    assert "10" in found.value.message
    assert (
        refused(lambda: moved(contract, -1, ago=4, actor=actor)) == "sites.not_so_many"
    )  # it came the day after
    moved(contract, -10, actor=actor)
    came = SupplyMovement.objects.get(change=10)
    assert (
        refused(lambda: supplies.correct_movement(came.id, actor=actor, at=NOON)) == "sites.not_so_many"
    )  # it was used


def test_a_movement_is_taken_back_once_and_stays(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    moved(contract, 100, ago=20, actor=actor)
    moved(contract, -60, actor=actor)
    wrong = SupplyMovement.objects.get(change=-60)
    assert supplies.correct_movement(wrong.id, actor=actor, at=NOON) == contract.id
    (row,) = reads.supplies(contract, on=TODAY)
    assert (row.stock.quantity, row.stock.days_left) == (100, None)
    contrary = SupplyMovement.objects.get(corrects=wrong)
    assert (contrary.change, contrary.day) == (60, wrong.day)
    for one, code in ((wrong, "sites.corrected_already"), (contrary, "sites.is_correction")):
        assert refused(partial(supplies.correct_movement, one.id, actor=actor, at=NOON)) == code
    assert audited() == ["sites.supplies_moved", "sites.supplies_moved", "sites.supplies_corrected"]


def test_the_same_entry_twice_is_once(cast: Cast, contract: Contract) -> None:
    key = uuid4()
    for _ in range(2):
        moved(contract, 10, key=key, actor=cast.actor("town"))
    assert SupplyMovement.objects.count() == 1
    other = brought(contract_row(2), actor=cast.actor("command"))[0]
    moved(other, 10, key=key, actor=cast.actor("town"))  # another site's entry is another one
    assert SupplyMovement.objects.count() == 2


@pytest.mark.parametrize(("ago", "code"), [(-1, "sites.moved_later"), (367, "sites.moved_long_ago")])
def test_a_movement_is_of_the_last_year(cast: Cast, contract: Contract, ago: int, code: str) -> None:
    assert refused(lambda: moved(contract, 10, ago=ago, actor=cast.actor("town"))) == code


def test_the_list_of_items_is_the_districts(cast: Cast, contract: Contract) -> None:
    command, town = cast.actor("command"), cast.actor("town")
    assert supplies.ensure_items(at=NOON) == 5
    assert supplies.ensure_items(at=NOON) == 0
    gloves = ItemFacts("手套", "Gloves", Unit.BOX)
    assert refused(lambda: supplies.add_item(gloves, actor=town, at=NOON)) == "core.forbidden"
    item = supplies.add_item(gloves, actor=command, at=NOON)
    assert refused(lambda: supplies.add_item(gloves, actor=command, at=NOON)) == "sites.item_taken"
    moved(contract, 5, actor=town)
    of_masks = ItemFacts("口罩", "Masks", Unit.BOX, LOW_DAYS)
    assert (
        refused(lambda: supplies.change_item(masks().id, of_masks, actor=command, at=NOON))
        == "sites.unit_in_use"
    )
    ended = ItemFacts("手套", "Gloves", Unit.BOX, 3, is_active=False)
    supplies.change_item(item.id, ended, actor=command, at=NOON)
    entry = Movement(uuid4(), item.id, TODAY, 1)
    assert (
        refused(lambda: supplies.move_supplies(contract.id, entry, actor=town, at=NOON))
        == "sites.unknown_item"
    )
    assert SupplyItem.objects.get(id=item.id).low_days == 3


def test_nothing_of_it_is_beyond_the_towns_reach(cast: Cast, contract: Contract) -> None:
    far = brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))[0]
    town, command = cast.actor("town"), cast.actor("command")
    there = joined(far, actor=command)
    moved(far, 10, actor=command)
    entry = SupplyMovement.objects.get()
    acts: list[Callable[[], Any]] = [
        lambda: joined(far, actor=town),
        lambda: prevention.change_member(there.id, member(), actor=town, at=NOON),
        lambda: prevention.end_member(there.id, actor=town, at=NOON),
        lambda: prevention.state_hospital(far.id, HOSPITAL, actor=town, at=NOON),
        lambda: moved(far, 1, actor=town),
        lambda: supplies.correct_movement(entry.id, actor=town, at=NOON),
        lambda: contract_seen(far.id, actor=town, action=SEE_PREVENTION),
    ]
    assert [refused(act) for act in acts] == ["core.not_found"] * len(acts)
    outsider = cast.actor("principal")
    assert refused(lambda: joined(contract, actor=outsider)) == "core.forbidden"
