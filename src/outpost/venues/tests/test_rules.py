"""What is decided about checkpoints, points and visits."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from outpost.core.errors import Problem, Refusal
from outpost.testing.cast import NOON
from outpost.venues import errors, rules
from outpost.venues.rules import Place, Visit

pytestmark = pytest.mark.rules
PLACE_PARTS = (uuid4(), "市场", uuid4(), "正门")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("南门、北门", ("南门", "北门")),
        ("南门，北门;东门\n西门", ("南门", "北门", "东门", "西门")),
        (" 南  门 、、南 门", ("南 门",)),
    ],
)
def test_a_cell_names_checkpoints(cell: str, names: tuple[str, ...]) -> None:
    assert rules.checkpoint_names(cell) == names


def test_swapped_degrees_are_refused() -> None:
    assert rules.longitude(Decimal("113.12345678")) == Decimal("113.1234568")
    for check, value in ((rules.longitude, "22.8"), (rules.latitude, "113.5")):
        with pytest.raises(Refusal):
            check(Decimal(value))


@pytest.mark.parametrize(
    ("occurred", "temperature", "ended", "problem"),
    [
        (timedelta(), None, None, None),
        (rules.FARTHEST_AHEAD, "37.3", None, None),
        (rules.FARTHEST_AHEAD + SECOND, None, None, errors.TIME_AHEAD),
        (-rules.FARTHEST_BACK, None, None, None),
        (-rules.FARTHEST_BACK - SECOND, None, None, errors.TIME_PAST),
        (timedelta(), "33.9", None, errors.NO_TEMPERATURE),
        (timedelta(), "99", None, errors.NO_TEMPERATURE),
        (timedelta(), None, timedelta(), errors.CODE_ENDED),
        (-SECOND, None, timedelta(), None),  # scanned while the code was good
    ],
)
def test_why_a_visit_does_not_count(
    occurred: timedelta, temperature: str | None, ended: timedelta | None, problem: Problem | None
) -> None:
    place = Place(*PLACE_PARTS, None if ended is None else NOON + ended)
    visit = Visit(NOON + occurred, None if temperature is None else Decimal(temperature))
    assert rules.why_not(visit, place, at=NOON) is problem
