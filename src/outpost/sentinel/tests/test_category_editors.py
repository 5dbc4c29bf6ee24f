"""Two people who edit a category, one of its fields or the rule of a job type; and every form sends what it showed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit import services as audit
from outpost.audit.editing import seen
from outpost.core.errors import Refusal
from outpost.fields.specs import FieldSpec
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category, CategoryField, JobRule, StaffMember
from outpost.sentinel.queries.editing import edited_field, edited_job_rule, edited_member
from outpost.sentinel.services import organizations, staff
from outpost.sentinel.services.categories import (
    CategoryEntry,
    JobRuleEntry,
    remove_job_rule,
    set_category,
    set_job_rule,
)
from outpost.sentinel.services.category_fields import remove_field, set_field
from outpost.sentinel.services.staff import change_staff
from outpost.sentinel.tests.ledgers import actions, add, entry, organization_entry
from outpost.sentinel.tests.pages import browser
from outpost.sentinel.urls import urlpatterns
from outpost.testing.browsers import sent, shown
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(hours=1)
LAST = NOON + timedelta(hours=2)
COLD = CategoryEntry("cast-cold", "冷链（测试）", "3/2", "market")
DRIVER = JobRuleEntry("cast-cold", "司机", "7/1")
SHIFT = FieldSpec("shift", "班次", "choice", "Shift", ("白班", "夜班"))


@dataclass(frozen=True)
class Edit:
    """A form of somebody; what somebody else saves meanwhile, in words; and what of both stands in the end."""

    address: str
    mine: Mapping[str, str]
    theirs: Callable[[], Any]
    told: str
    inputs: str
    state: Callable[[], Any]
    before: Any
    both: Any


def _category(cast: Cast) -> Edit:
    command = cast.actor("command")
    return Edit(
        reverse("sentinel:edit_category", args=["cast-cold"]),
        {"name": "冷链食品", "department": "market", "rule": "3/2"},
        lambda: set_category(replace(COLD, rule="5/2"), actor=command, at=LATER),
        "2 tests in 3 days → 2 tests in 5 days",
        "rule,window_days,least_tests",
        lambda: Category.objects.values_list("name", "window_days").get(code="cast-cold"),
        ("冷链（测试）", 5),
        ("冷链食品", 5),
    )


def _job_rule(cast: Cast) -> Edit:
    command = cast.actor("command")
    row = set_job_rule(DRIVER, actor=command, at=NOON)
    return Edit(
        reverse("sentinel:edit_job_rule", args=[row.id]),
        {"rule": "7/1", "counts_days": "on"},
        lambda: set_job_rule(replace(DRIVER, rule="7/2"), actor=command, at=LATER),
        "1 test in 7 days → 2 tests in 7 days",
        "rule,window_days,least_tests",
        lambda: JobRule.objects.values_list("least_tests", "counts_days").get(),
        (2, False),
        (2, True),
    )


def _field(cast: Cast) -> Edit:
    command = cast.actor("command")
    row = set_field("cast-cold", "staff", SHIFT, actor=command, at=NOON)
    more = replace(SHIFT, choices=("白班", "夜班", "轮班"), is_required=True)
    return Edit(
        reverse("sentinel:edit_field", args=[row.id]),
        {"name": "班次安排", "kind": "choice", "choices": "白班\n夜班"},
        lambda: set_field("cast-cold", "staff", more, actor=command, at=LATER),
        "白班、夜班 → 白班、夜班、轮班",
        "choices,is_required",
        lambda: CategoryField.objects.values_list("name", "choices", "is_required").get(),
        ("班次", ["白班", "夜班", "轮班"], True),
        ("班次安排", ["白班", "夜班", "轮班"], True),
    )


@pytest.fixture(params=[_category, _job_rule, _field], ids=["category", "job rule", "field"])
def edit(cast: Cast, request: pytest.FixtureRequest) -> Edit:
    made: Edit = request.param(cast)
    return made


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast, "command")


def test_the_second_editor_is_told_what_the_first_changed_and_may_save_then(
    edit: Edit, client: Client
) -> None:
    mine = sent(client, edit.address, edit.mine)
    edit.theirs()
    told = shown(client, client.post(edit.address, mine))
    assert "command has changed this since you opened it (last on 2022-06-08 13:00)" in told.content.decode()
    assert edit.told in told.content.decode()
    assert edit.state() == edit.before
    again = client.post(edit.address, mine | {"seen": told.context["seen"]})
    assert again["Location"] == "/sentinel/categories/cast-cold"
    assert edit.state() not in (edit.before, edit.both)


def test_the_second_editor_takes_over_what_the_first_changed_and_keeps_the_rest(
    edit: Edit, client: Client
) -> None:
    mine = sent(client, edit.address, edit.mine)
    edit.theirs()
    told = shown(client, client.post(edit.address, mine))
    inputs = told.context["meanwhile"]["inputs"]
    assert inputs == edit.inputs
    assert f'name="theirs" value="{inputs}"' in told.content.decode()
    taken = shown(
        client, client.post(edit.address, mine | {"seen": told.context["seen"], "theirs": edit.inputs})
    )
    assert taken.context["meanwhile"]["changes"] == []
    assert edit.state() == edit.before
    form = taken.context["form"]
    typed = {
        name: "on" if form[name].value() is True else form[name].value()
        for name in form.fields
        if form[name].value() not in (None, False)
    }
    assert client.post(edit.address, typed | {"seen": taken.context["seen"]}).status_code == 302
    assert edit.state() == edit.both


def test_a_form_that_comes_without_what_it_showed_is_not_saved(edit: Edit, client: Client) -> None:
    before = edit.state()
    told = shown(client, client.post(edit.address, edit.mine))
    assert "What this page showed did not come along" in told.content.decode()
    assert edit.state() == before
    saved = client.post(edit.address, {**edit.mine, "seen": told.context["seen"]})
    assert saved["Location"] == "/sentinel/categories/cast-cold"


def test_a_form_that_was_refused_for_something_else_still_tells_of_the_first_editor(
    edit: Edit, client: Client
) -> None:
    mine = sent(client, edit.address, edit.mine)
    edit.theirs()
    wrong = shown(client, client.post(edit.address, mine | {"rule": "nonsense", "kind": "nonsense"}))
    told = shown(client, client.post(edit.address, mine | {"seen": wrong.context["seen"]}))
    assert edit.told in told.content.decode()
    assert edit.state() == edit.before


def test_another_language_is_no_change(cast: Cast, edit: Edit, client: Client) -> None:
    mine = sent(browser(cast, "command", "zh-hans"), edit.address, edit.mine)
    assert client.post(edit.address, mine)["Location"] == "/sentinel/categories/cast-cold"


def test_every_form_of_something_that_stands_sends_what_it_shows(cast: Cast, client: Client) -> None:
    rule = set_job_rule(DRIVER, actor=cast.actor("command"), at=NOON)
    field = set_field("cast-cold", "staff", SHIFT, actor=cast.actor("command"), at=NOON)
    keys = {
        "staff_id": add(cast).id,
        "enrolment_id": cast.near.id,
        "field_id": field.id,
        "code": "cast-cold",
        "rule_id": rule.id,
    }
    pages = [one for one in urlpatterns if str(one.name).startswith("edit_")]
    assert len(pages) >= len(keys)
    for one in pages:
        (key,) = one.pattern.converters
        form = client.get(reverse(f"sentinel:{one.name}", args=[keys[key]])).content.decode()
        assert len(re.findall(r'<input type="hidden" name="seen" value="[^"]{40,}">', form)) == 1, one.name


def test_what_is_saved_unchanged_is_no_act(cast: Cast) -> None:
    command = cast.actor("command")
    before = set_category(COLD, actor=command, at=NOON).updated_at
    set_field("cast-cold", "staff", SHIFT, actor=command, at=NOON)
    done = actions()
    set_category(COLD, actor=command, at=LATER)
    set_field("cast-cold", "staff", SHIFT, actor=command, at=LATER)
    assert actions() == done
    assert Category.objects.get(code="cast-cold").updated_at == before


def test_a_new_field_does_not_overwrite_one_of_its_code(cast: Cast, client: Client) -> None:
    set_field("cast-cold", "staff", SHIFT, actor=cast.actor("command"), at=NOON)
    new = {"name": "别的", "kind": "text", "code": "shift"}
    told = shown(client, client.post(reverse("sentinel:new_field", args=["cast-cold", "staff"]), new))
    assert 'id="id_name_error"' in told.content.decode()
    assert CategoryField.objects.get().name == "班次"


def test_what_was_removed_while_it_was_edited_is_not_made_again(cast: Cast) -> None:
    command = cast.actor("command")
    rule = set_job_rule(DRIVER, actor=command, at=NOON)
    field = set_field("cast-cold", "staff", SHIFT, actor=command, at=NOON)
    rule_seen, field_seen = seen(edited_job_rule(rule)), seen(edited_field(field))
    remove_job_rule("cast-cold", "司机", actor=command, at=LATER)
    remove_field(field.id, actor=command, at=LATER)
    with pytest.raises(Refusal):
        set_job_rule(replace(DRIVER, rule="7/3"), actor=command, at=LAST, seen=rule_seen)
    with pytest.raises(Refusal):
        set_field("cast-cold", "staff", SHIFT, actor=command, at=LAST, seen=field_seen)
    assert not JobRule.objects.exists()
    assert not CategoryField.objects.filter(is_active=True).exists()


def test_neither_a_look_nor_an_edit_that_changed_nothing_is_named(cast: Cast) -> None:
    member = add(cast)
    token = seen(edited_member(member, (), actor=cast.actor("command")))
    changed = entry(job_type="司机")
    change_staff(member.id, changed, actor=cast.actor("town"), at=LATER)
    change_staff(member.id, changed, actor=cast.actor("bureau"), at=LATER + timedelta(minutes=1))
    audit.record("people.staff_revealed", actor=cast.actor("auditor"), at=LAST, object_id=member.id)
    with pytest.raises(Refusal) as refused:
        change_staff(member.id, entry(job_type="保安"), actor=cast.actor("command"), at=LAST, seen=token)
    assert (refused.value.fields["who"], refused.value.fields["when"]) == ("town", "2022-06-08 13:00")
    assert StaffMember.objects.get(id=member.id).job_type == "司机"


def test_a_field_that_goes_while_a_form_is_saved_is_said(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has read the fields, and before the service reads them somebody takes one away."""
    command = cast.actor("command")
    places = {
        Audience.STAFF: (staff, "add_staff", reverse("sentinel:add_staff", args=[cast.near.id]), entry()),
        Audience.ORGANIZATION: (
            *(organizations, "change_organization"),
            reverse("sentinel:edit_organization", args=[cast.near.id]),
            organization_entry(name="近岸冷链有限公司", town="440115001"),
        ),
    }
    for audience, (services, name, address, typed) in places.items():
        field = set_field("cast-cold", audience, SHIFT, actor=command, at=NOON)
        real = getattr(services, name)

        def gone(*args: Any, field: CategoryField = field, real: Any = real, **more: Any) -> Any:
            remove_field(field.id, actor=command, at=LATER)
            return real(*args, **more)

        monkeypatch.setattr(services, name, gone)
        filled = {key: value for key, value in typed.items() if value is not None} | {"field.shift": "白班"}
        page = client.get(address)
        shown_form = {"seen": page.context["seen"]} if "seen" in page.context else {}
        told = shown(client, client.post(address, filled | shown_form))
        assert "An extra field was removed while you filled in this form" in told.content.decode(), name
        assert told.context["form"]["address"].value() == filled["address"]
        assert "field.shift" not in told.context["form"].fields
    assert not StaffMember.objects.exists()
