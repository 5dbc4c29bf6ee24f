"""Who may enter: the golden days, the table of obstacles, and random histories against counting by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core import clock
from outpost.health.rules import Disposition
from outpost.sites.rules import (
    ABSENT_FOR,
    DECLARED_WITHIN,
    Candidate,
    Entry,
    Isolation,
    Obstacle,
    PlaceRule,
    decide_entry,
    rule_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]  # year, month, day, hour …


NOW = local(2022, 6, 8, 9)
FORTNIGHT = PlaceRule(place="31", days=14, tests=2, begins_on=date(2022, 3, 1))
READY = Candidate(is_registered=True, declared_at=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("base", "last"),
    [
        ((2022, 1, 31), (2022, 2, 14)),
        ((2024, 2, 15), (2024, 2, 29)),
        ((2024, 2, 16), (2024, 3, 1)),
        ((2023, 2, 16), (2023, 3, 2)),
        ((2022, 12, 17), (2022, 12, 31)),
        ((2022, 12, 18), (2023, 1, 1)),
        ((1986, 4, 27), (1986, 5, 11)),  # summer time began on 4 May
        ((1991, 9, 8), (1991, 9, 22)),  # and ended on 15 September
    ],
)
def test_a_fortnight_is_fourteen_full_days_after_day_nought(
    base: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    isolation, end = Isolation(base=date(*base), days=14), local(*last, 23, 59, 59)
    assert isolation.last_day == date(*last)
    on = clock.local_day(end)
    assert (isolation.is_over(on), isolation.done(on)) == (False, 13)
    on = clock.local_day(end + timedelta(seconds=1))
    assert (isolation.is_over(on), isolation.done(on)) == (True, 14)


def test_day_nought_is_the_local_day() -> None:
    arrived = local(2022, 9, 3, 0, 30)
    assert arrived.astimezone(UTC).date() == date(2022, 9, 2)
    who = replace(READY, arrived_on=clock.local_day(arrived), departure="310000", declared_at=arrived)
    assert decided(who, replace(FORTNIGHT, tests=0), at=arrived).against[0].until == date(2022, 9, 18)


def decided(who: Candidate, *rules: PlaceRule, at: datetime = NOW) -> Entry:
    return decide_entry(who, rules, at, clock.local_day(at))


def obstacles(who: Candidate, *rules: PlaceRule, at: datetime = NOW) -> list[Obstacle]:
    return [one.obstacle for one in decided(who, *rules, at=at).against]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"is_registered": False}, [Obstacle.NOT_REGISTERED]),
        ({"is_registered": False, "is_family": True}, [Obstacle.FAMILY]),
        ({"is_contract_open": False, "is_employer_there": False}, [Obstacle.CONTRACT, Obstacle.EMPLOYER]),
        ({"disposition": Disposition.ISOLATION}, [Obstacle.DISPOSITION]),
        ({"positive_at": NOW}, [Obstacle.POSITIVE]),
        ({"positive_at": NOW + timedelta(seconds=1)}, []),
        ({"positive_at": NOW - timedelta(days=9), "admitted_at": NOW}, []),
        ({"positive_at": NOW, "admitted_at": NOW - timedelta(days=9)}, [Obstacle.POSITIVE]),
        ({"declared_at": None}, [Obstacle.NO_DECLARATION]),
        ({"declared_at": NOW + timedelta(seconds=1)}, [Obstacle.NO_DECLARATION]),
        ({"declared_at": NOW - DECLARED_WITHIN}, []),
        ({"declared_at": NOW - DECLARED_WITHIN - timedelta(seconds=1)}, [Obstacle.OLD_DECLARATION]),
        ({"declared_at": NOW - timedelta(days=90), "left_at": NOW - ABSENT_FOR + timedelta(seconds=1)}, []),
        ({"declared_at": NOW - timedelta(days=90), "left_at": NOW - ABSENT_FOR}, [Obstacle.ABSENCE]),
        ({"declared_at": NOW - timedelta(days=1), "left_at": NOW - timedelta(days=30)}, []),
    ],
)
def test_each_obstacle_is_named(change: dict[str, object], found: list[Obstacle]) -> None:
    assert obstacles(replace(READY, **change)) == found  # type: ignore[arg-type]  # fields of a candidate


def sampled(*instants: datetime) -> list[tuple[datetime, date]]:
    return [(at, clock.local_day(at)) for at in instants]


def test_days_and_tests_are_told_with_their_numbers() -> None:
    on = clock.local_day(NOW) - timedelta(days=10)
    negatives = sampled(NOW - timedelta(days=10), NOW - timedelta(days=10), NOW - timedelta(days=11))
    who = replace(READY, arrived_on=on, departure="310115", negatives=negatives)
    days, tests = decided(who, FORTNIGHT).against
    assert (days.obstacle, days.asked, days.done) == (Obstacle.DAYS, 14, 9)
    assert (tests.obstacle, tests.asked, tests.done) == (Obstacle.TESTS, 2, 1)


def test_an_exception_takes_what_people_decide_about_and_ends() -> None:
    who = replace(
        READY,
        arrived_on=clock.local_day(NOW),
        departure="31",
        disposition=Disposition.ISOLATION,
        excepted_until=NOW + timedelta(hours=1),
    )
    entry = decided(who, FORTNIGHT)
    assert [one.obstacle for one in entry.against] == [Obstacle.DISPOSITION]
    assert {one.obstacle for one in entry.excepted} == {Obstacle.DAYS, Obstacle.TESTS}
    assert not entry.may
    assert decided(who, FORTNIGHT, at=NOW + timedelta(hours=1)).excepted == ()


def test_the_closest_and_latest_rule_of_the_day_of_arrival_holds() -> None:
    everywhere = PlaceRule(place="", days=0, tests=1, begins_on=date(2022, 1, 1))
    later = replace(FORTNIGHT, days=10, begins_on=date(2022, 6, 1))
    rules = [later, everywhere, FORTNIGHT, replace(FORTNIGHT, place="32", ends_on=date(2022, 4, 1))]
    assert rule_of(rules, "310115", date(2022, 5, 31)) is FORTNIGHT
    assert rule_of(rules, "310115", date(2022, 6, 1)) is later
    assert rule_of(rules, "320100", date(2022, 4, 1)) is everywhere
    assert rule_of([], "310115", date(2022, 6, 1)).days == 0


@pytest.mark.parametrize("wrong", [{"days": -1}, {"days": 61}, {"tests": 31}, {"ends_on": date(2022, 2, 28)}])
def test_a_rule_without_sense_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"rule"):
        replace(FORTNIGHT, **wrong)  # type: ignore[arg-type]  # fields of a rule


instants = st.integers(int(local(1986, 4, 1).timestamp()), int(local(2030, 1, 1).timestamp())).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
gaps = st.timedeltas(timedelta(days=-3), timedelta(days=30))


@given(
    arrived=instants,
    passed=gaps,
    days=st.integers(0, 21),
    tests=st.integers(0, 4),
    samples=st.lists(gaps, max_size=6),
)
def test_days_and_tests_equal_counting_by_hand(
    arrived: datetime, passed: timedelta, days: int, tests: int, samples: list[timedelta]
) -> None:
    """By hand: each local day after that of the arrival is looked at, whether it is over; each sample, whether it is
    of the day of arrival or later, and not later than now."""
    at, day, over = arrived + passed, clock.local_day(arrived), 0
    negatives = sampled(*(arrived + sample for sample in samples))
    rule = PlaceRule(place="", days=days, tests=tests, begins_on=date.min)
    who = replace(READY, declared_at=arrived, arrived_on=day, negatives=negatives)
    found = {one.obstacle: one for one in decided(who, rule, at=at).against}

    for number in range(1, days + 1):
        over += clock.day_start(day + timedelta(days=number + 1)) <= at
    assert (Obstacle.DAYS in found) == (over < days)
    if over < days:
        assert (found[Obstacle.DAYS].asked, found[Obstacle.DAYS].done) == (days, over)
    taken = len({sample for sample, _ in negatives if clock.day_start(day) <= sample <= at})
    assert (Obstacle.TESTS in found) == (taken < tests)


def test_no_exception_takes_the_register_or_what_the_command_decided() -> None:
    nobody = Candidate(
        disposition=Disposition.SUSPECTED,
        positive_at=NOW,
        declared_at=NOW,
        excepted_until=NOW + timedelta(days=1),
    )
    assert obstacles(nobody) == [Obstacle.NOT_REGISTERED, Obstacle.DISPOSITION, Obstacle.POSITIVE]
    assert obstacles(replace(nobody, is_family=True))[0] is Obstacle.FAMILY
