"""Categories and their fields: set, changed, taken out of use."""

from dataclasses import asdict
from typing import Any

import pytest

from outpost.audit.models import AuditEntry
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.fields import errors as field_errors
from outpost.fields.specs import FieldSpec
from outpost.sentinel import errors
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category, CategoryField
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.services.categories import (
    CategoryEntry,
    retire_category,
    set_category,
)
from outpost.sentinel.services.category_fields import remove_field, set_field
from outpost.sentinel.services.templates import TEMPLATES, ensure_templates
from outpost.sentinel.tests.ledgers import actions, add
from outpost.testing.cast import NOON, Cast

PORT = CategoryEntry("ferry", "轮渡", "3/2", "market")
SHIFT = FieldSpec("shift", "班次", "choice", "Shift", ("白班", "夜班"))


def test_a_category_is_made_with_its_rule(cast: Cast) -> None:
    category = set_category(PORT, actor=cast.actor("command"), at=NOON)
    category.refresh_from_db()
    assert (category.window_days, category.least_tests, category.department_id) == (3, 2, "market")
    assert actions() == ["sentinel.category_set", "sentinel.rule_changed"]
    rule = AuditEntry.objects.get(action="sentinel.rule_changed")
    assert (rule.object_id, rule.detail) == ("ferry", {"before": "off", "after": "3/2"})


def test_a_repetition_changes_no_rule(cast: Cast) -> None:
    for _ in range(2):
        set_category(PORT, actor=cast.actor("command"), at=NOON)
    assert actions().count("sentinel.rule_changed") == 1
    assert Category.objects.filter(code="ferry").count() == 1


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({"rule": "off"}, "off"),
        ({"rule": "７／１"}, "7/1"),
        ({"counts_days": True}, "3/2 days"),
        ({"judges_new_joiners": True}, "3/2 joiners"),
    ],
)
def test_every_change_of_the_rule_is_in_the_audit(cast: Cast, changes: dict[str, Any], after: str) -> None:
    set_category(PORT, actor=cast.actor("command"), at=NOON)
    changed = {"code": "ferry", "name": "轮渡", "rule": "3/2", "department": "market"} | changes
    set_category(CategoryEntry(**changed), actor=cast.actor("command"), at=NOON)
    last = AuditEntry.objects.filter(action="sentinel.rule_changed").latest("seq")
    assert last.detail == {"before": "3/2", "after": after}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": "Ferry 1"}, errors.CATEGORY_CODE_FORM),
        ({"name": " "}, errors.CATEGORY_NAME_EMPTY),
        ({"name": "冷链（测试）"}, errors.CATEGORY_NAME_TAKEN),
        ({"department": "nobody"}, errors.DEPARTMENT_UNKNOWN),
        ({"rule": "often"}, errors.RULE_FORMAT),
        ({"rule": "40/1"}, errors.RULE_WINDOW),
        ({"rule": "3/0"}, errors.RULE_LEAST),
        ({"rule": "2/3", "counts_days": True}, errors.RULE_DAYS),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], problem: object) -> None:
    values = {"code": "ferry", "name": "轮渡", "rule": "3/2", "department": "market"} | changes
    with pytest.raises(Refusal) as refused:
        set_category(CategoryEntry(**values), actor=cast.actor("command"), at=NOON)
    assert refused.value.problem is problem
    assert refused.value.message
    assert actions() == []


