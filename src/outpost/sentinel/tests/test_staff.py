"""Staff of an organisation: added, restated, removed, revealed."""

from datetime import date, timedelta
from typing import Any

import pytest

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core import phones
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing, use_ring
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets import errors as sheets
from outpost.fields.specs import FieldSpec
from outpost.people import errors as people
from outpost.people import rotation
from outpost.people.models import Person
from outpost.people.rules import DocumentType
from outpost.regions.queries import principal_of
from outpost.sentinel import errors
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.staff import staff_member
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.organizations import remove_organizations
from outpost.sentinel.services.revealing import reveal_staff
from outpost.sentinel.services.staff import add_staff, change_staff, remove_staff
from outpost.sentinel.tests.ledgers import actions, add, entry, id_number
from outpost.testing.cast import NOON, Cast, build_cast

LATER = NOON + timedelta(days=2)


def test_a_principal_adds_somebody(cast: Cast) -> None:
    principal = cast.actor("principal")
    member = add_staff(
        cast.near.id, entry(name="甄 测试", phone="１３９ 0000 0001"), actor=principal, at=NOON
    )
    row = staff_member(member.id, actor=principal, at=NOON)
    assert (row.name, row.phone, row.number, row.address) == (
        "甄测试",
        "13900000001",
        id_number(1),
        "金沙路8号",
    )
    assert row.joined_on == date(2022, 6, 8)
    assert Person.objects.filter(person_id=member.person_id).exists()
    assert actions() == ["sentinel.staff_added"]


def test_the_same_document_is_refused_with_the_clash(cast: Cast) -> None:
    add(cast)
    with pytest.raises(Refusal) as refused:
        add(cast, name="甄别人", phone="13900000009")
    assert refused.value.problem is errors.STAFF_DUPLICATE
    assert refused.value.fields == {
        "organization": "近岸冷链有限公司",
        "name": "甄**",
        "joined_on": "2022-06-08",
        "column": "document_number",
    }
    assert "近岸冷链有限公司" in refused.value.message
    assert StaffMember.objects.count() == 1
    add(cast, to=cast.far.id)


@pytest.mark.parametrize(
    ("changes", "problem", "column"),
    [
        ({"name": ""}, sheets.REQUIRED, "name"),
        ({"name": "1234"}, people.NAME_CHARACTERS, "name"),
        ({"phone": ""}, sheets.REQUIRED, "phone"),
        ({"phone": "139000"}, phones.TOO_SHORT, "phone"),
        ({"document_number": ""}, sheets.REQUIRED, "document_number"),
        ({"document_number": "110101190001011008"}, people.DOCUMENT_CHECK_DIGIT, "document_number"),
        (
            {"document_number": "12", "document_type": DocumentType.PASSPORT},
            people.PASSPORT_FORMAT,
            "document_number",
        ),
        ({"address": " "}, sheets.REQUIRED, "address"),
        ({"job_type": "搬" * 61}, sheets.TOO_LONG, "job_type"),
        ({"joined_on": date(2023, 7, 1)}, errors.JOINED_AHEAD, "joined_on"),
        ({"fields": {"shift": "午班"}}, sheets.UNKNOWN_CHOICE, "shift"),
    ],
)
def test_a_mistake_is_named_with_its_cell(
    cast: Cast, changes: dict[str, Any], problem: object, column: str
) -> None:
    shift = FieldSpec("shift", "班次", "choice", choices=("白班", "夜班"))
    set_field("cast-cold", "staff", shift, actor=cast.actor("command"), at=NOON)
    with pytest.raises(Refusal) as refused:
        add(cast, **changes)
    assert (refused.value.problem, refused.value.fields["column"]) == (problem, column)
    assert not StaffMember.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.promise("T2")
