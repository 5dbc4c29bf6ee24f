"""The first pages, categories, compliance and statistics: the numbers, and what they open."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.health.models import TestRecord
from outpost.sentinel.models import Category, CategoryField, MatchCount, MatchRun, StaffMember
from outpost.sentinel.queries import outlook
from outpost.sentinel.queries.outlook import Due
from outpost.sentinel.queries.statistics.ledger import ANY
from outpost.sentinel.rules import StaffFacts, State, TestingRule, forecast, judge
from outpost.sentinel.tests.ledgers import add
from outpost.sentinel.tests.pages import at_clock, browser, page, sampled, text
from outpost.testing.browsers import sent
from outpost.testing.browsers import shown as page_after
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=10)  # 2022-06-18 12:00 in Shanghai; the window of 3/2 is 15 to 17 June
RULE = {"name": "冷链（测试）", "department": "market"}


@pytest.fixture(autouse=True)
def ten_days_later() -> Iterator[None]:
    with at_clock(LATER):
        yield


def ago(**span: int) -> Any:
    return LATER - timedelta(**span)


@pytest.fixture
def four(cast: Cast) -> None:
    """One of each kind: overdue, made up for since, due by tonight, due by tomorrow night."""
    add(cast, 1, name="甄逾期")
    sampled(add(cast, 2, name="甄补检"), ago(days=2), ago(hours=3))
    sampled(add(cast, 3, name="甄今日"), ago(days=3), ago(days=3, hours=1))
    sampled(add(cast, 4, name="甄明日"), ago(hours=30), ago(days=2))


def post(client: Client, name: str, /, *args: Any, **data: Any) -> Any:
    address = reverse(name, args=args)
    is_edit = name.startswith("sentinel:edit_")
    return client.post(address, sent(client, address, data) if is_edit else data)


# --- first pages --------------------------------------------------------------------------------------------------


def test_a_principal_sees_who_is_due_without_a_click(cast: Cast, four: None) -> None:
    client = browser(cast, "principal")
    shown = text(page(client, "sentinel:today"))
    assert "2 people must be tested today" in shown
    assert "1 overdue, 1 due by tonight, 1 by tomorrow night" in shown
    for name in ("甄逾期", "甄补检", "甄今日", "甄明日"):
        assert name in shown
    assert re.search(r"On duty 4 0 off duty", shown)
    assert re.search(
        r"n ≤ 24 h 1 24 &lt; n ≤ 48 h 1 48 &lt; n ≤ 72 h 1 n &gt; 72 h 0 Unmatched 1 no test was recorded",
        shown,
    )
    for kind, name in [
        ("", "甄逾期"),
        ("made_up", "甄补检"),
        ("today", "甄今日"),
        ("tomorrow", "甄明日"),
    ]:
        body = page(client, "sentinel:due", kind=kind).content.decode()
        listed = re.findall(r"甄..", body.split("<tbody>")[1].split("</tbody>")[0])
        assert listed == [name]


def test_the_numbers_of_the_first_page_open_lists_of_that_length(cast: Cast, four: None) -> None:
    client = browser(cast, "principal")
    body = page(client, "sentinel:today").content.decode()
    tiles = re.findall(r'<a class="tile[^"]*"\s+href="([^"]+)">.*?tile-value">(\d+)', body, re.DOTALL)
    assert len(tiles) == 6
    for address, number in tiles:
        opened = client.get(address).content.decode()
        found = re.search(r'list-total">\s*(\d+) row', opened)
        assert found is not None
        assert found[1] == number, address


def test_somebody_off_duty_is_not_due(cast: Cast) -> None:
    member = add(cast, 1)
    client = browser(cast, "principal")
    post(client, "sentinel:set_duty", member.id, state="holiday", starts_on="2022-06-01")
    assert "Nobody has to be tested today" in text(page(client, "sentinel:today"))


def test_who_goes_off_duty_tomorrow_has_made_up_for_nothing(cast: Cast) -> None:
    """Only samples make up for today's dawn: who has none stays overdue, however long they are away from tomorrow."""
    client = browser(cast, "principal")
    overdue, made_up = add(cast, 1, name="甄逾期"), add(cast, 2, name="甄补检")
    sampled(made_up, ago(days=2), ago(hours=3))
    for member in (overdue, made_up):
        post(client, "sentinel:set_duty", member.id, state="holiday", starts_on="2022-06-19")
    for kind, name, other in (("overdue", "甄逾期", "甄补检"), ("made_up", "甄补检", "甄逾期")):
        shown = text(page(client, "sentinel:due", kind=kind))
        assert name in shown
        assert other not in shown


