"""Rules of health facts: results, and the doses by table and by property."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import RowParser
from outpost.health import rules
from outpost.health.columns import TESTS

pytestmark = pytest.mark.rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
PRODUCTS = {product.code: product for product in rules.BUILT_IN_PRODUCTS}
VERO, CHO, AD5 = "inactivated-vero", "recombinant-cho", "recombinant-ad5"
DAY = date(2021, 8, 30)
NO, WAIT, MAY, DONE = "not_applicable", "not_due", "eligible", "done"

Given = tuple[str, int, int]  # product, dose number, days after DAY


def states(given_doses: Sequence[Given], days: int) -> tuple[rules.DoseState, ...]:
    history = rules.VaccinationHistory(
        tuple(
            rules.DoseGiven(product=product, dose=dose, given_on=DAY + timedelta(days=after))
            for product, dose, after in given_doses
        )
    )
    return rules.dose_states(history, DAY + timedelta(days=days), PRODUCTS)


@pytest.mark.parametrize(
    ("given_doses", "days", "expected"),
    [
        ([], 0, (MAY, NO, NO)),
        # inactivated: two doses 21 days apart, booster from 180 days
        ([(VERO, 1, 0)], 0, (DONE, WAIT, NO)),
        ([(VERO, 1, 0)], 20, (DONE, WAIT, NO)),
        ([(VERO, 1, 0)], 21, (DONE, MAY, NO)),
        ([(VERO, 1, 0), (VERO, 2, 21)], 200, (DONE, DONE, WAIT)),
        ([(VERO, 1, 0), (VERO, 2, 21)], 201, (DONE, DONE, MAY)),
        ([(VERO, 1, 0), (VERO, 2, 21), (VERO, 3, 201)], 201, (DONE, DONE, DONE)),
        # recombinant CHO: three doses 28 days apart
        ([(CHO, 1, 0)], 27, (DONE, WAIT, NO)),
        ([(CHO, 1, 0)], 28, (DONE, MAY, NO)),
        ([(CHO, 1, 0), (CHO, 2, 28)], 55, (DONE, DONE, WAIT)),
        ([(CHO, 1, 0), (CHO, 2, 28)], 56, (DONE, DONE, MAY)),
        # Ad5: one dose; its booster is the third column
        ([(AD5, 1, 0)], 179, (DONE, NO, WAIT)),
        ([(AD5, 1, 0)], 180, (DONE, NO, MAY)),
        ([(AD5, 1, 0), (AD5, 3, 180)], 180, (DONE, DONE, DONE)),
        ([(AD5, 1, 0), (AD5, 2, 180)], 359, (DONE, DONE, WAIT)),
        ([(AD5, 1, 0), (AD5, 2, 180)], 360, (DONE, DONE, MAY)),
        # mixed: the product given last decides
        ([(VERO, 1, 0), (CHO, 2, 21)], 48, (DONE, DONE, WAIT)),
        ([(VERO, 1, 0), (CHO, 2, 21)], 49, (DONE, DONE, MAY)),
        ([(CHO, 1, 0), (VERO, 2, 28)], 207, (DONE, DONE, WAIT)),
        ([(AD5, 1, 0), (VERO, 2, 28)], 208, (DONE, DONE, MAY)),
        # two sources give two days for one dose: the later counts
        ([(VERO, 1, 0), (VERO, 1, 3)], 23, (DONE, WAIT, NO)),
        ([(VERO, 1, 3), (VERO, 1, 0)], 23, (DONE, WAIT, NO)),
        ([(VERO, 1, 3), (VERO, 1, 0)], 24, (DONE, MAY, NO)),
        # a day that has not come is not known yet
        ([(VERO, 1, 5)], 4, (MAY, NO, NO)),
        ([(VERO, 1, 0), (VERO, 2, 30)], 29, (DONE, MAY, NO)),
        # a fourth dose proves all three
        ([(VERO, 4, 0)], 0, (DONE, DONE, DONE)),
    ],
)
def test_doses_by_table(given_doses: list[Given], days: int, expected: tuple[str, str, str]) -> None:
    assert tuple(state.status for state in states(given_doses, days)) == expected


@pytest.mark.parametrize(
    ("numbers", "by_later"),
    [
        ([1], (False, False, False)),
        ([2], (True, False, False)),
        ([3], (True, True, False)),
        ([1, 3], (False, True, False)),
        ([2, 3], (True, False, False)),
        ([1, 2, 3], (False, False, False)),
        ([4], (True, True, True)),
    ],
)
def test_doses_counted_only_through_a_later_one_are_marked(
    numbers: list[int], by_later: tuple[bool, bool, bool]
) -> None:
    found = states([(VERO, number, number) for number in numbers], 10)
    assert tuple(state.is_done_by_later for state in found) == by_later
    assert all(state.status == DONE for state in found[: max(numbers)])


def test_due_day_is_named_before_and_after_it_comes() -> None:
    for days in (20, 21, 400):
        assert states([(VERO, 1, 0)], days)[1].due_on == DAY + timedelta(days=21)
    assert [state.due_on for state in states([], 0)] == [None, None, None]


def test_product_without_booster_calls_for_no_third_dose() -> None:
    product = rules.Product("plain", "无加强针疫苗", "Without booster", 2, 21)
    given_doses = (rules.DoseGiven(product="plain", dose=2, given_on=DAY),)
    found = rules.dose_states(
        rules.VaccinationHistory(given_doses), DAY + timedelta(days=999), {"plain": product}
    )
    assert found[2] == rules.DoseState(rules.DoseStatus.NOT_APPLICABLE)


def test_unknown_product_that_decides_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        states([("gone", 1, 0)], 1)


DOSES_GIVEN = st.lists(
    st.tuples(st.sampled_from((VERO, CHO, AD5)), st.integers(1, 4), st.integers(0, 400)), max_size=5
)


@settings(max_examples=200, deadline=None, database=None)
@given(st.lists(DOSES_GIVEN, max_size=30), st.integers(-1, 700))
def test_coverage_tables_balance(staff: list[list[Given]], days: int) -> None:
    people = [states(given_doses, days) for given_doses in staff]
    for column in range(3):
        statuses = [person[column].status for person in people]
        done, eligible, not_due = (statuses.count(rules.DoseStatus(one)) for one in (DONE, MAY, WAIT))
        applies = len(statuses) - statuses.count(rules.DoseStatus.NOT_APPLICABLE)
        assert eligible + done + not_due == applies <= len(staff)
    assert all(person[0].status in {DONE, MAY} for person in people)


@settings(max_examples=300, deadline=None, database=None)
@given(DOSES_GIVEN, st.integers(-1, 700))
def test_states_follow_the_words_of_the_rule(given_doses: list[Given], days: int) -> None:
    """Said again over the plain list: given is given, later proves earlier, at most one is next."""
    found = states(given_doses, days)
    numbers = {dose for _, dose, after in given_doses if after <= days}
    for dose, state in zip(rules.DOSES, found, strict=True):
        assert (state.status == DONE) is any(number >= dose for number in numbers)
        assert state.is_done_by_later is (state.status == DONE and dose not in numbers)
        assert (state.status == WAIT) is (
            state.due_on is not None and state.due_on > DAY + timedelta(days=days)
        )
    assert [state.status for state in found].count(rules.DoseStatus.ELIGIBLE) <= 1
    assert (found[0].status == MAY) is (not numbers)


@given(DOSES_GIVEN)
@settings(max_examples=100, deadline=None, database=None)
def test_with_time_nobody_falls_back(given_doses: list[Given]) -> None:
    waiting = [states(given_doses, days) for days in range(401, 801, 50)]
    order = [NO, WAIT, MAY, DONE]
    for earlier, later in pairwise(waiting):
        assert all(
            order.index(a.status) <= order.index(b.status) for a, b in zip(earlier, later, strict=True)
        )


@pytest.mark.parametrize(
    ("doses", "least_days", "booster"), [(0, 21, None), (4, 21, None), (2, -1, None), (2, 21, -1)]
)
def test_impossible_products_are_refused(doses: int, least_days: int, booster: int | None) -> None:
    with pytest.raises(ValueError, match="1 to 3 doses"):
        rules.Product("x", "甲", "x", doses, least_days, booster)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("新冠病毒灭活疫苗(Vero细胞)", VERO),
        ("新冠病毒灭活疫苗（vero 细胞）", VERO),
        (" 重组新冠病毒疫苗(CHO细胞) ", CHO),
        ("重组新冠病毒疫苗（５型腺病毒载体）", AD5),
        ("RECOMBINANT-AD5", AD5),
        ("inactivated vaccine (vero cell)", VERO),
        ("新冠病毒灭活疫苗", None),
        ("", None),
    ],
)
def test_products_are_known_by_code_and_name(text: str, code: str | None) -> None:
    product = rules.find_product(text, rules.BUILT_IN_PRODUCTS)
    assert (product.code if product else None) == code


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("阴性", "negative"),
        (" Negative ", "negative"),
        ("阳性", "positive"),
        ("ＰＯＳＩＴＩＶＥ", "positive"),
        ("可疑", "inconclusive"),
        ("inconclusive", "inconclusive"),
        ("待出", "pending"),
        ("pending", "pending"),
        ("", "pending"),
        ("不详", None),
    ],
)
def test_results_are_read_in_both_languages(text: str, result: str | None) -> None:
    sheet = Sheet("results", "结果", tuple(column for column in TESTS.columns if column.name == "result"))
    row = RowParser(sheet, UTC)([text])
    assert (row.values["result"] or ("pending" if not row.faults else None)) == result


def test_declared_travel_names_the_areas_that_hold_on_the_day() -> None:
    high, medium = rules.RiskLevel.HIGH, rules.RiskLevel.MEDIUM
    areas = [
        rules.Area("杭州", medium, date(2022, 5, 1)),
        rules.Area("上海市浦东新区", high, date(2022, 5, 1), date(2022, 6, 1)),
    ]
    travel = ["上海市 浦东新区", "杭州、长沙"]
    assert [one.name for one in rules.areas_named(travel, areas, date(2022, 5, 31))] == [
        "上海市浦东新区",
        "杭州",
    ]
    assert [one.name for one in rules.areas_named(travel, areas, date(2022, 6, 1))] == ["杭州"]
    assert rules.areas_named(travel, areas, date(2022, 4, 30)) == []
    assert rules.areas_named(["", "长沙"], areas, date(2022, 5, 31)) == []
