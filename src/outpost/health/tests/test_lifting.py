"""What is missing before a disposition is lifted: days are full days, tests lie after its first day."""

from datetime import date, timedelta

import pytest

from outpost.health.lifting import BUILT_IN, done
from outpost.health.rules import Disposition

BEGAN = date(2022, 6, 1)


@pytest.mark.parametrize(("later", "full"), [(0, 0), (1, 0), (2, 1), (10, 9), (15, 14)])
def test_the_first_day_is_none_and_only_full_days_count(later: int, full: int) -> None:
    far = done(BUILT_IN[Disposition.ISOLATION], BEGAN, (), today=BEGAN + timedelta(days=later))
    assert (far.days_done, far.is_all) == (full, False)


def test_tests_count_once_a_day_and_after_the_first() -> None:
    days = [BEGAN - timedelta(days=1), BEGAN, date(2022, 6, 3), date(2022, 6, 3), date(2022, 6, 9)]
    found = [
        done(BUILT_IN[Disposition.SUSPECTED], BEGAN, days, today=date(2022, 6, day)) for day in (2, 3, 9)
    ]
    assert [(one.tests_done, one.is_all) for one in found] == [(0, False), (1, False), (2, True)]


def test_every_disposition_that_holds_somebody_has_a_rule_and_may_enter_has_none() -> None:
    assert set(BUILT_IN) == set(Disposition) - {Disposition.ADMITTED}