def test_an_account_without_organisation_is_told_what_to_do(cast: Cast) -> None:
    cast.near.removed_at = NOON
    cast.near.save()
    assert "No organisation is yours yet" in text(page(browser(cast, "principal"), "sentinel:today"))


def test_a_command_officer_sees_numbers_and_problems(cast: Cast, four: None) -> None:
    Category.objects.filter(code="cast-cold").update(window_days=None, least_tests=None)
    shown = text(page(browser(cast, "command"), "sentinel:today"))
    assert "1 category has no testing rule" in shown
    Category.objects.filter(code="cast-cold").update(window_days=3, least_tests=2)
    client = browser(cast, "command")
    shown = text(page(client, "sentinel:today"))
    assert "1 category was not matched today" in shown
    post(client, "sentinel:run_match", on="2022-06-18")
    shown = text(page(client, "sentinel:today"))
    assert "Look at this first" not in shown
    assert "冷链（测试） 市场监督管理局 2 tests in 3 days 4 4 2" in shown
    assert "50.00%" in shown


def test_the_number_of_the_page_says_how_it_stands_against_yesterday(cast: Cast, four: None) -> None:
    client = browser(cast, "command")

    def headline() -> str:
        body = page(client, "sentinel:today").content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", body.split('"headline"')[1].split("</section>")[0]).split())

    post(client, "sentinel:run_match", on="2022-06-18")
    assert "yesterday" not in headline()  # nothing is known of it
    post(client, "sentinel:run_match", on="2022-06-17")
    yesterday = MatchCount.objects.filter(run__on=date(2022, 6, 17), run__is_latest=True)
    one = yesterday.filter(staff__gte=3).get()
    yesterday.update(judged=0, missed=0)
    for missed, words in (
        (1, "1 more than yesterday"),
        (3, "1 fewer than yesterday"),
        (2, "as many as yesterday"),
    ):
        yesterday.filter(pk=one.pk).update(judged=3, missed=missed)
        assert f"Missed the rule 2 {words}" in headline()
    elsewhere = page(browser(cast, "outsider"), "sentinel:today").content.decode()
    assert "yesterday" not in elsewhere


def test_a_town_sees_its_own_numbers_only(cast: Cast, four: None) -> None:
    add(cast, 9, to=cast.far.id)
    assert "2 tests in 3 days 4 4 2" in text(page(browser(cast, "town"), "sentinel:today"))
    assert "2 tests in 3 days 5 5 3" in text(page(browser(cast, "bureau"), "sentinel:today"))


# --- compliance ---------------------------------------------------------------------------------------------------


def test_a_run_is_kept_and_a_second_one_tells_the_difference(cast: Cast, four: None) -> None:
    client = browser(cast, "command")
    done = client.post(reverse("sentinel:run_match"), {"on": "2022-06-18"}, follow=True)
    assert "2022-06-18 was matched: 2 people missed the rule (0 newly found, 0 cleared)" in text(done)
    late = add(cast, 7)
    again = client.post(reverse("sentinel:run_match"), {"on": "2022-06-18"}, follow=True)
    assert "3 people missed the rule (1 newly found, 0 cleared)" in text(again)
    assert "+1 −0 against the earlier run" in text(again)
    assert MatchRun.objects.filter(category="cast-cold", on="2022-06-18").count() == 2
    assert AuditEntry.objects.filter(action="sentinel.match_run").count() == 2
    assert late.removed_at is None


@pytest.mark.parametrize("role", ["bureau", "town", "principal"])
def test_only_command_and_operation_run_the_match(cast: Cast, role: str) -> None:
    client = browser(cast, role)
    assert post(client, "sentinel:run_match").status_code == 403
    assert reverse("sentinel:run_match") not in page(client, "sentinel:compliance").content.decode()


