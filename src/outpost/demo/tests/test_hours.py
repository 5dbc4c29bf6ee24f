"""The district can be made up at any hour: nothing in it lies ahead of the clock."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from outpost.core import clock
from outpost.demo import district
from outpost.demo.trades import TRADES
from outpost.health.models import TestRecord
from outpost.health.services import ensure_products
from outpost.regions.services import load_divisions
from outpost.sentinel.services.templates import ensure_templates
from outpost.testing.cast import NOON

REGION = "440115"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


@pytest.mark.parametrize("hour", [0, 6, 23])
def test_the_district_can_be_made_up_at_any_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    monkeypatch.setattr(district, "TRADES", (replace(TRADES[0], bodies=3, staff=60),))
    at = clock.day_start(clock.local_day(NOON)) + timedelta(hours=hour, minutes=1)
    with patch.object(clock, "now", lambda: at):
        load_divisions(REGION, actor=district.ACTOR, at=at)
        ensure_templates(region=REGION, actor=district.ACTOR, at=at)
        ensure_products()
        district.load_district(tmp_path, at=at, progress=lambda _line: None)
    pending = TestRecord.objects.filter(result="pending")
    assert TestRecord.objects.filter(result="negative").count() > 60
    assert not pending.filter(result_at__isnull=False).exists()
    assert pending.exists() == (hour < 8)  # the last samples of a day are out by eight
