"""What follows from an attempt: the table, and that every delivery ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.notifications.rules import LIFE, MOST_UNKNOWN, WAITS, DeliveryState, NextStep, Outcome, next_step
from outpost.testing.cast import NOON

pytestmark = pytest.mark.rules

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("outcome", "attempts", "unknowns", "is_idempotent", "expected"),
    [
        (Outcome.SENT, 1, 0, False, NextStep(DeliveryState.SENT, None)),
        (Outcome.SENT, 9, 3, False, NextStep(DeliveryState.SENT, None)),
        (Outcome.REFUSED, 1, 0, True, NextStep(DeliveryState.DEAD, None)),
        (Outcome.FAILED, 1, 0, False, NextStep(DeliveryState.WAITING, NOON + MINUTE)),
        (Outcome.FAILED, 2, 0, False, NextStep(DeliveryState.WAITING, NOON + 5 * MINUTE)),
        (Outcome.FAILED, 6, 0, False, NextStep(DeliveryState.WAITING, NOON + 360 * MINUTE)),
        (Outcome.FAILED, 7, 0, False, NextStep(DeliveryState.DEAD, None)),
        (Outcome.UNKNOWN, 1, 1, False, NextStep(DeliveryState.UNKNOWN, NOON + MINUTE)),
        (Outcome.UNKNOWN, 2, 2, False, NextStep(DeliveryState.DEAD, None)),
        (Outcome.UNKNOWN, 2, 2, True, NextStep(DeliveryState.UNKNOWN, NOON + 5 * MINUTE)),
        (Outcome.UNKNOWN, 7, 7, True, NextStep(DeliveryState.DEAD, None)),
    ],
)
def test_what_follows(
    outcome: Outcome, attempts: int, unknowns: int, *, is_idempotent: bool, expected: NextStep
) -> None:
    found = next_step(outcome, attempts=attempts, unknowns=unknowns, is_idempotent=is_idempotent, at=NOON)
    assert found == expected


@given(st.lists(st.sampled_from(list(Outcome)), min_size=len(WAITS) + 1), st.booleans())
def test_every_delivery_ends_within_the_life_of_its_message(
    outcomes: list[Outcome], is_idempotent: bool
) -> None:
    at, unknowns = NOON, 0
    for attempts, outcome in enumerate(outcomes, start=1):
        unknowns += outcome is Outcome.UNKNOWN
        step = next_step(outcome, attempts=attempts, unknowns=unknowns, is_idempotent=is_idempotent, at=at)
        assert is_idempotent or unknowns <= MOST_UNKNOWN
        if step.next_at is None:
            assert step.state in {DeliveryState.SENT, DeliveryState.DEAD}
            assert at - NOON < LIFE
            return
        assert step.next_at > at
        at = step.next_at
    raise AssertionError("it goes on for ever")