def test_an_operator_runs_the_match_without_seeing_anybody(cast: Cast, four: None) -> None:
    done = post(browser(cast, "operator"), "sentinel:run_match", on="2022-06-18")
    assert done["Location"] == reverse("web:home")
    assert MatchRun.objects.count() == 2


def test_a_day_ahead_is_today(cast: Cast, four: None) -> None:
    client = browser(cast, "command")
    assert "2022-06-18" in text(page(client, "sentinel:compliance", on="2031-01-01"))
    assert page(client, "sentinel:compliance", on="nonsense").status_code == 200


def test_a_category_opens_the_people_who_missed_masked_with_evidence(cast: Cast, four: None) -> None:
    client = browser(cast, "command")
    post(client, "sentinel:run_match", on="2022-06-18")
    body = page(client, "sentinel:missed", "cast-cold", on="2022-06-18").content.decode()
    listed = body.split("<tbody>")[1].split("</tbody>")[0]
    assert listed.count("<tr>") == 2
    assert "15 June to 17 June, 2 tests due, 0 found" in listed
    assert "甄逾期" not in listed
    assert "甄**" in listed
    for query, expected in [
        ({"organization": "近岸"}, 2),
        ({"organization": "远洋"}, 0),
        ({"town": "440115100"}, 0),
    ]:
        narrowed = page(client, "sentinel:missed", "cast-cold", on="2022-06-18", **query).content.decode()
        assert narrowed.count("15 June to 17 June, 2 tests due") == expected, query
        for day in ({}, {"on": "nonsense"}):  # as after the chip of the day was taken away
            moved = page(client, "sentinel:missed", "cast-cold", size="20", page="2", **query, **day)
            kept = {**query, "size": "20", "on": "2022-06-18"}
            assert parse_qs(urlsplit(moved["Location"]).query) == {key: [one] for key, one in kept.items()}


# --- categories and rules -----------------------------------------------------------------------------------------


def test_command_makes_a_category_with_a_preset(cast: Cast) -> None:
    client = browser(cast, "command")
    saved = post(
        client, "sentinel:new_category", code="new-kind", name="新类别", rule="3/2", department="market"
    )
    assert saved["Location"] == reverse("sentinel:category", args=["new-kind"])
    assert "2 tests in 3 days" in text(client.get(saved["Location"]))


def test_a_code_that_is_taken_changes_nothing(cast: Cast) -> None:
    client = browser(cast, "command")
    refused = page_after(
        client, post(client, "sentinel:new_category", code="cast-cold", name="别的", rule="off")
    )
    assert 'id="id_code_error"' in refused.content.decode()
    assert Category.objects.get(code="cast-cold").name == "冷链（测试）"


def test_a_rule_of_ones_own_asks_for_its_numbers(cast: Cast) -> None:
    client = browser(cast, "command")
    stated = RULE | {"rule": "other", "window_days": "5"}
    refused = page_after(client, post(client, "sentinel:edit_category", "cast-cold", **stated))
    assert 'id="id_least_tests_error"' in refused.content.decode()
    impossible = post(
        client,
        "sentinel:edit_category",
        "cast-cold",
        **RULE,
        rule="other",
        window_days="2",
        least_tests="3",
        counts_days="on",
    )
    assert 'id="id_least_tests_error"' in page_after(client, impossible).content.decode()
    post(
        client, "sentinel:edit_category", "cast-cold", **RULE, rule="other", window_days="5", least_tests="1"
    )
    category = Category.objects.get(code="cast-cold")
    assert (category.window_days, category.least_tests) == (5, 1)
    shown = page(client, "sentinel:edit_category", "cast-cold").content.decode()
    assert re.search(r'value="other"[^>]*checked', shown)
    change = AuditEntry.objects.get(action="sentinel.rule_changed")
    assert change.detail == {"before": "3/2", "after": "5/1"}


