"""Machines that act at random, through the services, with a clock of their own; what is refused is refused: the next
act follows. What must hold after each act stands in the machine of a module."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import randrange
from typing import ClassVar
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import FORBIDDEN, Refusal
from outpost.testing.cast import NOON, Cast


class ActsAtRandom(RuleBasedStateMachine):
    """`cast` and `folder` are given before it runs, and what one run does is taken back."""

    cast: ClassVar[Cast]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self._block = transaction.atomic()
        self._block.__enter__()
        self._clocks = ExitStack()
        for one in self.clocks():
            self._clocks.enter_context(one)

    def clocks(self) -> list[AbstractContextManager[Callable[[], datetime]]]:
        """What tells the time while it runs."""
        return [patch.object(clock, "now", lambda: self.at)]

    def teardown(self) -> None:
        self._clocks.close()
        transaction.set_rollback(True)
        self._block.__exit__(None, None, None)

    @property
    def command(self) -> Actor:
        return self.cast.actor("command")

    @contextmanager
    def act(self) -> Iterator[None]:
        """A minute later; a refusal ends the act and nothing else."""
        self.at += timedelta(minutes=1)
        try:
            with transaction.atomic():
                yield
        except Refusal as refusal:
            if refusal.code == FORBIDDEN.code:
                raise


def run_at_random(
    machine: type[ActsAtRandom],
    cast: Cast,
    folder: Path,
    config: pytest.Config,
    *,
    steps: int,
    each: int = 50,
) -> None:
    """So many steps of a machine, in runs of `each`, from a seed that can be given again."""
    chosen = config.getoption("--hypothesis-seed") or randrange(1_000_000)
    print(f"to repeat it: --hypothesis-seed={chosen}")
    machine.cast, machine.folder = cast, folder
    long_run = settings(
        max_examples=steps // each,
        stateful_step_count=each,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate],  # the seed repeats it; to make it smaller takes longer than the whole run
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(int(chosen))(machine), settings=long_run)
