"""Whatever happens to the ledgers, every figure is the list that it opens (R16)."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis.stateful import invariant

from outpost.core import clock
from outpost.sentinel.tests.checks import (
    check_narrow_rows,
    check_states,
    read_district,
)
from outpost.sentinel.tests.district import SCOPES
from outpost.sentinel.tests.figures import CHECKS, Reading
from outpost.sentinel.tests.machine import LedgerActs
from outpost.testing.at_random import run_at_random
from outpost.testing.cast import Cast

READERS = ("command", "bureau", "town", "principal")


class Machine(LedgerActs):
    """The acts, and what holds after each."""

    turn = 0

    @invariant()
    def everything_agrees(self) -> None:
        """For one reader after the other, and one kind of lists after the other."""
        self.turn += 1
        found = read_district()
        check_narrow_rows(found)
        check_states(found, clock.local_day(self.at) + timedelta(days=self.turn % 4 - 1))
        who = READERS[self.turn % len(READERS)]
        reading = Reading(
            found, self.cast.actor(who), partial(SCOPES[who], self.cast), self.at, self.turn // len(CHECKS)
        )
        CHECKS[self.turn % len(CHECKS)](reading)


@pytest.mark.promise("R16")
@pytest.mark.parametrize("steps", [1_000, pytest.param(20_000, marks=pytest.mark.nightly)])
def test_figures_are_the_lists_that_they_open(
    cast: Cast, tmp_path: Path, request: pytest.FixtureRequest, steps: int
) -> None:
    run_at_random(Machine, cast, tmp_path, request.config, steps=steps)
