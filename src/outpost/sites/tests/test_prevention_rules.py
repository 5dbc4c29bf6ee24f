"""Stock, its use and what is missing, by tables and against a plain count."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.sites.rules.prevention import (
    ChecklistState,
    DayMoves,
    FileFacts,
    Gap,
    Look,
    SupplyState,
    most_out,
    stock_of,
)

pytestmark = pytest.mark.rules

TODAY = date(2022, 6, 8)


def moved(*moves: tuple[int, int]) -> list[DayMoves]:
    """Days ago and the change; what goes out is use."""
    return [DayMoves(TODAY - timedelta(days=ago), change, max(0, -change)) for ago, change in moves]


@pytest.mark.parametrize(
    ("moves", "quantity", "days_left", "state"),
    [
        ([(30, 100)], 100, None, SupplyState.UNUSED),
        ([(30, 100), (20, -50)], 50, None, SupplyState.UNUSED),  # that use is over
        ([(30, 100), (30, -100)], 0, None, SupplyState.OUT),
        ([(30, 1000), (1, -70)], 930, 93, SupplyState.ENOUGH),  # 70 in 7 days: 10 a day
        ([(30, 200), (10, -140)], 60, 6, SupplyState.LOW),  # 140 in 14 days
        ([(30, 1000), (10, -14), (2, -700)], 286, 2, SupplyState.LOW),  # the faster of both counts
        ([(30, 210), (1, -70), (8, -70)], 70, 7, SupplyState.ENOUGH),  # seven days are not below seven
        ([(1, 100), (0, -20)], 80, 8, SupplyState.ENOUGH),  # a ledger of two days: 10 a day
        ([(0, 100), (0, -60)], 40, 0, SupplyState.LOW),
        ([(30, 10), (5, -10)], 0, 0, SupplyState.OUT),
    ],
)
def test_stock_lasts_as_long_as_the_present_use_lets_it(
    moves: Sequence[tuple[int, int]], quantity: int, days_left: int | None, state: SupplyState
) -> None:
    stock = stock_of(moved(*moves), today=TODAY, low_days=7)
    assert (stock.quantity, stock.days_left, stock.state) == (quantity, days_left, state)


def test_what_was_taken_back_was_no_use() -> None:
    moves = [*moved((30, 100), (3, -40)), DayMoves(TODAY - timedelta(days=3), 40, -40)]
    assert stock_of(moves, today=TODAY, low_days=7).days_left is None
    back = [*moved((30, 100), (3, 40)), DayMoves(TODAY - timedelta(days=3), -40)]  # what came in too much
    assert stock_of(back, today=TODAY, low_days=7).days_left is None


@pytest.mark.parametrize(
    ("moves", "ago", "left"),
    [
        ([], 0, 0),
        ([(5, 10)], 0, 10),
        ([(5, 10)], 5, 10),
        ([(5, 10)], 6, 0),  # it came later
        ([(5, 10), (2, -4)], 4, 6),  # what went out since is gone
        ([(5, 10), (2, -10), (1, 8)], 4, 0),
        ([(5, 10), (2, -10), (1, 8)], 0, 8),
    ],
)
def test_no_more_leaves_than_was_there_that_day_and_since(
    moves: Sequence[tuple[int, int]], ago: int, left: int
) -> None:
    assert most_out(moved(*moves), TODAY - timedelta(days=ago)) == left


DAYS = st.integers(0, 20)


@given(st.lists(st.tuples(DAYS, st.integers(-30, 30))), DAYS)
def test_whatever_may_leave_leaves_no_day_below_zero(entries: list[tuple[int, int]], ago: int) -> None:
    kept: list[DayMoves] = []
    for days, change in entries:
        one = moved((days, change))
        if change > 0 or -change <= most_out(kept, one[0].day):
            kept.extend(one)
    kept.append(DayMoves(TODAY - timedelta(days=ago), -most_out(kept, TODAY - timedelta(days=ago))))
    for back in range(21):
        until = TODAY - timedelta(days=back)
        assert sum(one.change for one in kept if one.day <= until) >= 0


WHOLE = FileFacts(3, has_hospital=True, supplies=(SupplyState.ENOUGH,), latest=ChecklistState.ACCEPTED)


@pytest.mark.parametrize(
    ("facts", "gaps", "looks"),
    [
        (WHOLE, (), set()),
        (
            FileFacts(0, has_hospital=False, supplies=(), latest=None),
            (Gap.GROUP, Gap.HOSPITAL, Gap.SUPPLIES, Gap.CHECKLIST),
            {Look.INCOMPLETE},
        ),
        (
            FileFacts(1, has_hospital=True, supplies=(SupplyState.LOW,), latest=ChecklistState.SUBMITTED),
            (),
            {Look.LOW, Look.TO_JUDGE},
        ),
        (
            FileFacts(1, has_hospital=True, supplies=(SupplyState.OUT,), latest=ChecklistState.TO_MEND),
            (Gap.MEND,),
            {Look.INCOMPLETE, Look.LOW},
        ),
        (
            FileFacts(1, has_hospital=True, supplies=(SupplyState.UNUSED,), latest=ChecklistState.ACCEPTED),
            (),
            set(),
        ),
    ],
)
def test_what_is_missing_is_named(facts: FileFacts, gaps: tuple[Gap, ...], looks: set[Look]) -> None:
    assert facts.gaps == gaps
    assert {look for look in Look if facts.meets(look)} == looks
