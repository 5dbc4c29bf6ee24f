"""Deletions in the ledgers are undone within a day: exactly what went comes back, for whoever reaches it."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from outpost.access.models import Grant
from outpost.audit import deletions
from outpost.audit.errors import DELETION_OVER
from outpost.audit.models import AuditEntry, Deletion
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.fields.errors import FIELD_NAME_TAKEN
from outpost.fields.specs import FieldSpec
from outpost.regions.errors import ORGANIZATION_EXISTS
from outpost.regions.models import Organization
from outpost.sentinel import errors
from outpost.sentinel.models import Category, CategoryField, DutySpell, Enrolment, JobRule, StaffMember
from outpost.sentinel.services import categories, category_fields
from outpost.sentinel.services.categories import JobRuleEntry
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.organizations import (
    add_organization,
    change_organization,
    remove_organizations,
)
from outpost.sentinel.services.staff import remove_staff
from outpost.sentinel.tests.ledgers import actions, add, organization_entry
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(hours=1)
EVENING = NOON + timedelta(hours=6)
NEXT_DAY = LATER + timedelta(hours=24)


def last() -> Deletion:
    return Deletion.objects.latest("deleted_at")


def restore(cast: Cast, who: str = "command", deletion: UUID | None = None) -> str:
    return deletions.restore(deletion or last().id, actor=cast.actor(who), at=EVENING)


def refused(cast: Cast, who: str = "command", deletion: UUID | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        restore(cast, who, deletion)
    return caught.value


def test_removed_people_come_back_with_their_days_off_duty(cast: Cast) -> None:
    first, second, gone_before = add(cast, 1), add(cast, 2), add(cast, 3)
    remove_staff([gone_before.id], actor=cast.actor("command"), at=NOON + timedelta(minutes=5))
    set_duty([first.id], "resting", starts_on=date(2022, 6, 8), actor=cast.actor("command"), at=NOON)
    remove_staff([first.id, second.id], actor=cast.actor("principal"), at=LATER)
    restore(cast, "principal")
    assert set(StaffMember.objects.current().values_list("id", flat=True)) == {first.id, second.id}
    assert DutySpell.objects.get().staff_id == first.id
    assert actions()[-1] == "sentinel.staff_restored"
    assert AuditEntry.objects.latest("seq").count == 2
    assert last().restored_at == EVENING


def test_putting_back_twice_changes_nothing(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    first = restore(cast)
    before = actions()
    assert restore(cast) == first
    assert actions() == before


def test_a_deletion_that_was_put_back_does_not_undo_a_later_one(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    earlier = last().id
    restore(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=EVENING + timedelta(minutes=1))
    restore(cast, deletion=earlier)
    assert not StaffMember.objects.current().exists()


def test_after_a_day_it_is_too_late(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    with pytest.raises(Refusal) as late:
        deletions.restore(last().id, actor=cast.actor("command"), at=NEXT_DAY)
    assert late.value.problem is DELETION_OVER
    assert not deletions.deleted(actor=cast.actor("command"), at=NEXT_DAY)


def test_whoever_was_entered_anew_is_not_there_twice(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    add(cast)
    refusal = refused(cast)
    assert refusal.problem is errors.STAFF_DUPLICATE
    assert last().restored_at is None


def test_people_do_not_come_back_into_a_removed_organisation(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    earlier = last().id
    remove_organizations([cast.near.id], actor=cast.actor("command"), at=LATER + timedelta(minutes=1))
    assert refused(cast, deletion=earlier).problem is errors.RESTORE_ORGANIZATION_GONE
    restore(cast)
    restore(cast, deletion=earlier)
    assert StaffMember.objects.current().get().id == member.id


@pytest.mark.parametrize("who", ["outsider", "feeder", "operator", "auditor", "security"])
def test_nobody_without_the_right_puts_back(cast: Cast, who: str) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    assert refused(cast, who).problem is NOT_FOUND
    assert not deletions.deleted(actor=cast.actor(who), at=EVENING)


def test_the_scope_is_asked_again_when_something_is_put_back(cast: Cast) -> None:
    member = add(cast, to=cast.far.id)
    remove_staff([member.id], actor=cast.actor("command"), at=LATER)
    assert refused(cast, "town").problem is NOT_FOUND
    assert refused(cast, "principal").problem is NOT_FOUND
    assert not deletions.deleted(actor=cast.actor("town"), at=EVENING)


def test_a_principal_whose_right_moved_puts_nothing_back(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("principal"), at=LATER)
    Grant.objects.filter(user=cast.users["principal"]).update(scope_key=str(cast.far.organization_id))
    assert refused(cast, "principal").problem is NOT_FOUND


def test_an_officer_of_another_bureau_puts_nothing_back(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("bureau"), at=LATER)
    Grant.objects.filter(user=cast.users["bureau"]).update(scope_key="post")
    assert refused(cast, "bureau").problem is NOT_FOUND


def test_an_act_over_two_towns_is_put_back_by_whoever_reaches_both(cast: Cast) -> None:
    both = [add(cast, 1).id, add(cast, 2, to=cast.far.id).id]
    remove_staff(both, actor=cast.actor("command"), at=LATER)
    assert refused(cast, "town").problem is NOT_FOUND
    restore(cast, "bureau")
    assert StaffMember.objects.current().count() == 2


def test_the_list_says_who_removed_whom_masked_and_when(cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("town"), at=LATER)
    (row,) = deletions.deleted(actor=cast.actor("command"), at=EVENING)
    assert (row.who, row.at, row.parts) == ("town", LATER, {"staff": 1})
    assert row.name == "甄** · 近岸冷链有限公司"
    assert "甄测试" not in str(Deletion.objects.values())


def test_an_organisation_comes_back_with_its_staff_and_its_sign_in(cast: Cast) -> None:
    enrolment = add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    stayed, left = add(cast, 1, to=enrolment.id), add(cast, 2, to=enrolment.id)
    remove_staff([left.id], actor=cast.actor("town"), at=NOON + timedelta(minutes=1))
    grant = Grant.objects.get(scope_key=str(enrolment.organization_id))
    remove_organizations([enrolment.id], actor=cast.actor("town"), at=LATER)
    assert last().parts == {"organizations": 1, "staff": 1, "sign_ins": 1}
    address = restore(cast, "town")
    assert str(enrolment.id) in address
    assert Enrolment.objects.current().filter(id=enrolment.id).exists()
    assert Organization.objects.current().filter(id=enrolment.organization_id).exists()
    assert StaffMember.objects.current().get().id == stayed.id
    held = Grant.objects.get(scope_key=str(enrolment.organization_id), revoked_at__isnull=True)
    assert held.user_id == grant.user_id
    assert actions()[-1] == "sentinel.organizations_restored"


def test_a_sign_in_that_was_taken_away_before_does_not_come_back(cast: Cast) -> None:
    enrolment = add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    mine = Grant.objects.filter(scope_key=str(enrolment.organization_id))
    mine.update(revoked_at=NOON + timedelta(minutes=1))
    remove_organizations([enrolment.id], actor=cast.actor("town"), at=LATER)
    restore(cast, "town")
    assert not mine.filter(revoked_at__isnull=True).exists()


def test_an_organisation_whose_name_was_given_again_stays_away(cast: Cast) -> None:
    enrolment = add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    remove_organizations([enrolment.id], actor=cast.actor("town"), at=LATER)
    other = add_organization(
        "cast-cold", organization_entry(name="改名前"), actor=cast.actor("town"), at=LATER
    )
    change_organization(other.id, organization_entry(), actor=cast.actor("town"), at=LATER)
    assert refused(cast, "town").problem is ORGANIZATION_EXISTS
    assert last().restored_at is None


def test_of_two_deletions_of_one_organisation_the_whole_one_comes_first(cast: Cast) -> None:
    one = add_organization("cast-cold", organization_entry(), actor=cast.actor("command"), at=NOON)
    two = add_organization("cast-courier", organization_entry(), actor=cast.actor("command"), at=NOON)
    remove_organizations([one.id], actor=cast.actor("command"), at=LATER)
    earlier = last().id
    remove_organizations([two.id], actor=cast.actor("command"), at=LATER + timedelta(minutes=1))
    assert refused(cast, deletion=earlier).problem is errors.RESTORE_ORGANIZATION_GONE
    restore(cast)
    restore(cast, deletion=earlier)
    assert Enrolment.objects.current().filter(organization=one.organization_id).count() == 2


def test_an_organisation_does_not_come_back_into_a_retired_category(cast: Cast) -> None:
    enrolment = add_organization("cast-courier", organization_entry(), actor=cast.actor("command"), at=NOON)
    remove_organizations([enrolment.id], actor=cast.actor("command"), at=LATER)
    earlier = last().id
    categories.retire_category("cast-courier", actor=cast.actor("command"), at=LATER + timedelta(minutes=1))
    assert refused(cast, deletion=earlier).problem is errors.RESTORE_CATEGORY_GONE
    restore(cast)
    restore(cast, deletion=earlier)
    assert Enrolment.objects.current().filter(id=enrolment.id).exists()


def test_a_retired_category_comes_back_unless_its_name_was_given_again(cast: Cast) -> None:
    categories.retire_category("cast-courier", actor=cast.actor("command"), at=LATER)
    twin = categories.CategoryEntry("twin", "快递（测试）")
    categories.set_category(twin, actor=cast.actor("command"), at=LATER)
    assert refused(cast).problem is errors.CATEGORY_NAME_TAKEN
    Category.objects.filter(code="twin").delete()
    restore(cast)
    assert Category.objects.get(code="cast-courier").is_active
    assert actions()[-1] == "sentinel.category_restored"


def test_an_extra_field_comes_back_unless_its_name_was_given_again(cast: Cast) -> None:
    command = cast.actor("command")
    entry = FieldSpec("vessel", "船名", "text")
    field = category_fields.set_field("cast-cold", "staff", entry, actor=command, at=NOON)
    category_fields.remove_field(field.id, actor=command, at=LATER)
    other = FieldSpec("ship", "船名", "text")
    clash = category_fields.set_field("cast-cold", "staff", other, actor=command, at=LATER)
    assert refused(cast).problem is FIELD_NAME_TAKEN
    CategoryField.objects.filter(id=clash.id).delete()
    restore(cast)
    assert CategoryField.objects.get(id=field.id).is_active
    assert actions()[-1] == "sentinel.field_restored"


def test_the_rule_of_a_job_type_comes_back_unless_it_has_another(cast: Cast) -> None:
    command = cast.actor("command")
    categories.set_job_rule(
        JobRuleEntry("cast-cold", "搬运工", "2/2", counts_days=True), actor=command, at=NOON
    )
    categories.remove_job_rule("cast-cold", "搬运工", actor=command, at=LATER)
    categories.set_job_rule(JobRuleEntry("cast-cold", "搬运工", "7/1"), actor=command, at=LATER)
    assert refused(cast).problem is errors.JOB_RULE_EXISTS
    JobRule.objects.all().delete()
    restore(cast)
    row = JobRule.objects.get()
    assert (row.job_type, row.window_days, row.least_tests, row.counts_days) == ("搬运工", 2, 2, True)
    assert actions()[-1] == "sentinel.rule_changed"


def _retire(cast: Cast) -> None:
    categories.retire_category("cast-courier", actor=cast.actor("command"), at=LATER)


def _remove_field(cast: Cast) -> None:
    spec = FieldSpec("vessel", "船名", "text")
    field = category_fields.set_field("cast-cold", "staff", spec, actor=cast.actor("command"), at=NOON)
    category_fields.remove_field(field.id, actor=cast.actor("command"), at=LATER)


def _remove_job_rule(cast: Cast) -> None:
    categories.set_job_rule(JobRuleEntry("cast-cold", "搬运工", "7/1"), actor=cast.actor("command"), at=NOON)
    categories.remove_job_rule("cast-cold", "搬运工", actor=cast.actor("command"), at=LATER)


@pytest.mark.parametrize(
    ("remove", "name", "page"),
    [
        (_retire, "快递（测试）", "/sentinel/categories/cast-courier"),
        (_remove_field, "船名（冷链（测试））", "/sentinel/categories/cast-cold"),
        (_remove_job_rule, "搬运工（冷链（测试））", "/sentinel/categories/cast-cold"),
    ],
)
def test_a_part_of_the_categories_is_put_back_once_within_a_day_by_who_edits_them(
    cast: Cast, remove: Callable[[Cast], None], name: str, page: str
) -> None:
    remove(cast)
    offered = deletions.deleted(actor=cast.actor("command"), at=EVENING)
    assert [(one.name, one.who) for one in offered] == [(name, "command")]
    for who in ("bureau", "town", "principal", "outsider"):
        assert deletions.deleted(actor=cast.actor(who), at=EVENING) == []
        assert refused(cast, who).problem is NOT_FOUND
    with pytest.raises(Refusal) as late:
        deletions.restore(last().id, actor=cast.actor("command"), at=NEXT_DAY)
    assert late.value.problem is DELETION_OVER
    assert restore(cast) == page
    done = actions()
    assert restore(cast) == page
    assert actions() == done
