"""Every page that edits something that stands tells the second of two editors what the first changed."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.forms import Form
from django.test import Client

from outpost.access.rules import PERMISSIONS
from outpost.notifications.models import Channel
from outpost.regions import services as regions
from outpost.sentinel.models import JobRule
from outpost.sentinel.services.categories import JobRuleEntry, set_job_rule
from outpost.testing.browsers import shown
from outpost.testing.cast import NOON
from tests.security.test_routes import PAGES, Route, address, values
from tests.security.world import ROLES, SYSTEM, World, credit_code

SEEN = re.compile(r'<input type="hidden" name="seen" value="[^"]{40,}">')

BEGIN_EMPTY = {
    # sign-in and one's own secrets
    "access:sign_in",
    "access:new_password",
    "access:second_factor",
    "access:enrol",
    "access:recovery_codes",
    "access:change_password",
    "access:confirm",
    "access:passkey",
    "access:new_passkey",
    "access:initial_password",
    # something new, or an act upon something, that no other editor could have changed
    "access:new_officer",
    "access:new_phone",
    "access:grant",
    "access:tokens",
    "channels:new_channel",
    "exchange:new_import",
    "exchange:new_export",
    "exchange:rejected",
    "health:new_product",
    "health:propose_rules",
    "health:propose_lifting",
    "health:decide_order",
    "health:new_risk_area",
    "health:new_question",
    "health:new_exposure",
    "health:withdraw_exposure",
    "health:objection",
    "health:decide_disposition",
    "health:declare",
    "health:object",
    "people:real_name",
    "people:new_dependant",
    "people:card",
    "people:second_document",
    "people:both_papers",
    "people:claim",
    "people:dependant",
    "venues:plain_check_in",
    "web:close",
    "sentinel:answer",
    "sentinel:add_staff",
    "sentinel:new_category",
    "sentinel:new_field",
    "sentinel:new_job_rule",
    "sentinel:new_organization",
    "sentinel:new_staff",
    "tracing:new_case",
    "tracing:widen",
    "tracing:close",
    "sites:register",
    "sites:new_contract",
    "sites:register_family",
    "sites:new_user",
    "sites:report_health",
    "sites:report_rest",
    "sites:report_shift",
    "sites:dispose",
    "sites:ask_exception",
    "sites:checked_address",
    "sites:gate_pin",
    "sites:new_place_rule",
    "sites:arrivals_again",
    "sites:new_member",
    "sites:new_movement",
    "sites:new_supply_item",
    "sites:new_checklist",
    "sites:judge_checklist",
    "venues:hand_over",
    "venues:named",
    "venues:new",
    "venues:new_kind",
    "venues:members",
    "venues:pin",
    "venues:temperature",
    "join:code",
}
EDITED = [route for route in PAGES if {"GET", "POST"} <= set(route.methods) and route.name not in BEGIN_EMPTY]
# What the first editor and the second one type, each into one input that the other leaves as it was.
TYPED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "access:contacts": ({"wecom": "first"}, {"email": "second@example.gov.cn"}),
    "access:my_contacts": ({"wecom": "first"}, {"email": "second@example.gov.cn"}),
    "channels:channel": ({"name": "First"}, {"per_minute": "7"}),
    "health:product": ({"name_en": "First"}, {"least_days": "9"}),
    "health:question": ({"name_en": "First"}, {"last_day": "2032-06-30"}),
    "regions:grid": ({"name": "甲网格"}, {"name": "乙网格"}),
    "regions:set_aliases": ({"aliases": "甲名"}, {"aliases": "乙名"}),
    "sentinel:alert_setting": ({"is_on": "on"}, {"tells_principals": "on"}),
    "sentinel:alerts": ({"seniors": 0}, {"seniors": 1}),  # by their turn among the officers
    "sentinel:edit_category": ({"name": "甲类"}, {"judges_new_joiners": "on"}),
    "sentinel:edit_field": ({"name": "甲项"}, {"is_required": "on"}),
    "sentinel:edit_job_rule": ({"rule": "7/2"}, {"counts_days": "on"}),
    "sentinel:edit_organization": ({"address": "甲路1号"}, {"principal_phone": "13712345678"}),
    "sites:edit_contract": ({"address": "甲路1号"}, {"station": "乙监督站"}),
    "sites:hospital": ({"address": "甲路1号"}, {"phone": "020-84988999"}),
    "sites:edit_member": ({"role": "甲职"}, {"phone": "13712345670"}),
    "sites:edit_supply_item": ({"name_en": "First"}, {"low_days": "9"}),
    "venues:kind": ({"name_en": "First"}, {"usual_minutes": "45"}),
    "venues:edit": ({"address": "甲路1号"}, {"social_credit_code": credit_code(77)}),
    "sentinel:edit_staff": ({"job_type": "甲工"}, {"phone": "13712345679"}),
}


def test_every_page_with_a_form_is_known_as_one_that_edits_or_begins_empty() -> None:
    assert {route.name for route in EDITED} == set(TYPED)


@pytest.fixture
def furnished(world: World) -> World:
    """With a grid, a rule and a channel to edit."""
    set_job_rule(JobRuleEntry("cast-cold", "司机", "7/1"), actor=SYSTEM, at=NOON)
    Channel.objects.update(settings={"url": "https://hook.example.gov.cn/in"})
    regions.add_grid("440115001", "第九网格", actor=SYSTEM, at=NOON)
    return world


def typed_into(form: Form, change: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sends of a form, changed in some of its inputs."""
    data: dict[str, Any] = {}
    for name in form.fields:
        value = change.get(name, form[name].value())
        if isinstance(value, int) and name == "seniors":
            value = [form.fields[name].choices[value][0]]  # type: ignore[attr-defined]
        if value not in (None, False):
            data[name] = "on" if value is True else value
    return data


