"""Testing rules by table: each preset, names, refusals, forecast, evidence, recency and causes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from outpost.sentinel import rules

pytestmark = pytest.mark.rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
ON = date(2022, 6, 6)
LONG_AGO = date(2020, 1, 1)


def local(day: date, clock: str = "09:12") -> datetime:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), SHANGHAI).astimezone(UTC)  # noqa: DTZ007


def samples(*days_before: int) -> list[datetime]:
    return [local(ON - timedelta(days=days)) for days in days_before]


def judge(
    rule: str,
    sampled_at: list[datetime],
    *,
    joined_on: date = LONG_AGO,
    is_on_duty: bool = True,
    counts_days: bool = False,
    judges_new_joiners: bool = False,
) -> rules.Judgement:
    return rules.judge(
        rules.TestingRule.parse(rule, counts_days=counts_days),
        rules.StaffFacts(joined_on, is_on_duty, sampled_at),
        on=ON,
        zone=SHANGHAI,
        judges_new_joiners=judges_new_joiners,
    )


@pytest.mark.promise("R9")
@pytest.mark.parametrize(
    ("rule", "days_before", "state"),
    [
        ("1/1", [1], "met"),
        ("1/1", [2, 0], "missed"),
        ("2/1", [2], "met"),
        ("2/1", [3, 0], "missed"),
        ("3/1", [3], "met"),
        ("3/1", [4, 0], "missed"),
        ("3/2", [3, 1], "met"),
        ("3/2", [2, 2], "met"),
        ("3/2", [4, 3, 0], "missed"),
        ("7/1", [7], "met"),
        ("7/1", [8, 0], "missed"),
        ("7/2", [7, 1], "met"),
        ("7/2", [8, 7, 0], "missed"),
        ("7/3", [7, 4, 1], "met"),
        ("7/3", [8, 4, 1, 0], "missed"),
        ("14/1", [14], "met"),
        ("14/1", [15, 0], "missed"),
        ("14/1", [], "missed"),
    ],
)
def test_each_preset_by_table(rule: str, days_before: list[int], state: str) -> None:
    assert judge(rule, samples(*days_before)).state == state


def test_windows_of_the_presets_end_the_day_before() -> None:
    firsts = {str(rule): rules.window(rule, ON).first for rule in rules.PRESETS}
    assert firsts == {
        "1/1": date(2022, 6, 5),
        "2/1": date(2022, 6, 4),
        "3/1": date(2022, 6, 3),
        "3/2": date(2022, 6, 3),
        "7/1": date(2022, 5, 30),
        "7/2": date(2022, 5, 30),
        "7/3": date(2022, 5, 30),
        "14/1": date(2022, 5, 23),
    }
    assert {rules.window(rule, ON).last for rule in rules.PRESETS} == {date(2022, 6, 5)}


def test_instants_are_half_open_from_midnight_to_midnight_in_the_zone() -> None:
    start, end = rules.Days(date(2024, 2, 28), date(2024, 2, 29)).instants(SHANGHAI)
    assert (start, end) == (datetime(2024, 2, 27, 16, tzinfo=UTC), datetime(2024, 2, 29, 16, tzinfo=UTC))
    tick = timedelta(microseconds=1)
    for at, found in ((start - tick, 0), (start, 1), (end - tick, 1), (end, 0)):
        facts = rules.StaffFacts(LONG_AGO, True, [at])
        rule = rules.TestingRule(2, 1)
        assert rules.judge(rule, facts, on=date(2024, 3, 1), zone=SHANGHAI).found == found


def test_a_day_of_changing_clocks_has_its_true_length() -> None:
    day = date(2024, 3, 10)
    for zone in (ZoneInfo("America/New_York"), ZoneInfo("America/Havana")):
        start, end = rules.Days(day, day).instants(zone)
        assert end - start == timedelta(hours=23)


def test_repeated_hour_keeps_the_order_of_samples() -> None:
    new_york = ZoneInfo("America/New_York")
    day = date(2024, 11, 3)
    before = datetime(2024, 11, 3, 1, 50, tzinfo=new_york)
    after = datetime(2024, 11, 3, 1, 10, tzinfo=new_york, fold=1)
    facts = rules.StaffFacts(LONG_AGO, True, [after, before])
    judgement = rules.judge(rules.TestingRule(1, 1), facts, on=day + timedelta(days=1), zone=new_york)
    assert [at.strftime("%H:%M") for at in judgement.samples] == ["01:50", "01:10"]


def test_a_time_without_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(TypeError):
        judge("1/1", [datetime(2022, 6, 5, 9)])  # noqa: DTZ001


@pytest.mark.parametrize(("counts_days", "state", "found"), [(False, "met", 2), (True, "missed", 1)])
def test_two_samples_on_one_day(counts_days: bool, state: str, found: int) -> None:
    sampled_at = [local(date(2022, 6, 4), "00:00"), local(date(2022, 6, 4), "23:59")]
    judgement = judge("3/2", sampled_at, counts_days=counts_days)
    assert (judgement.state, judgement.found, judgement.required) == (state, found, 2)


@pytest.mark.parametrize(
    ("joined_on", "judges_new_joiners", "state"),
    [
        (date(2022, 6, 3), False, "missed"),
        (date(2022, 6, 4), False, "new_joiner"),
        (date(2022, 6, 6), False, "new_joiner"),
        (date(2022, 6, 4), True, "missed"),
        (date(2022, 6, 6), True, "missed"),
        (date(2022, 6, 7), True, "new_joiner"),
    ],
)
def test_a_joiner_is_judged_on_windows_from_the_day_of_joining(
    joined_on: date, judges_new_joiners: bool, state: str
) -> None:
    assert judge("3/2", [], joined_on=joined_on, judges_new_joiners=judges_new_joiners).state == state


def test_a_joiner_who_was_tested_is_still_not_judged_but_shows_the_evidence() -> None:
    judgement = judge("3/1", samples(1), joined_on=date(2022, 6, 5))
    assert (judgement.state, judgement.found) == ("new_joiner", 1)


def test_who_is_not_on_duty_is_not_judged() -> None:
    assert judge("1/1", [], is_on_duty=False).state == "off_duty"
    assert judge("1/1", [], is_on_duty=False, joined_on=ON).state == "off_duty"


def test_without_a_rule_nobody_is_judged() -> None:
    judgement = judge("off", samples(1))
    assert judgement == rules.Judgement(rules.State.NO_RULE)
    assert judgement.required == 0


def test_late_record_changes_the_answer_and_its_withdrawal_changes_it_back() -> None:
    known = samples(2)
    assert judge("3/2", known).state == "missed"
    assert judge("3/2", known + samples(1)).state == "met"
    assert judge("3/2", samples(1)).state == "missed"


@pytest.mark.parametrize("text", ["3/2", " 3 / 2 ", "３／２", "03/02"])
def test_rule_is_read_and_written(text: str) -> None:
    rule = rules.TestingRule.parse(text)
    assert rule == rules.TestingRule(3, 2)
    assert str(rule) == "3/2"


@pytest.mark.parametrize("text", ["off", "OFF", " off "])
def test_off_is_no_rule(text: str) -> None:
    assert rules.TestingRule.parse(text) is None


@pytest.mark.parametrize(
    ("text", "counts_days", "code", "fields"),
    [
        ("", False, "sentinel.rule_format", {"found": ""}),
        ("3", False, "sentinel.rule_format", {"found": "3"}),
        ("3/2/1", False, "sentinel.rule_format", {"found": "3/2/1"}),
        ("-3/2", False, "sentinel.rule_format", {"found": "-3/2"}),
        ("1.5/1", False, "sentinel.rule_format", {"found": "1.5/1"}),
        ("٣/٢", False, "sentinel.rule_format", {"found": "٣/٢"}),
        ("0/1", False, "sentinel.rule_window", {"found": 0, "most": 31}),
        ("32/1", False, "sentinel.rule_window", {"found": 32, "most": 31}),
        ("3/0", False, "sentinel.rule_least", {"found": 0, "most": 31}),
        ("3/32", False, "sentinel.rule_least", {"found": 32, "most": 31}),
        ("3/4", True, "sentinel.rule_days", {"least": 4, "window": 3}),
    ],
)
def test_impossible_rules_are_refused_with_code_and_fields(
    text: str, counts_days: bool, code: str, fields: dict[str, str | int]
) -> None:
    with pytest.raises(rules.RuleError) as refusal:
        rules.TestingRule.parse(text, counts_days=counts_days)
    assert (refusal.value.code, refusal.value.fields) == (code, fields)


def test_more_tests_than_days_are_possible_unless_days_count() -> None:
    assert rules.TestingRule.parse("3/4") == rules.TestingRule(3, 4)


def test_presets_have_the_names_of_the_field() -> None:
    assert {str(rule): (rule.name("zh-hans"), rule.name("en")) for rule in rules.PRESETS} == {
        "1/1": ("一天一检", "1 test a day"),
        "2/1": ("两天一检", "1 test in 2 days"),
        "3/1": ("三天一检", "1 test in 3 days"),
        "3/2": ("三天两检", "2 tests in 3 days"),
        "7/1": ("七天一检", "1 test in 7 days"),
        "7/2": ("七天两检", "2 tests in 7 days"),
        "7/3": ("七天三检", "3 tests in 7 days"),
        "14/1": ("十四天一检", "1 test in 14 days"),
    }


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        (rules.TestingRule(5, 1), "五天一检", "1 test in 5 days"),
        (rules.TestingRule(10, 3), "十天三检", "3 tests in 10 days"),
        (rules.TestingRule(20, 12), "二十天十二检", "12 tests in 20 days"),
        (rules.TestingRule(31, 22), "三十一天二十二检", "22 tests in 31 days"),
        (rules.TestingRule(1, 2), "一天两检", "2 tests a day"),
        (rules.TestingRule(3, 2, True), "三天两检（按天计）", "tested on 2 of 3 days"),
        (rules.TestingRule(1, 1, True), "一天一检（按天计）", "tested on 1 of 1 day"),
    ],
)
def test_other_rules_have_names_made_alike(rule: rules.TestingRule, chinese: str, english: str) -> None:
    assert (rule.name("zh-hans"), rule.name("en")) == (chinese, english)


def test_forecast_says_who_misses_tomorrow_and_the_day_after() -> None:
    rule = rules.TestingRule(3, 1)
    facts = rules.StaffFacts(LONG_AGO, True, samples(2))
    assert rules.judge(rule, facts, on=ON, zone=SHANGHAI).state == "met"
    tomorrow, day_after = rules.forecast(rule, facts, on=ON, zone=SHANGHAI)
    assert (tomorrow.state, day_after.state) == ("met", "missed")
    assert day_after.window == rules.Days(date(2022, 6, 5), date(2022, 6, 7))


def test_forecast_counts_the_sample_of_today_and_the_joiner_who_becomes_due() -> None:
    rule = rules.TestingRule(3, 1)
    tested = rules.StaffFacts(LONG_AGO, True, [local(ON)])
    assert [judgement.state for judgement in rules.forecast(rule, tested, on=ON, zone=SHANGHAI)] == [
        "met"
    ] * 2
    joiner = rules.StaffFacts(ON - timedelta(days=2), True, [])
    assert [one.state for one in rules.forecast(rule, joiner, on=ON, zone=SHANGHAI)] == ["missed"] * 2
    later = rules.StaffFacts(ON - timedelta(days=1), True, [])
    assert [one.state for one in rules.forecast(rule, later, on=ON, zone=SHANGHAI)] == [
        "new_joiner",
        "missed",
    ]


def test_evidence_of_a_missed_rule() -> None:
    judgement = judge("3/2", [local(date(2022, 6, 4), "09:12")])
    assert rules.evidence(judgement, "zh-hans") == "6月3日至6月5日，应检 2 次，实检 1 次（6月4日 09:12）"
    assert rules.evidence(judgement, "en") == "3 June to 5 June, 2 tests due, 1 found (4 June 09:12)"


def test_evidence_of_one_day_without_samples() -> None:
    judgement = judge("1/1", [])
    assert rules.evidence(judgement, "zh-hans") == "6月5日，应检 1 次，实检 0 次"
    assert rules.evidence(judgement, "en") == "5 June, 1 test due, 0 found"


def test_evidence_lists_samples_oldest_first_and_counts_days() -> None:
    judgement = judge(
        "3/2", [local(date(2022, 6, 4), "18:00"), local(date(2022, 6, 4), "08:05")], counts_days=True
    )
    assert (
        rules.evidence(judgement, "zh-hans")
        == "6月3日至6月5日，应检 2 天，实检 1 天（6月4日 08:05、6月4日 18:00）"
    )
    assert (
        rules.evidence(judgement, "en")
        == "3 June to 5 June, 2 days with a test due, 1 found (4 June 08:05, 4 June 18:00)"
    )


def test_evidence_across_the_new_year_names_the_years() -> None:
    facts = rules.StaffFacts(LONG_AGO, True, [])
    judgement = rules.judge(rules.TestingRule(3, 1), facts, on=date(2023, 1, 2), zone=SHANGHAI)
    assert rules.evidence(judgement, "zh-hans") == "2022年12月30日至2023年1月1日，应检 1 次，实检 0 次"
    assert rules.evidence(judgement, "en").startswith("30 December 2022 to 1 January 2023, 1 test due")


def test_evidence_says_why_somebody_is_not_judged() -> None:
    assert rules.evidence(judge("off", []), "zh-hans") == "未设检测规则"
    assert rules.evidence(judge("off", []), "en") == "No testing rule"
    assert rules.evidence(judge("1/1", [], is_on_duty=False), "zh-hans") == "不在岗，不作判定"
    assert rules.evidence(judge("1/1", [], is_on_duty=False), "en") == "Not on duty, not judged"
    joiner = judge("1/1", [], joined_on=ON)
    assert rules.evidence(joiner, "zh-hans") == "新入职，未到应检时间：6月5日，应检 1 次，实检 0 次"
    assert rules.evidence(joiner, "en") == "New joiner, not due yet: 5 June, 1 test due, 0 found"


@pytest.mark.parametrize(
    ("age", "recency"),
    [
        (timedelta(hours=-1), "within_24h"),
        (timedelta(0), "within_24h"),
        (timedelta(hours=24), "within_24h"),
        (timedelta(hours=24, microseconds=1), "within_48h"),
        (timedelta(hours=48), "within_48h"),
        (timedelta(hours=48, microseconds=1), "within_72h"),
        (timedelta(hours=72), "within_72h"),
        (timedelta(hours=72, microseconds=1), "over_72h"),
        (timedelta(days=14), "over_72h"),
        (timedelta(days=14, microseconds=1), "unmatched"),
    ],
)
def test_hours_since_the_last_sample(age: timedelta, recency: str) -> None:
    at = datetime(2024, 3, 1, 4, tzinfo=UTC)
    assert rules.hours_bucket(at - age, at) == recency
    assert rules.hours_bucket((at - age).astimezone(SHANGHAI), at.astimezone(SHANGHAI)) == recency


def test_no_sample_at_all_is_unmatched() -> None:
    assert rules.hours_bucket(None, datetime(2024, 3, 1, tzinfo=UTC)) == "unmatched"


@pytest.mark.promise("R9")
@pytest.mark.parametrize(
    ("is_valid", "has_other", "cause"),
    [
        (False, False, "check_digit"),
        (False, True, "check_digit"),
        (True, True, "other_document"),
        (True, False, "no_record"),
    ],
)
def test_a_failing_check_digit_is_a_state_of_its_own(is_valid: bool, has_other: bool, cause: str) -> None:
    assert rules.cause_of_unmatched(has_valid_check_digit=is_valid, has_other_document=has_other) == cause
