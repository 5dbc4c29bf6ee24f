"""A figure is declared once: rows, totals, rates and columns follow."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.figures.declared import Figure, Rate, Statistic, rate

pytestmark = pytest.mark.rules

TESTS = Statistic(
    (
        Figure("staff", "Staff", "sum(n.staff)"),
        Figure("tested", "Tested", "sum(n.tested)", where="l.samples > 0", band="Tests"),
        Rate("rate", "Rate", part="tested"),
    )
)


def test_the_values_of_a_row_follow_the_columns() -> None:
    assert TESTS.sums == "coalesce(sum(n.staff), 0), coalesce(sum(n.tested), 0)"
    near, far = TESTS.row("1", "near", (4, 3)), TESTS.row("2", "far", (2, 0))
    assert TESTS.values(near) == {"staff": 4, "tested": 3, "rate": "75.00"}
    assert TESTS.values(TESTS.total([near, far])) == {"staff": 6, "tested": 3, "rate": "50.00"}


def test_a_row_with_too_few_values_is_none() -> None:
    with pytest.raises(ValueError, match="shorter"):
        TESTS.row("1", "near", (4,))


@pytest.mark.parametrize(
    ("done", "staff", "text"),
    [
        (0, 0, "0.00"),
        (0, 7, "0.00"),
        (7, 7, "100.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 800, "0.13"),
        (1, 32, "3.13"),
        (1, 20_000, "0.01"),
        (1, 20_001, "0.00"),
        (76, 85, "89.41"),
    ],
)
def test_rate_has_two_decimals_half_up(done: int, staff: int, text: str) -> None:
    assert rate(done, staff) == text


@settings(deadline=None, database=None)
@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_rate_equals_decimal_arithmetic(done: int, staff: int) -> None:
    exact = Decimal(done * 100) / Decimal(staff)
    assert rate(done, staff) == str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
