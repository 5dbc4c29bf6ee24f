"""What is missing before a disposition is lifted. Pure but for the rule, which is data (`data/lifting.toml`)."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outpost.health.rules import Disposition


@dataclass(frozen=True, slots=True)
class LiftingRule:
    """Full days after the one on which it began; negative samples after that day, each on a day of its own."""

    days: int
    tests: int


RULES = {
    Disposition(name): LiftingRule(**rule)
    for name, rule in tomllib.loads(
        (Path(__file__).parent / "data" / "lifting.toml").read_text("utf-8")
    ).items()
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a disposition asks for, and how much of it is there."""

    days: int
    days_done: int
    tests: int
    tests_done: int

    @property
    def is_all(self) -> bool:
        return self.days_done >= self.days and self.tests_done >= self.tests


def done(
    disposition: Disposition, began_on: date, negative_on: Collection[date], *, today: date
) -> Done | None:
    """How far it is; None for one that asks for nothing."""
    if (rule := RULES.get(disposition)) is None:
        return None
    days = max((today - began_on).days - 1, 0)
    return Done(rule.days, days, rule.tests, sum(began_on < day <= today for day in set(negative_on)))
