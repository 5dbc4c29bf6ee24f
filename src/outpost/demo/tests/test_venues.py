"""Venues of the made-up district: there once however often they are loaded, and their flow is the rows."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import Sum

from outpost.core import clock
from outpost.demo import district, venues
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.regions.models import Department
from outpost.regions.services import load_divisions
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.cast import NOON
from outpost.venues.models import CheckIn, Flow, Venue
from outpost.venues.services import ensure_kinds

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


def test_venues_are_there_once_with_a_fortnight_of_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venues, "VENUES", 160)
    load_divisions("440115", actor=district.ACTOR, at=NOON)
    Department.objects.create(code=venues.DEPARTMENT, name="市场监督管理局", region_id="440115")
    ensure_kinds()
    for number in range(1, 20):
        document = Document(DocumentType.RESIDENT_ID, id_number(number))
        register_person(document, "甄测试", at=NOON)
    for _ in range(2):
        venues.load_venues(tmp_path, at=NOON, progress=lambda _line: None)
    assert Venue.objects.count() == 160
    counted = Flow.objects.aggregate(
        came=Sum("check_ins"), measured=Sum("temperatures"), abnormal=Sum("abnormal")
    )
    rows = CheckIn.objects.all()
    assert counted["came"] == rows.count() > 10_000
    assert counted["measured"] == rows.filter(temperature__isnull=False).count()
    assert counted["abnormal"] == rows.filter(temperature__gt="37.3").count() > 0
    assert not rows.filter(occurred_at__gt=NOON).exists()
    today = clock.local_day(NOON)
    assert rows.values("day").distinct().count() == district.DAYS
    came = rows.filter(day=today - timedelta(days=1)).values("venue_id").distinct()
    silent, without_anybody = 160 // venues.SILENT_EVERY, 160 // venues.NEVER_EVERY
    assert came.count() == 160 - silent - without_anybody
