"""The day partitions of check-ins, and how check-ins, codes and venues go when their time is over."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from django.db import connection

from outpost.audit.purging import PURGE, Span, finish, purging
from outpost.core.actor import Actor
from outpost.testing.cast import NOON, Cast
from outpost.venues import days
from outpost.venues.models import CheckIn, CheckInId, Checkpoint, Venue, VenueCode
from outpost.venues.tests.ledger import brought, check_in, venue_row

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
TODAY = date(2022, 6, 8)
_BOUNDS = """SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'venues_checkin'::regclass ORDER BY 1"""


def bounds() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS)
        return list(cursor.fetchall())


def purge(first_kept: Mapping[str, date]) -> dict[str, int]:
    with purging(PURGE, Span(first_kept), actor=SYSTEM, at=NOON, progress=lambda *_: None) as run:
        certificate = finish(run, erased=None, actor=SYSTEM, at=NOON)
    return {one["class"]: one["removed"] for one in certificate["classes"]}


def test_days_are_the_same_whatever_the_zone_of_the_session() -> None:
    made, there = [], {*bounds()}  # check-ins on a connection of their own leave their days
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT zones")
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
            days.keep_days(TODAY)
            days.keep_days(TODAY)
            made.append([one for one in bounds() if one not in there])
            cursor.execute("ROLLBACK TO SAVEPOINT zones")
    assert made[0] == made[1] == made[2]
    names = dict(made[0])
    assert len(names) == 14 + 1 + 14
    assert names["venues_checkin_20220608"] == "FOR VALUES FROM ('2022-06-08') TO ('2022-06-09')"


def test_what_is_past_its_time_goes_and_its_days_after_it(cast: Cast) -> None:
    days.keep_days(TODAY - timedelta(days=40))
    (venue,) = brought(venue_row())
    old, young = TODAY - timedelta(days=31), TODAY - timedelta(days=30)
    check_in(venue, old)
    kept = check_in(venue, young)
    first = TODAY - timedelta(days=30)
    assert purge({"check_ins": first}) == {"check_ins": 1}
    assert list(CheckIn.objects.values_list("id", flat=True)) == [kept]
    assert list(CheckInId.objects.values_list("id", flat=True)) == [kept]
    days.keep_days(TODAY)
    names = [name for name, _ in bounds()]
    assert "venues_checkin_20220508" not in names
    assert f"venues_checkin_{young:%Y%m%d}" in names  # it has a row
    Venue.objects.filter(id=venue.id).update(removed_at=NOON - timedelta(days=200))
    assert purge({"venues": TODAY - timedelta(days=180)}) == {"venues": 1}
    assert not Venue.objects.exists()
    assert not Checkpoint.objects.exists()
    assert not VenueCode.objects.exists()
