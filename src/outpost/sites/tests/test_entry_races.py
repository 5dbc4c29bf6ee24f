"""Two who enter and exit one person at once: the person is on one site at most, and each is told what became of it."""

from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import Count, F, Q, Sum

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.sentinel.tests.test_ledger_races import committed  # noqa: F401 - a fixture
from outpost.sites import services
from outpost.sites.models import Registration, Stay
from outpost.sites.services.passing import ENTERED, LEFT, Outcome
from outpost.sites.tests.test_registrations import crew_of_two
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast
from outpost.testing.races import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


@pytest.fixture
def command(committed: Cast) -> Actor:  # noqa: F811 - the fixture's value
    return committed.actor("command")


@pytest.fixture
def both(command: Actor, tmp_path: Path) -> list[Registration]:
    """One person under two contracts."""
    crew_of_two(command, tmp_path, [1], both=[1])
    return list(Registration.objects.order_by("contract__number"))


def of_many(*acts: Callable[[], Outcome]) -> list[Outcome]:
    found: list[Outcome] = []
    assert at_once(*(lambda act=act: found.append(act()) for act in acts)) == [""] * len(acts)
    return found


def _passed(outcome: Outcome) -> Collection[UUID]:
    return outcome.passed


def _refused(outcome: Outcome) -> Collection[UUID]:
    return outcome.refused


def inside_twice() -> int:
    here = Stay.objects.inside().values("person_id").annotate(stays=Count("*"))
    return here.filter(stays__gt=1).count()


def test_who_enters_two_sites_at_once_is_on_one_and_entered_one_site_once(
    both: list[Registration], command: Actor
) -> None:
    def enter(row: Registration) -> Outcome:
        return services.enter([row.id], Checked.CODE, occurred_at=NOON, actor=command, at=NOON)

    found = of_many(*(lambda row=row: enter(row) for row in both * 3))
    assert (inside_twice(), Stay.objects.inside().count()) == (0, 1)
    passed, refused = (sum(len(of(each)) for each in found) for of in (_passed, _refused))
    assert (passed + refused, Stay.objects.count()) == (6, passed)


def test_who_enters_and_leaves_at_once_is_inside_or_not_and_no_stay_ends_before_it_began(
    both: list[Registration], command: Actor
) -> None:
    here = both[0].id
    services.enter([here], Checked.CODE, occurred_at=NOON, actor=command, at=NOON)
    later = NOON + HOUR

    def leave() -> Outcome:
        return services.leave([here], occurred_at=later, actor=command, at=later)

    def enter() -> Outcome:
        return services.enter([here], Checked.CODE, occurred_at=later, actor=command, at=later)

    of_many(leave, enter, leave, enter)
    assert inside_twice() == 0
    assert not Stay.objects.filter(Q(left_at__lt=F("entered_at"))).exists()
    kept = dict(AuditEntry.objects.values_list("action").annotate(people=Sum("count")))
    left, entered = kept.get(LEFT, 0), kept[ENTERED]
    assert Stay.objects.count() == entered
    assert (left, entered - left) in {(1, 0), (1, 1), (2, 0), (2, 1)}