def test_a_rule_is_switched_off_and_on(cast: Cast) -> None:
    client = browser(cast, "command")
    post(client, "sentinel:edit_category", "cast-cold", **RULE, rule="off")
    assert Category.objects.get(code="cast-cold").window_days is None
    assert "No rule" in text(page(client, "sentinel:categories"))
    post(client, "sentinel:edit_category", "cast-cold", **RULE, rule="7/3")
    assert Category.objects.get(code="cast-cold").least_tests == 3


def test_a_category_in_use_stays(cast: Cast) -> None:
    client = browser(cast, "command")
    told = client.post(reverse("sentinel:retire_category", args=["cast-cold"]), follow=True)
    assert "2 organisations still stand in this category" in text(told)
    post(client, "sentinel:retire_category", "cast-courier")
    assert not Category.objects.get(code="cast-courier").is_active


def test_extra_fields_are_added_changed_and_removed(cast: Cast) -> None:
    client = browser(cast, "command")
    shift = {"name": "班次", "name_en": "Shift", "kind": "choice", "choices": "白班\n夜班\n"}
    assert post(client, "sentinel:new_field", "cast-cold", "staff", **shift).status_code == 302
    field = CategoryField.objects.get()
    assert (field.choices, field.audience) == (["白班", "夜班"], "staff")
    assert "Shift" in text(page(client, "sentinel:category", "cast-cold"))
    assert post(client, "sentinel:edit_field", field.id, **shift | {"is_required": "on"}).status_code == 302
    field.refresh_from_db()
    assert field.is_required
    few = shift | {"choices": "白班"}
    refused = page_after(client, post(client, "sentinel:new_field", "cast-cold", "staff", **few))
    assert 'id="id_choices_error"' in refused.content.decode()
    clash = page_after(
        client, post(client, "sentinel:new_field", "cast-cold", "staff", name="姓名", kind="text")
    )
    assert 'id="id_name_error"' in clash.content.decode()
    assert post(client, "sentinel:new_field", "cast-cold", "nobody", **shift).status_code == 404
    post(client, "sentinel:remove_field", field.id)
    assert "Shift" not in text(page(client, "sentinel:category", "cast-cold"))


# --- statistics ---------------------------------------------------------------------------------------------------


def test_the_test_statistics_count_the_range_by_group(cast: Cast, four: None) -> None:
    client = browser(cast, "command")
    shown = text(page(client, "sentinel:nat_statistics", first="2022-06-17", last="2022-06-18", by="town"))
    assert "南沙街道 1 4 2 2 2 50.00%" in shown
    assert "1 group without staff 1 0 Total 2 4 2 2 2 50.00%" in shown
    for by in ("organization", "category", "department"):
        assert page(client, "sentinel:nat_statistics", by=by).status_code == 200
    empty = text(page(client, "sentinel:nat_statistics", by="town", with_empty="on"))
    assert "万顷沙镇" in empty


def test_the_vaccination_statistics_show_three_doses(cast: Cast, four: None) -> None:
    client = browser(cast, "town")
    shown = text(page(client, "sentinel:vaccination_statistics", category="cast-cold"))
    assert "南沙街道 1 4 4 0 0.00% 0 0 0.00% 0 0 0.00%" in shown


@pytest.mark.promise("R9")
def test_the_outlook_says_what_the_forecast_rule_says(cast: Cast, four: None) -> None:
    found = outlook.outlook(ANY, actor=cast.actor("principal"), at=LATER)
    rule, on, zone = TestingRule(3, 2), clock.local_day(LATER), clock.zone()
    expected = {}
    for member in StaffMember.objects.all():
        records = TestRecord.objects.filter(person_id=member.person_id)
        facts = StaffFacts(member.joined_on, True, list(records.values_list("sampled_at", flat=True)))
        dawns = [judge(rule, facts, on=on, zone=zone), *forecast(rule, facts, on=on, zone=zone)]
        expected[member.id] = [one.state is State.MISSED for one in dawns]
    of_dawns = {
        Due.OVERDUE: [True, True, True],
        Due.MADE_UP: [True, False, True],
        Due.TODAY: [False, True, True],
        Due.TOMORROW: [False, False, True],
    }
    assert {member: of_dawns[due] for member, due in found.due.items()} == expected
    assert set(found.due.values()) == set(Due)
