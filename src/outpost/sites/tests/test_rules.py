"""Who may enter: the days as they are ordered, the nearest place, and every condition against a count by the day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.health.lifting import full_days, release_day
from outpost.health.rules import Disposition
from outpost.sites import errors
from outpost.sites.rules.entering import (
    AWAY_DAYS,
    Candidate,
    Obstacle,
    PlaceRule,
    obstacles,
    rule_for,
)

BEGINS = date(2022, 1, 1)
TODAY = date(2022, 3, 10)


def candidate(**known: object) -> Candidate:
    stated = {"departures": ("湖南省长沙市",), "base_on": TODAY, "declared_on": TODAY} | known
    return Candidate(**stated)  # type: ignore[arg-type]


def codes(found: list[Obstacle]) -> list[str]:
    return [one.problem.code for one in found]


@pytest.mark.parametrize(
    ("base_on", "last_full_day"),
    [
        (date(2022, 1, 31), date(2022, 2, 14)),
        (date(2024, 2, 16), date(2024, 3, 1)),
        (date(2024, 2, 15), date(2024, 2, 29)),
        (date(2023, 2, 16), date(2023, 3, 2)),
        (date(2022, 12, 18), date(2023, 1, 1)),
        (date(1986, 4, 25), date(1986, 5, 9)),
    ],
)
def test_fourteen_full_days_after_the_base_day_and_the_gate_opens_on_the_next(
    base_on: date, last_full_day: date
) -> None:
    opens = release_day(base_on, 14)
    assert opens == last_full_day + timedelta(days=1)
    assert (full_days(base_on, last_full_day), full_days(base_on, opens)) == (13, 14)
    rules = [PlaceRule("", 14, 0, date(1986, 1, 1))]
    waits = candidate(base_on=base_on, declared_on=base_on)
    assert codes(obstacles(waits, rules, today=last_full_day)) == ["sites.isolation_runs"]
    assert obstacles(waits, rules, today=opens) == []


def test_the_refusal_names_the_days_that_are_done() -> None:
    rules = [PlaceRule("湖南省", 14, 0, BEGINS)]
    (found,) = obstacles(candidate(base_on=TODAY - timedelta(days=10)), rules, today=TODAY)
    assert found.numbers == {"days": "14", "done": "9", "on": "2022-03-15"}


def test_the_nearest_place_decides_then_the_later_rule() -> None:
    country, province, city = (
        PlaceRule(place, days, 0, BEGINS) for place, days in (("", 3), ("湖南省", 7), ("湖南省 长沙市", 14))
    )
    newer = PlaceRule("湖南省", 10, 0, BEGINS + timedelta(days=9))
    over = PlaceRule("湖南省长沙市岳麓区", 21, 0, BEGINS, TODAY)
    rules = [country, province, city, newer, over]
    assert rule_for("湖南省长沙市岳麓区", rules, TODAY) == city
    assert rule_for("湖南省株洲市", rules, TODAY) == newer
    assert rule_for("湖南省株洲市", rules, BEGINS) == province
    assert rule_for("贵州省", rules, TODAY) == country
    assert rule_for("贵州省", rules, BEGINS - timedelta(days=1)) is None


def test_what_is_declared_adds_and_never_lifts() -> None:
    rules = [PlaceRule("湖南省", 14, 2, BEGINS), PlaceRule("贵州省", 3, 3, BEGINS)]
    declared_elsewhere = candidate(departures=("贵州省", "湖南省"))
    found = obstacles(declared_elsewhere, rules, today=TODAY)
    assert [one.numbers.get("days") or one.numbers["tests"] for one in found] == ["14", "3"]


def test_an_exception_lifts_no_order_and_no_positive_result() -> None:
    rules = [PlaceRule("", 14, 1, BEGINS)]
    shut = candidate(disposition=Disposition.ISOLATION, is_positive=True, declared_on=None)
    assert codes(obstacles(shut, rules, today=TODAY)) == [
        *("sites.ordered", "sites.tested_positive", "sites.not_declared"),
        *("sites.isolation_runs", "sites.tests_missing"),
    ]
    left = obstacles(shut, rules, today=TODAY, is_excepted=True)
    assert codes(left) == ["sites.ordered", "sites.tested_positive"]
    assert obstacles(candidate(disposition=Disposition.ADMITTED), [], today=TODAY) == []


DAYS = st.integers(-40, 40).map(lambda days: TODAY + timedelta(days=days))


@given(
    rule=st.builds(PlaceRule, st.sampled_from(["", "湖", "贵"]), st.integers(0, 21), st.integers(0, 4), DAYS),
    person=st.builds(
        Candidate,
        departures=st.lists(st.sampled_from(["湖南省", "贵州省"]), min_size=1, max_size=2),
        base_on=DAYS,
        declared_on=st.one_of(st.none(), DAYS),
        disposition=st.one_of(st.none(), st.sampled_from(Disposition)),
        is_positive=st.booleans(),
        negative_on=st.frozensets(DAYS, max_size=6),
        left_on=st.one_of(st.none(), DAYS),
    ),
    is_excepted=st.booleans(),
)
def test_who_may_enter_is_what_a_count_by_the_day_says(
    rule: PlaceRule, person: Candidate, is_excepted: bool
) -> None:
    applies = rule.begins_on <= TODAY and any(one.startswith(rule.place) for one in person.departures)
    passed = [TODAY - timedelta(days=back) for back in range(1, 100)]
    served = sum(day > person.base_on for day in passed)  # type: ignore[operator]
    tested = {day for day in [TODAY, *passed] if day > person.base_on} & person.negative_on  # type: ignore[operator]
    is_isolated = applies and rule.isolation_days > 0 and (served < rule.isolation_days)
    is_untested = applies and len(tested) < rule.tests
    comes_too_early = person.base_on > TODAY  # type: ignore[operator]
    away = person.left_on is not None and sum(day > person.left_on for day in passed) > AWAY_DAYS
    is_undeclared = person.declared_on is None or (away and person.declared_on <= person.left_on)  # type: ignore[operator]
    excepted = is_isolated or is_untested or comes_too_early or is_undeclared
    ordered = person.disposition not in (None, Disposition.ADMITTED) or person.is_positive
    may = not ordered and (is_excepted or not excepted)
    found = obstacles(person, [rule], today=TODAY, is_excepted=is_excepted)
    assert (found == []) is may
    assert (errors.ISOLATION_RUNS in [one.problem for one in found]) is (
        not is_excepted and (is_isolated or comes_too_early)
    )
