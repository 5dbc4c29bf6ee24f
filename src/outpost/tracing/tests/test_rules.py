"""When two stays are a meeting: held against counting minute by minute."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.tracing.rules import Certainty, Meeting, Stay, clipped, meetings

pytestmark = pytest.mark.rules
MIDNIGHT = datetime(2022, 6, 8, 16, tzinfo=UTC)  # in Shanghai
CASE, VENUE, GATE = UUID(int=0), UUID(int=1), UUID(int=2)
Minute = tuple[UUID, UUID, Certainty, int]


def stay(begins: int, ends: int, *, who: int = 9, venue: int = 1, gate: int = 2, stated: bool = True) -> Stay:
    """A stay by minutes from midnight."""
    begins_at, ends_at = (MIDNIGHT + timedelta(minutes=minute) for minute in (begins, ends))
    return Stay(UUID(int=who), UUID(int=venue), UUID(int=gate), begins_at, ends_at, stated)


def met(
    own: Iterable[Stay], others: Iterable[Stay], tolerance: int = 0, *, same: bool = False
) -> list[Meeting]:
    pairs = product(own, others)
    return meetings(pairs, tolerance=timedelta(minutes=tolerance), same_checkpoint=same)


@pytest.mark.parametrize(
    ("own", "other", "minutes"),
    [
        ((-30, 40), (10, 20), [10]),  # over midnight, once
        ((-30, 40), (-60, -30), []),  # half-open
        ((-30, 40), (40, 50), []),
        ((-30, 40), (39, 50), [1]),
        ((-30, 40), (-1000, 2000), [70]),
    ],
)
def test_stays_over_midnight_meet_once_and_are_half_open(
    own: tuple[int, int], other: tuple[int, int], minutes: list[int]
) -> None:
    assert [one.minutes for one in met([stay(*own, who=0)], [stay(*other)])] == minutes


def test_what_is_on_record_is_told_apart_from_what_is_usual() -> None:
    own = [stay(0, 60, who=0), stay(200, 260, who=0, stated=False)]
    others = [stay(30, 90), stay(50, 80, stated=False), stay(210, 220)]
    assert [(one.certainty.value, one.minutes) for one in met(own, others)] == [
        ("stated", 30),
        ("usual_stay", 10),
        ("usual_stay", 10),
    ]


def test_two_gates_of_a_visit_are_one_meeting_and_a_checkpoint_may_be_asked_for() -> None:
    own, others = [stay(0, 60, who=0)], [stay(5, 20), stay(20, 40, gate=3), stay(50, 55, gate=3)]
    assert [(one.minutes, one.checkpoint_id) for one in met(own, others)] == [(35, GATE), (5, UUID(int=3))]
    assert [one.minutes for one in met(own, others, same=True)] == [15]


def test_a_stay_is_cut_to_the_span() -> None:
    first, last = (MIDNIGHT + timedelta(minutes=n) for n in (0, 60))
    assert clipped(stay(-10, 10), first, last) == stay(0, 10)
    assert clipped(stay(-10, 0), first, last) is None
    assert clipped(stay(60, 70), first, last) is None


def stays(people: Iterable[int]) -> st.SearchStrategy[list[Stay]]:
    one = st.builds(
        lambda begins, length, who, venue, gate, stated: stay(
            begins, begins + length, who=who, venue=venue, gate=gate, stated=stated
        ),
        st.integers(-60, 60),
        st.integers(1, 40),
        st.sampled_from(list(people)),
        st.integers(1, 2),
        st.integers(3, 4),
        st.booleans(),
    )
    return st.lists(one, max_size=8)


def by_minute(own: list[Stay], others: list[Stay], tolerance: int, *, same: bool) -> set[Minute]:
    """Every minute in which somebody is beside the case: brute force."""
    minutes = set()
    for a, b, minute in product(own, others, range(-130, 130)):
        at = MIDNIGHT + timedelta(minutes=minute)
        slack = timedelta(minutes=tolerance)
        is_there = a.begins_at - slack <= at < a.ends_at + slack and b.begins_at <= at < b.ends_at
        if is_there and a.venue_id == b.venue_id and (a.checkpoint_id == b.checkpoint_id or not same):
            is_stated = a.is_stated and b.is_stated
            certainty = Certainty.STATED if is_stated else Certainty.USUAL_STAY
            minutes.add((b.person_id, b.venue_id, certainty, minute))
    return minutes


@pytest.mark.promise("R10")
@settings(max_examples=150, deadline=None)
@given(stays([0]), stays([9, 10]), st.integers(0, 15), st.booleans())
def test_meetings_are_what_counting_minute_by_minute_finds(
    own: list[Stay], others: list[Stay], tolerance: int, same: bool
) -> None:
    found = met(own, others, tolerance, same=same)
    counted: set[Minute] = set()
    runs: dict[object, list[int]] = defaultdict(list)
    for one in found:
        first = (one.begins_at - MIDNIGHT) // timedelta(minutes=1)
        key = (one.person_id, one.venue_id, one.certainty)
        minutes = range(first, first + one.minutes)
        assert not counted & {(*key, minute) for minute in minutes}  # each minute once
        assert first - 1 not in runs[key]  # what touches is one
        counted |= {(*key, minute) for minute in minutes}
        runs[key] += minutes
    assert counted == by_minute(own, others, tolerance, same=same)
    assert met(reversed(own), reversed(others), tolerance, same=same) == found
