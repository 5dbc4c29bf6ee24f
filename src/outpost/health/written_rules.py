"""The form in which a set of rules of the pass is kept."""

from collections.abc import Iterable, Mapping
from typing import Any

from outpost.health.conditions import Colour, Condition
from outpost.health.passes import Rule


def written(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Rules as JSON holds them."""
    return [
        {
            "condition": rule.condition.value,
            "colour": rule.colour.value,
            "hours": rule.hours,
            "zh": rule.zh,
            "en": rule.en,
        }
        for rule in rules
    ]


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from what `written` made. Raises ValueError for anything else."""
    return tuple(
        Rule(
            condition=Condition(one["condition"]),
            colour=Colour(one["colour"]),
            hours=one["hours"],
            zh=one["zh"],
            en=one["en"],
        )
        for one in stored
    )