@pytest.mark.parametrize("who", ["town", "principal"])
def test_another_organisation_is_not_there(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    far = add(cast, to=cast.far.id)
    messages = set()
    for enrolment, member in ((cast.far.id, far.id), (new_id(), new_id())):
        for attempt in (
            lambda e=enrolment: add_staff(e, entry(2), actor=actor, at=NOON),
            lambda m=member: change_staff(m, entry(2), actor=actor, at=NOON),
            lambda m=member: remove_staff([m], actor=actor, at=NOON),
            lambda m=member: staff_member(m, actor=actor, at=NOON),
        ):
            with pytest.raises(Refusal) as refused:
                attempt()
            assert refused.value.problem is NOT_FOUND
            messages.add(str(refused.value.message))
    assert len(messages) == 1


@pytest.mark.parametrize("who", ["operator", "security", "auditor", "feeder", "outsider"])
def test_others_may_not(cast: Cast, who: str) -> None:
    for attempt in (
        lambda: add_staff(cast.near.id, entry(), actor=cast.actor(who), at=NOON),
        lambda: remove_staff([new_id()], actor=cast.actor(who), at=NOON),
        lambda: reveal_staff([new_id()], purpose="supervision", actor=cast.actor(who), at=NOON),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.problem is FORBIDDEN


def test_restating_keeps_the_earlier_version(cast: Cast) -> None:
    member = add(cast)
    changed = entry(job_type="叉车工", address="金沙路9号")
    change_staff(member.id, changed, actor=cast.actor("principal"), at=LATER)
    row = staff_member(member.id, actor=cast.actor("principal"), at=LATER)
    assert (row.job_type, row.address, row.joined_on) == ("叉车工", "金沙路9号", date(2022, 6, 8))
    kept = RowVersion.objects.get(table="sentinel_staffmember")
    assert (kept.row["job_type"], kept.cause) == ("搬运工", "sentinel.restated")
    assert actions()[-1] == "sentinel.staff_restated"


def test_an_officer_who_sees_masks_leaves_them_empty(cast: Cast) -> None:
    member = add(cast)
    blank = entry(name="", phone=" ", document_number="", address="", job_type="叉车工")
    change_staff(member.id, blank, actor=cast.actor("town"), at=LATER)
    row = staff_member(member.id, actor=cast.actor("principal"), at=LATER)
    assert (row.name, row.phone, row.number) == ("甄测试", "13900000001", id_number(1))
    assert (row.address, row.job_type) == ("金沙路8号", "叉车工")


@pytest.mark.parametrize("column", ["name", "phone", "document_number", "address"])
def test_who_sees_it_in_clear_may_not_leave_it_empty(cast: Cast, column: str) -> None:
    member, principal = add(cast), cast.actor("principal")
    with pytest.raises(Refusal) as refused:
        change_staff(member.id, {**entry(), column: " "}, actor=principal, at=LATER)
    assert (refused.value.problem, refused.value.fields["column"]) == (sheets.REQUIRED, column)
    assert not RowVersion.objects.exists()


def test_a_corrected_number_is_another_person(cast: Cast) -> None:
    member, other = add(cast), add(cast, 2)
    with pytest.raises(Refusal) as refused:
        change_staff(member.id, entry(2), actor=cast.actor("principal"), at=LATER)
    assert refused.value.problem is errors.STAFF_DUPLICATE
    change_staff(member.id, entry(3), actor=cast.actor("principal"), at=LATER)
    before = member.person_id
    member.refresh_from_db()
    assert member.person_id not in {before, other.person_id}
    assert staff_member(member.id, actor=cast.actor("principal"), at=LATER).number == id_number(3)


def test_removal_is_dated_and_somebody_may_come_back(cast: Cast) -> None:
    principal = cast.actor("principal")
    first, second = add(cast), add(cast, 2)
    assert remove_staff([first.id, second.id], actor=principal, at=LATER) == 2
    assert remove_staff([first.id], actor=principal, at=LATER) == 0
    first.refresh_from_db()
    assert first.removed_at == LATER
    assert RowVersion.objects.filter(table="sentinel_staffmember", cause="sentinel.removed").count() == 2
    with pytest.raises(Refusal):
        staff_member(first.id, actor=principal, at=LATER)
    with pytest.raises(Refusal) as refused:
        change_staff(first.id, entry(), actor=principal, at=LATER)
    assert refused.value.problem is NOT_FOUND
    again = add_staff(cast.near.id, entry(), actor=principal, at=LATER)
    assert again.id != first.id
    assert again.joined_on == date(2022, 6, 10)
    removal = AuditEntry.objects.get(action="sentinel.staff_removed")
    assert removal.count == 2
    assert set(removal.detail["staff"]) == {str(first.id), str(second.id)}


def test_one_foreign_tick_removes_nobody(cast: Cast) -> None:
    mine, far = add(cast), add(cast, 2, to=cast.far.id)
    with pytest.raises(Refusal) as refused:
        remove_staff([mine.id, far.id], actor=cast.actor("principal"), at=LATER)
    assert refused.value.problem is NOT_FOUND
    with pytest.raises(Refusal) as empty:
        remove_staff([], actor=cast.actor("principal"), at=LATER)
    assert empty.value.problem is errors.SELECTION_EMPTY
    assert not StaffMember.objects.exclude(removed_at=None).exists()


def test_a_removed_organisation_takes_nobody(cast: Cast) -> None:
    remove_organizations([cast.near.id], actor=cast.actor("command"), at=NOON)
    with pytest.raises(Refusal) as refused:
        add(cast)
    assert refused.value.problem is NOT_FOUND


@pytest.mark.promise("T4")
def test_a_look_in_clear_asks_for_a_purpose_and_is_recorded(cast: Cast) -> None:
    member, far = add(cast), add(cast, 2, to=cast.far.id)
    town = cast.actor("town")
    with pytest.raises(Refusal) as refused:
        reveal_staff([member.id], purpose="", actor=town, at=NOON)
    assert refused.value.problem is people.PURPOSE_MISSING
    with pytest.raises(Refusal) as missing:
        reveal_staff([member.id, far.id], purpose="supervision", actor=town, at=NOON)
    assert missing.value.problem is NOT_FOUND
    assert "people.revealed" not in actions()
    seen = reveal_staff([member.id], purpose="supervision", actor=town, at=NOON)[member.id]
    assert (seen.name, seen.phone, seen.number) == ("甄测试", "13900000001", id_number(1))
    look = AuditEntry.objects.get(action="people.revealed")
    assert (look.object_id, look.purpose, look.count) == (str(member.person_id), "supervision", 1)


@pytest.mark.promise("V7")
def test_the_tables_hold_nothing_in_clear(cast: Cast) -> None:
    member = add(cast)
    member.refresh_from_db()
    change_staff(member.id, entry(address="金沙路9号"), actor=cast.actor("principal"), at=LATER)
    rows = [*StaffMember.objects.values(), *Person.objects.values(), *RowVersion.objects.values("row")]
    rows += AuditEntry.objects.values()
    said = "".join(
        bytes(value).decode("latin-1") if isinstance(value, memoryview) else str(value)
        for row in rows
        for value in row.values()
    )
    for canary in ("甄测试", "13900000001", id_number(1), "金沙路"):
        assert canary not in said


@pytest.mark.promise("V7")
def test_a_new_sealing_key_takes_the_ledger_along(db: None) -> None:
    with use_ring(KeyRing.generate()) as keys:
        cast = build_cast()
        member = add(cast)
        system = Actor.system("operator")
        rotation.start_new_key(actor=system, at=NOON)
        done = rotation.rotate_sealing(actor=system, at=NOON)
        member.refresh_from_db()
        assert (done.remaining, bytes(member.sealed)[:3]) == (0, keys.sealing_prefix)
        assert staff_member(member.id, actor=cast.actor("principal"), at=NOON).phone == "13900000001"
        assert principal_of(cast.near.organization).phone == "13800138001"