def opened(client: Client, where: str) -> tuple[Form, str]:
    """The form of a page, and what it says that it has shown."""
    page = client.get(where)
    assert page.status_code == 200, where
    assert len(SEEN.findall(page.content.decode())) == 1, where
    return page.context["form"], page.context["seen"]


def editor(route: Route) -> str:
    return next(role for role in ROLES if role in PERMISSIONS[route.action])


@pytest.mark.parametrize("route", EDITED, ids=lambda route: route.name)
def test_the_second_editor_is_told_and_nothing_is_overwritten_unread(
    furnished: World, route: Route, settings: Any
) -> None:
    settings.OUTPOST_OUTGOING_HOSTS = "hook.example.gov.cn"
    client = furnished.browser(editor(route))
    known = values(furnished, editor(route))
    known["rule_id"] = JobRule.objects.get(job_type="司机").id
    where, (first, second) = address(route, known), TYPED[route.name]
    form, seen = opened(client, where)
    assert client.post(where, typed_into(form, first) | {"seen": seen})["Location"] != where
    stands = typed_into(opened(client, where)[0], {})

    told = shown(client, client.post(where, typed_into(form, second) | {"seen": seen}))
    assert told.context["meanwhile"]["changes"], route.name
    assert "Changed meanwhile" in told.content.decode()
    assert told.context["form"].non_field_errors()
    assert typed_into(told.context["form"], {}).items() >= second.items() or "seniors" in second
    saved = client.post(where, typed_into(told.context["form"], {}) | {"seen": told.context["seen"]})
    assert saved["Location"] != where
    assert typed_into(opened(client, where)[0], {}) != stands


@pytest.mark.parametrize("route", EDITED, ids=lambda route: route.name)
def test_a_form_that_does_not_say_what_it_showed_is_not_saved(furnished: World, route: Route) -> None:
    client = furnished.browser(editor(route))
    known = values(furnished, editor(route))
    known["rule_id"] = JobRule.objects.get(job_type="司机").id
    where = address(route, known)
    form, _seen = opened(client, where)
    told = shown(client, client.post(where, typed_into(form, TYPED[route.name][0])))
    assert "What this page showed did not come along" in told.content.decode()
