"""What is decided about checkpoints, points and visits."""

from datetime import timedelta
from decimal import Decimal
from math import acos, cos, degrees, radians, sin
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.errors import Problem
from outpost.testing.cast import NOON
from outpost.venues import errors, rules
from outpost.venues.rules import Place, Point, Position, Visit

pytestmark = pytest.mark.rules
PLACE_PARTS = (uuid4(), "市场", uuid4(), "正门")
SECOND = timedelta(seconds=1)
MARKET = Point(113.5, 22.8)
KILOMETRE = degrees(1 / 6371)
"""Of latitude."""
points = st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))
metres = st.floats(0, 30_000_000)


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


@pytest.mark.parametrize(
    ("venue", "north", "accuracy", "is_remote"),
    [
        (MARKET, 0.0, 0, False),
        (MARKET, 0.99, 0, False),
        (MARKET, 1.01, 0, True),
        (MARKET, 1.1, 200, False),  # as near as its accuracy lets it be
        (MARKET, 1.31, 300, True),
        (MARKET, 2000.0, 5_000_000, False),  # a phone that knows nothing
        (None, 2000.0, 0, False),
        (MARKET, None, 0, False),
    ],
)
def test_what_is_known_to_be_far_from_a_venue(
    venue: Point | None, north: float | None, accuracy: float, is_remote: bool
) -> None:
    phone = None
    if north is not None:
        phone = Position(Point(MARKET.longitude, MARKET.latitude + north * KILOMETRE), accuracy)
    assert rules.is_remote(venue, phone, beyond=1000) is is_remote


@given(points, points)
def test_a_distance_is_the_angle_between_two_points(one: Point, other: Point) -> None:
    found = rules.distance(one, other)
    low, high, east = (radians(n) for n in (one.latitude, other.latitude, other.longitude - one.longitude))
    angle = acos(max(-1.0, min(1.0, sin(low) * sin(high) + cos(low) * cos(high) * cos(east))))
    assert found == pytest.approx(6_371_000 * angle, abs=1)
    assert found == pytest.approx(rules.distance(other, one), abs=1)


@given(points, points, metres, metres, metres)
def test_knowing_less_marks_nobody_more(
    venue: Point, phone: Point, accuracy: float, beyond: float, more: float
) -> None:
    if not rules.is_remote(venue, Position(phone, accuracy), beyond=beyond):
        assert not rules.is_remote(venue, Position(phone, accuracy + more), beyond=beyond)
        assert not rules.is_remote(venue, Position(phone, accuracy), beyond=beyond + more)
    assert not rules.is_remote(venue, Position(venue, accuracy), beyond=beyond)


@pytest.mark.parametrize(
    ("remote", "check_ins", "is_many"),
    [(0, 0, False), (9, 9, False), (10, 10, True), (10, 200, True), (10, 201, False), (400, 8000, True)],
)
def test_when_remote_check_ins_are_many(remote: int, check_ins: int, is_many: bool) -> None:
    assert rules.has_many_remote(remote, check_ins) is is_many
