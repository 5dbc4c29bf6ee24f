"""The periods of the classes, as a deployment may set them."""

from datetime import date

import pytest

from outpost.core.retention import PERIODS, UNDO_DAYS, first_kept_days, periods

pytestmark = pytest.mark.rules


def test_defaults_hold_what_other_promises_need() -> None:
    assert all(period.days >= period.least >= 1 for period in PERIODS.values())
    assert PERIODS["audit"].least >= 184  # any six months
    assert PERIODS["tests"].least >= 31 + 31  # the widest rule, and a month of days to match anew
    assert PERIODS["history"].least >= UNDO_DAYS
    assert PERIODS["findings"].days <= PERIODS["runs"].days  # people go before the figures


def test_a_setting_changes_what_it_names() -> None:
    assert periods() == {name: period.days for name, period in PERIODS.items()}
    assert periods(" tests=180, audit=400 ,") == periods() | {"tests": 180, "audit": 400}


@pytest.mark.parametrize(
    "text", ["tests", "tests=", "tests=-1", "tests=1.5", "visits=10", "tests=61", "audit=183", "events=30"]
)
def test_what_cannot_be_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=text.split("=", maxsplit=1)[0]):
        periods(f"people=5,{text}")


def test_a_class_that_was_renamed_is_told_by_its_new_name() -> None:
    with pytest.raises(ValueError, match="write jobs=45"):
        periods("events=45")


def test_the_first_day_that_stays() -> None:
    assert first_kept_days(date(2024, 3, 1), {"tests": 1, "audit": 366}) == {
        "tests": date(2024, 2, 29),
        "audit": date(2023, 3, 1),
    }
