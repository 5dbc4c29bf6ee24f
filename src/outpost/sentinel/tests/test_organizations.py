"""Organisations of a category: entered, restated, removed, and the principal's sign-in that follows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from outpost.access.models import Grant
from outpost.audit.models import AuditEntry, RowVersion
from outpost.core import phones
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets import errors as sheets
from outpost.fields.errors import FIELD_GONE
from outpost.fields.specs import FieldSpec
from outpost.regions import errors as regions
from outpost.regions.models import Organization
from outpost.regions.queries import principal_of
from outpost.sentinel import errors
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.organizations import (
    add_organization,
    change_organization,
    remove_organizations,
)
from outpost.sentinel.tests.ledgers import actions, add, organization_entry
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(hours=1)


def holders(organization_id: UUID) -> set[bytes]:
    """Phone hashes of the accounts that hold the principal's right over an organisation."""
    found = Grant.objects.filter(role="principal", scope_key=str(organization_id), revoked_at__isnull=True)
    return {bytes(grant.user.phone_hash or b"") for grant in found.select_related("user")}


def of_phone(phone: str) -> bytes:
    return ring().search_hash("phone", phone)


def test_an_organisation_is_entered_and_its_principal_may_sign_in(cast: Cast) -> None:
    enrolment = add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    organization = Organization.objects.get(id=enrolment.organization_id)
    assert (organization.name, organization.region_id) == ("新岸冷库", "440115001")
    assert principal_of(organization).phone == "13800138009"
    assert holders(organization.id) == {of_phone("13800138009")}
    assert actions()[-1] == "sentinel.organization_entered"


def test_it_does_not_enter_twice(cast: Cast) -> None:
    add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    with pytest.raises(Refusal) as refused:
        add_organization("cast-cold", organization_entry(), actor=cast.actor("command"), at=NOON)
    assert refused.value.problem is errors.ORGANIZATION_DUPLICATE
    assert refused.value.fields["column"] == "name"
    assert Organization.objects.filter(name="新岸冷库").count() == 1


def test_one_organisation_stands_in_two_categories(cast: Cast) -> None:
    first = add_organization("cast-cold", organization_entry(), actor=cast.actor("command"), at=NOON)
    second = add_organization(
        "cast-courier",
        organization_entry(principal_phone="13800138010"),
        actor=cast.actor("command"),
        at=NOON,
    )
    assert first.organization_id == second.organization_id
    assert holders(first.organization_id) == {of_phone("13800138010")}
    assert RowVersion.objects.filter(table="regions_organization").count() == 1


def enter(actor: Actor, /, category: str = "cast-cold", **changes: Any) -> Enrolment:
    return add_organization(category, organization_entry(**changes), actor=actor, at=NOON)


