"""Where something stands: within China, both or neither, never swapped."""

from decimal import Decimal

import pytest

from outpost.core.errors import Refusal
from outpost.regions import points


def test_swapped_degrees_are_refused() -> None:
    assert points.longitude(Decimal("113.12345678")) == Decimal("113.1234568")
    for check, value in ((points.longitude, "22.8"), (points.latitude, "113.5")):
        with pytest.raises(Refusal):
            check(Decimal(value))


def test_one_of_both_alone_is_half_a_point() -> None:
    one = Decimal("113.5")
    assert points.is_half({"longitude": one, "latitude": None})
    assert not points.is_half({"longitude": None, "latitude": None})
    assert not points.is_half({"longitude": one, "latitude": one})
