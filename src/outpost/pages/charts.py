"""Charts of bars and small lines: what a page says of its groups and days, and where the component draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise

WHOLE = (0, 50, 100)  # the ticks of an axis, in per cent
MISSING = (0, 5, 10)
STRETCH = WHOLE[-1] // MISSING[-1]  # how much longer the same share is on the axis of what is missing
NEARLY_ALL = WHOLE[-1] - MISSING[-1]
OFF = 10  # points below the total from which a bar stands out


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` and `parts` in per cent as texts; a later part lies on those before it."""

    name: Text
    label: Text
    value: str
    url: str
    parts: Sequence[tuple[str, str]]
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Groups of bars on one axis that ends at the last of `ticks`. `legend`: key of the colour, its words."""

    title: Text
    legend: Sequence[tuple[str, Text]]
    groups: Sequence[tuple[Text, Sequence[Bar]]]
    ticks: Sequence[int] = WHOLE

    @property
    def middle(self) -> str:
        """The middle tick as it stands on a bar of 100 units."""
        return str(self.ticks[1] * 100 // self.ticks[-1])

    @property
    def is_grouped(self) -> bool:
        return len(self.groups) > 1 or any(name for name, bars in self.groups)


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of numbers, none below zero, the last of them today's; `label` says them, `change` is that of a day."""

    numbers: Sequence[int]
    label: str
    change: int

    @property
    def points(self) -> str:
        """The line on 100 × 20 units, zero at the bottom."""
        most, steps = max(self.numbers) or 1, max(len(self.numbers) - 1, 1)
        ends = enumerate(self.numbers)
        return " ".join(f"{100 * step / steps:.1f},{19 - 18 * number / most:.1f}" for step, number in ends)


def is_nearly_all(shares: Sequence[float]) -> bool:
    """Whether full bars would all look alike, so that what is missing says more."""
    return bool(shares) and min(shares) >= NEARLY_ALL
