"""A clock that has jumped stops the purge until somebody confirms it, whenever the jump came."""

from datetime import UTC, datetime, timedelta

import pytest

from outpost.audit import clocks, services
from outpost.audit.errors import CLOCK_JUMPED, CLOCKS_DIFFER
from outpost.audit.health_checks import purges
from outpost.core.actor import Actor
from outpost.core.errors import Refusal

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
OPERATOR = Actor.system("test")


def acts(*days: float) -> None:
    """Entries of the audit, so many days from now each."""
    for day in days:
        services.record("access.signed_in", actor=OPERATOR, at=NOW + timedelta(days=day))


def refusal() -> str:
    with pytest.raises(Refusal) as caught:
        clocks.require_true_clock(NOW)
    return caught.value.code


def test_a_clock_that_went_on_evenly_is_believed() -> None:
    clocks.require_true_clock(NOW)
    acts(-20, -8, -1)
    clocks.require_true_clock(NOW)


@pytest.mark.parametrize("days", [(-365,), (-366, -365, -0.1), (365,), (-1, 365, 0)], ids=str)
def test_a_jump_stops_the_purge_until_somebody_confirms(days: tuple[float, ...]) -> None:
    """Also when acts were recorded since under the wrong time, and when the clock was set back."""
    acts(*days)
    assert refusal() == CLOCK_JUMPED.code
    assert [finding.mend for finding in purges(NOW)][1].endswith("outpost purge --clock-is-right")
    clocks.confirm_clock(actor=OPERATOR, at=NOW)
    clocks.require_true_clock(NOW)


def test_a_jump_from_before_the_last_purge_was_judged_then() -> None:
    acts(-700, -20)
    services.record("retention.purged", actor=OPERATOR, at=NOW - timedelta(days=10))
    acts(-3)
    clocks.require_true_clock(NOW)


def test_the_databases_clock_must_agree() -> None:
    with pytest.raises(Refusal) as caught:
        clocks.require_true_clock(NOW + YEAR)
    assert caught.value.code == CLOCKS_DIFFER.code


def test_confirming_is_the_operators_business() -> None:
    with pytest.raises(Refusal):
        clocks.confirm_clock(actor=Actor(id="user:1", label="officer"), at=NOW)
