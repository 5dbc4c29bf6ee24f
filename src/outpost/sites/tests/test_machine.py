"""Whatever happens at construction sites, every figure is the list that it opens (R16), and who may enter is what a
count by the day says."""

from pathlib import Path

import pytest
from hypothesis.stateful import invariant

from outpost.sites.tests.checks import CHECKS, Sites
from outpost.sites.tests.machine import SiteActs
from outpost.testing.at_random import run_at_random
from outpost.testing.cast import Cast

READERS = ("command", "town")
NEAR = "440115001"


class Machine(SiteActs):
    """The acts, and what holds after each."""

    turn = 0

    @invariant()
    def everything_agrees(self) -> None:
        """For one reader after the other, and one kind of lists after the other."""
        self.turn += 1
        rounds = self.turn // len(CHECKS)
        who = READERS[rounds % len(READERS)]
        sees = (lambda _town: True) if who == "command" else NEAR.__eq__
        CHECKS[self.turn % len(CHECKS)](Sites.read(self.cast.actor(who), sees, self.at, rounds))


@pytest.mark.django_db
@pytest.mark.promise("R16")
@pytest.mark.parametrize("steps", [500, pytest.param(20_000, marks=pytest.mark.nightly)])
def test_figures_of_sites_are_the_lists_that_they_open(
    cast: Cast, tmp_path: Path, request: pytest.FixtureRequest, steps: int
) -> None:
    run_at_random(Machine, cast, tmp_path, request.config, steps=steps, each=100)