@pytest.mark.parametrize("who", ["town", "bureau", "principal", "operator", "security", "outsider"])
def test_only_the_command_office_sets_rules(cast: Cast, who: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_category(PORT, actor=cast.actor(who), at=NOON)
    assert refused.value.problem is FORBIDDEN


def test_a_category_in_use_stays(cast: Cast) -> None:
    command = cast.actor("command")
    with pytest.raises(Refusal) as refused:
        retire_category("cast-cold", actor=command, at=NOON)
    assert refused.value.fields == {"organizations": 2}
    retire_category("cast-courier", actor=command, at=NOON)
    retire_category("cast-courier", actor=command, at=NOON)
    assert actions() == ["sentinel.category_retired"]
    assert [one.code for one in queries.categories(actor=command, action="sentinel.see_staff")] == [
        "cast-cold"
    ]
    with pytest.raises(Refusal) as missing:
        retire_category("nothing", actor=command, at=NOON)
    assert missing.value.problem is NOT_FOUND


def test_who_meets_which_category(cast: Cast) -> None:
    def met(who: str) -> list[str]:
        return [one.code for one in queries.categories(actor=cast.actor(who), action="sentinel.see_staff")]

    assert met("command") == met("town") == ["cast-cold", "cast-courier"]
    assert met("bureau") == met("principal") == ["cast-cold"]
    assert met("outsider") == met("operator") == []
    with pytest.raises(Refusal) as refused:
        queries.category("cast-courier", actor=cast.actor("bureau"), action="sentinel.see_staff")
    assert refused.value.problem is NOT_FOUND


def test_a_field_is_added_changed_removed_and_brought_back(cast: Cast) -> None:
    command = cast.actor("command")
    row = set_field("cast-cold", "staff", SHIFT, actor=command, at=NOON)
    assert [spec.code for spec in queries.fields_of("cast-cold", "staff")] == ["shift"]
    assert queries.table("cast-cold", Audience.STAFF).columns[-1].zh == "班次"
    remove_field(row.id, actor=command, at=NOON)
    remove_field(row.id, actor=command, at=NOON)
    assert queries.fields_of("cast-cold", "staff") == ()
    again = set_field("cast-cold", "staff", SHIFT, actor=command, at=NOON)
    assert again.id == row.id
    assert actions() == ["sentinel.field_set", "sentinel.field_removed", "sentinel.field_set"]
    with pytest.raises(Refusal) as refused:
        remove_field(new_id(), actor=command, at=NOON)
    assert refused.value.problem is NOT_FOUND


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": "Shift!"}, field_errors.FIELD_CODE_FORM),
        ({"name": ""}, field_errors.FIELD_NAME_EMPTY),
        ({"name": "手机号码"}, field_errors.FIELD_NAME_TAKEN),
        ({"code": "phone"}, field_errors.FIELD_NAME_TAKEN),
        ({"kind": "picture"}, field_errors.FIELD_KIND),
        ({"audience": "visitors"}, errors.FIELD_AUDIENCE),
        ({"choices": ("白班",)}, field_errors.FIELD_CHOICES),
        ({"choices": ("白班", "白班")}, field_errors.FIELD_CHOICES),
        ({"category": "nothing"}, NOT_FOUND),
    ],
)
def test_a_field_that_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], problem: object) -> None:
    values = {"category": "cast-cold", "audience": "staff", **asdict(SHIFT), **changes}
    with pytest.raises(Refusal) as refused:
        set_field(
            values.pop("category"),
            values.pop("audience"),
            FieldSpec(**values),
            actor=cast.actor("command"),
            at=NOON,
        )
    assert refused.value.problem is problem
    assert not CategoryField.objects.filter(is_active=True).exists()


def test_the_kind_of_a_field_in_use_stays(cast: Cast) -> None:
    set_field("cast-cold", "staff", SHIFT, actor=cast.actor("command"), at=NOON)
    add(cast, fields={"shift": "夜班"})
    with pytest.raises(Refusal) as refused:
        set_field(
            "cast-cold", "staff", FieldSpec("shift", "班次", "text"), actor=cast.actor("command"), at=NOON
        )
    assert refused.value.problem is field_errors.FIELD_KIND_FIXED


def test_templates_are_made_once_and_edits_stay(cast: Cast) -> None:
    command = cast.actor("command")
    assert ensure_templates(region="440115", actor=command, at=NOON) == len(TEMPLATES) == 12
    cold = Category.objects.get(code="cold-chain")
    assert (cold.window_days, cold.least_tests, cold.department_id) == (3, 2, "market")
    assert len(queries.fields_of("cold-chain", "organization")) == 3
    set_category(CategoryEntry("cold-chain", "冷链", "off"), actor=command, at=NOON)
    assert ensure_templates(region="440115", actor=command, at=NOON) == 0
    cold.refresh_from_db()
    assert cold.window_days is None
