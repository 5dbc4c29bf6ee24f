"""Where something stands: longitude and latitude. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from outpost.core.errors import Refusal
from outpost.regions import errors

LONGITUDES = (Decimal("73.4"), Decimal("135.1"))
LATITUDES = (Decimal("3.8"), Decimal("53.6"))
"""Where China lies (Nansha Islands to Mohe, Pamir to Ussuri). The ranges do not meet, so that swapped values show."""


def longitude(value: Decimal) -> Decimal:
    """The same, to seven places. Raises Refusal outside China."""
    return _degrees(value, LONGITUDES)


def latitude(value: Decimal) -> Decimal:
    """The same, to seven places. Raises Refusal outside China."""
    return _degrees(value, LATITUDES)


def is_half(values: Mapping[str, Any]) -> bool:
    """Whether one of both is stated alone."""
    return (values["longitude"] is None) != (values["latitude"] is None)


def _degrees(value: Decimal, bounds: tuple[Decimal, Decimal]) -> Decimal:
    low, high = bounds
    if not low <= value <= high:
        raise Refusal(errors.OUTSIDE_CHINA, found=value, low=low, high=high)
    return round(value, 7)


def degrees(value: object) -> str:
    """As a form and a summary show it: five places, about a metre."""
    return "" if value is None else f"{Decimal(str(value)):.5f}"
