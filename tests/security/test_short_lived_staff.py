"""Whoever adds people to read their tests, and takes them out again, is told of (part of hole 3)."""

from datetime import datetime, timedelta

import pytest

from outpost.people import watching
from outpost.people.unusual import Rule
from outpost.sentinel.services.staff import add_staff, change_staff, remove_staff
from outpost.sentinel.tests.ledgers import entry
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("T9")

MANY = watching.SHORT_LIVED + 1
SOON, LATE = NOON + timedelta(hours=1), NOON + timedelta(days=30)


def found(on: datetime = NOON) -> list[tuple[str, int]]:
    signals = watching.watch(on.date(), at=LATE)
    return [(one.subject, one.found) for one in signals if one.rule is Rule.SHORT_LIVED]


def test_many_that_come_and_go_are_told_once(cast: Cast) -> None:
    actor = cast.actor("principal")
    staff = [add_staff(cast.near.id, entry(n), actor=actor, at=NOON).id for n in range(1, MANY + 1)]
    remove_staff(staff[:1], actor=actor, at=SOON)
    assert found() == []
    remove_staff(staff[1:], actor=actor, at=SOON)
    assert found() == [(actor.id, MANY)]
    assert found() == []


def test_one_row_that_is_given_number_after_number_is_told(cast: Cast) -> None:
    actor = cast.actor("principal")
    staff = add_staff(cast.near.id, entry(1), actor=actor, at=NOON)
    for n in range(2, MANY + 2):
        change_staff(staff.id, entry(n), actor=actor, at=SOON)
    change_staff(staff.id, entry(MANY + 1, address="别处"), actor=actor, at=SOON)
    assert found() == [(actor.id, MANY)]


def test_who_leaves_after_a_month_is_nothing(cast: Cast) -> None:
    actor = cast.actor("principal")
    staff = [add_staff(cast.near.id, entry(n), actor=actor, at=NOON).id for n in range(1, MANY + 1)]
    remove_staff(staff, actor=actor, at=LATE)
    assert found(LATE) == []