@pytest.mark.parametrize(
    ("who", "changes", "problem"),
    [
        ("principal", {}, FORBIDDEN),
        ("outsider", {}, FORBIDDEN),
        ("operator", {}, FORBIDDEN),
        ("bureau", {"category": "cast-courier"}, NOT_FOUND),
        ("command", {"category": "nothing"}, NOT_FOUND),
        ("town", {"town": "万顷沙镇"}, regions.TOWN_OUT_OF_REACH),
        ("command", {"town": "五山街道"}, regions.TOWN_UNKNOWN),
        ("command", {"grid": "第九网格"}, regions.GRID_UNKNOWN),
        ("command", {"name": " "}, sheets.REQUIRED),
        ("command", {"address": ""}, sheets.REQUIRED),
        ("command", {"principal_name": ""}, sheets.REQUIRED),
        ("command", {"principal_phone": "1380013800"}, phones.TOO_SHORT),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, who: str, changes: dict[str, Any], problem: object) -> None:
    with pytest.raises(Refusal) as refused:
        enter(cast.actor(who), **changes)
    assert refused.value.problem is problem
    assert Enrolment.objects.count() == 2
    assert actions() == []


def test_a_bureau_enters_into_its_own_category_anywhere(cast: Cast) -> None:
    enrolment = add_organization(
        "cast-cold", organization_entry(town="万顷沙镇"), actor=cast.actor("bureau"), at=NOON
    )
    assert enrolment.organization.region_id == "440115100"


def test_extra_fields_are_checked_and_kept(cast: Cast) -> None:
    rooms = FieldSpec("rooms", "房间数", "number", is_required=True)
    set_field("cast-cold", "organization", rooms, actor=cast.actor("command"), at=NOON)
    with pytest.raises(Refusal) as refused:
        add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    assert (refused.value.problem, refused.value.fields["column"]) == (sheets.REQUIRED, "rooms")
    foreign = organization_entry(fields={"rooms": "12", "status": "owner"})
    with pytest.raises(Refusal) as refused:
        add_organization("cast-cold", foreign, actor=cast.actor("town"), at=NOON)
    assert refused.value.problem is FIELD_GONE
    entry = organization_entry(fields={"rooms": "12"})
    assert add_organization("cast-cold", entry, actor=cast.actor("town"), at=NOON).fields == {"rooms": 12}


def test_restating_moves_the_account_and_keeps_the_earlier_version(cast: Cast) -> None:
    assert holders(cast.near.organization_id) == {of_phone("13800138001")}
    entry = organization_entry(name="近岸冷链有限公司", principal_phone="13800138011")
    change_organization(cast.near.id, entry, actor=cast.actor("town"), at=LATER)
    organization = Organization.objects.get(id=cast.near.organization_id)
    assert principal_of(organization).phone == "13800138011"
    assert organization.address == "港前大道9号"
    assert holders(organization.id) == {of_phone("13800138011")}
    kept = RowVersion.objects.get(table="regions_organization")
    assert kept.row["address"] == "环市大道1号"
    assert "sentinel.organization_restated" in actions()


def test_an_empty_principal_keeps_what_stands(cast: Cast) -> None:
    entry = organization_entry(name="近岸冷链", principal_name="", principal_phone="")
    change_organization(cast.near.id, entry, actor=cast.actor("bureau"), at=LATER)
    organization = Organization.objects.get(id=cast.near.organization_id)
    principal = principal_of(organization)
    assert (organization.name, principal.name, principal.phone) == ("近岸冷链", "甄近安", "13800138001")


def test_a_name_that_is_taken_in_the_town_is_refused(cast: Cast) -> None:
    other = add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    with pytest.raises(Refusal) as refused:
        change_organization(
            other.id, organization_entry(name="近岸冷链有限公司"), actor=cast.actor("town"), at=LATER
        )
    assert refused.value.problem is regions.ORGANIZATION_EXISTS


def test_outside_the_scope_there_is_nothing(cast: Cast) -> None:
    town = cast.actor("town")
    for missing in (cast.far.id, new_id()):
        with pytest.raises(Refusal) as refused:
            change_organization(missing, organization_entry(), actor=town, at=NOON)
        assert refused.value.problem is NOT_FOUND
        with pytest.raises(Refusal) as refused:
            remove_organizations([cast.near.id, missing], actor=town, at=NOON)
        assert refused.value.problem is NOT_FOUND
    assert not Enrolment.objects.exclude(removed_at=None).exists()
    with pytest.raises(Refusal) as refused:
        change_organization(cast.near.id, organization_entry(town="万顷沙镇"), actor=town, at=NOON)
    assert refused.value.problem is regions.TOWN_OUT_OF_REACH


def test_removing_takes_staff_and_account_along(cast: Cast) -> None:
    member = add(cast)
    far = add(cast, 2, to=cast.far.id)
    command = cast.actor("command")
    assert remove_organizations([cast.near.id], actor=command, at=LATER) == 1
    assert remove_organizations([cast.near.id], actor=command, at=LATER) == 0
    member.refresh_from_db()
    assert member.removed_at == LATER
    assert Organization.objects.get(id=cast.near.organization_id).removed_at == LATER
    assert holders(cast.near.organization_id) == set()
    assert list(StaffMember.objects.current().values_list("id", flat=True)) == [far.id]
    entry = AuditEntry.objects.get(action="sentinel.organizations_removed")
    assert (entry.count, entry.detail["staff"]) == (1, 1)
    with pytest.raises(Refusal) as refused:
        change_organization(cast.near.id, organization_entry(), actor=command, at=LATER)
    assert refused.value.problem is NOT_FOUND


def test_an_organisation_of_another_category_remains(cast: Cast) -> None:
    entry = organization_entry(name="近岸冷链有限公司", principal_phone="13800138001")
    add_organization("cast-courier", entry, actor=cast.actor("command"), at=NOON)
    remove_organizations([cast.near.id], actor=cast.actor("command"), at=LATER)
    assert Organization.objects.get(id=cast.near.organization_id).removed_at is None
    assert holders(cast.near.organization_id) == {of_phone("13800138001")}


def test_nothing_ticked_is_said(cast: Cast) -> None:
    with pytest.raises(Refusal) as refused:
        remove_organizations([], actor=cast.actor("town"), at=NOON)
    assert refused.value.problem is errors.SELECTION_EMPTY


def test_entered_again_after_removal_it_is_a_new_one(cast: Cast) -> None:
    command = cast.actor("command")
    remove_organizations([cast.near.id], actor=command, at=NOON)
    again = add_organization(
        "cast-cold", organization_entry(name="近岸冷链有限公司"), actor=command, at=LATER
    )
    assert again.organization_id != cast.near.organization_id


@pytest.mark.promise("T7")
def test_the_audit_names_nobody(cast: Cast) -> None:
    add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    said = "".join(str(row) for row in AuditEntry.objects.values_list("detail", "object_id", "purpose"))
    assert "甄新岸" not in said
    assert "13800138009" not in said
