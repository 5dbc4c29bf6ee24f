"""Two at once: of two venues that wait for one phone one gets its manager, and one venue is agreed to once."""

from datetime import timedelta

import pytest

from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.testing.cast import NOON, build_cast
from outpost.testing.races import at_once
from outpost.venues.models import HandOver, Kind, Venue
from outpost.venues.services import ensure_kinds, handing_over
from outpost.venues.tests.ledger import bring, venue_row

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PHONE, LATER = "13700000002", NOON + timedelta(hours=1)


def test_of_two_venues_one_gets_its_manager(transactional_db: None) -> None:
    bureau = build_cast().actor("bureau")
    ensure_kinds()
    Kind.objects.filter(code="market").update(department="market")
    for number in (2, 3):
        bring(venue_row(number, 管理员手机=PHONE), actor=bureau, kind="venues.entered")
    holder = open_phone_account(PHONE, address="", at=NOON)
    by, first, second = actor_of(holder, is_verified=False), *HandOver.objects.order_by("asked_at", "id")
    acts = [
        lambda one=one: handing_over.take_over(one.id, holder, actor=by, at=LATER)
        for one in (first, second, first, second)
    ]
    told = at_once(*acts)
    assert (told.count(""), told.count("venues.manages_another")) == (1, 2)
    assert Venue.objects.filter(confirmed_at__isnull=False).count() == 1
    assert HandOver.objects.filter(state=HandOver.AGREED).count() == 1
