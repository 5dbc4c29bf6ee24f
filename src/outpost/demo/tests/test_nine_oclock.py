"""Whoever looks at the made-up district finds the messages of nine o'clock, and the lists that they lead to."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access.models import User
from outpost.core import clock
from outpost.demo import district, nine_oclock, sign_ins
from outpost.demo.trades import TRADES
from outpost.health.services import ensure_products
from outpost.notifications.models import InboxMessage
from outpost.regions.models import Organization
from outpost.regions.rules import ORGANIZATION
from outpost.regions.services import load_divisions
from outpost.sentinel.services.templates import ensure_templates
from outpost.testing.cast import NOON

REGION = "440115"
OFFICERS = ("command", "bureau", "town")


@pytest.mark.rules
@pytest.mark.parametrize(("hour", "days"), [(0, [7]), (8, [7]), (9, [7, 8]), (23, [7, 8])])
def test_what_is_past_at_an_hour(hour: int, days: list[int]) -> None:
    at = clock.day_start(date(2022, 6, 8)) + timedelta(hours=hour)
    assert [nine.day for nine in nine_oclock.past_nines(at)] == days


def load(folder: Path, at: datetime) -> list[User]:
    """A small district; returns the accounts of its officers and of the principal that is shown."""
    load_divisions(REGION, actor=district.ACTOR, at=at)
    ensure_templates(region=REGION, actor=district.ACTOR, at=at)
    ensure_products()
    bodies = district.load_district(folder, at=at, progress=lambda _line: None)
    sign_ins.make_sign_ins(REGION, bodies, actor=district.ACTOR, at=at)
    for _ in range(2):
        nine_oclock.tell(actor=district.ACTOR, at=at)
    own = Organization.objects.get(name=bodies[0].name)
    principal = User.objects.get(grants__scope_kind=ORGANIZATION, grants__scope_key=str(own.id))
    return [*User.objects.filter(username__in=OFFICERS), principal]


@pytest.mark.slow
@pytest.mark.usefixtures("transactional_db")
def test_the_messages_of_two_days_lead_to_their_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    monkeypatch.setattr(district, "TRADES", (replace(TRADES[0], bodies=3, staff=90),))
    monkeypatch.setattr(district, "DAYS", 2)
    with patch.object(clock, "now", lambda: NOON):
        for user in load(tmp_path, NOON):
            client = Client(headers={"accept-language": "en"})
            client.force_login(user)
            messages = InboxMessage.objects.filter(user=user).order_by("created_at")
            assert [one.created_at.astimezone(clock.zone()).isoformat() for one in messages] == [
                "2022-06-07T09:00:00+08:00",
                "2022-06-08T09:00:00+08:00",
            ]
            assert all(client.get(one.link).status_code == 200 for one in messages)
