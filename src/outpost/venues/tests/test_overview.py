"""场所总览: who is busy, silent, unlike itself; within reach; each number is the list that it opens."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.exchange import registry
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast
from outpost.venues.models import Checkpoint, Flow, Venue
from outpost.venues.queries import overview
from outpost.venues.queries.overview import Look, venue_states
from outpost.venues.rules import Unlike, unlike
from outpost.venues.tests.ledger import FAR_TOWN, brought, command, venue_row

pytestmark = pytest.mark.django_db
NOW = datetime.combine(clock.local_day(clock.now()), time(10, 30), clock.zone())


@pytest.mark.rules
@pytest.mark.parametrize(
    ("so_far", "usual", "said"),
    [
        (5, None, None),
        (19, 1, None),
        (0, 19, None),
        (9, 20, Unlike.DROP),
        (10, 20, None),
        (40, 20, None),
        (41, 20, Unlike.RISE),
    ],
)
def test_what_is_unlike_itself(so_far: int, usual: int | None, said: Unlike | None) -> None:
    assert unlike(so_far, usual) is said


def came(venue: Venue, back: int, hour: int, number: int, abnormal: int = 0, remote: int = 0) -> None:
    """Let so many have come to a venue in an hour of a day so many days ago."""
    gate = Checkpoint.objects.get(venue=venue, name="南门")
    day = NOW.date() - timedelta(days=back)
    Flow(
        venue_id=venue.id,
        day=day,
        hour=hour,
        checkpoint_id=gate.id,
        check_ins=number,
        temperatures=0,
        abnormal=abnormal,
        remote=remote,
    ).save(force_insert=True)


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    """One busy and far more than on this weekday before, one silent for five days, one without anybody, and one of the
    other town."""
    busy, silent, _never, far = brought(*(venue_row(n) for n in (1, 2, 3)), venue_row(4, 所属镇街=FAR_TOWN))
    for back, number in ((7, 20), (14, 22)):
        came(busy, back, 9, number)
        came(busy, back, 10, 500)  # not over yet at half past ten
    came(busy, 0, 9, 60, abnormal=2)
    came(busy, 0, 10, 3)
    came(silent, 5, 12, 4, remote=4)
    came(far, 0, 8, 12, remote=11)


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


def test_the_states_of_venues(venues: list[Venue]) -> None:
    states = {one.name: one for one in venue_states(actor=command(), at=NOW)}
    busy, silent, never, far = (states[venue.name] for venue in venues)
    assert (busy.check_ins, busy.so_far, busy.usual, busy.abnormal) == (63, 60, 21, 2)
    assert busy.unlike is Unlike.RISE
    assert [one.remote for one in (busy, silent, never, far)] == [0, 0, 0, 11]
    assert far.unlike is Unlike.REMOTE
    assert [one.silent_days for one in (busy, silent, never, far)] == [0, 5, overview.SINCE, 0]
    assert never.usual is None
    assert next(iter(states)) == busy.name


def test_the_report_ranks_and_covers(venues: list[Venue]) -> None:
    told = overview.report(venue_states(actor=command(), at=NOW), on=NOW.date(), silent=3)
    assert [one["venue"] for one in told["rows"]] == [venues[1].name, venues[2].name]
    assert (told["venues"], told["active"]) == (4, 3)
    assert told["kinds"] == [{"group": "农贸市场", "venues": 4, "active": 3, "rate": "75.00"}]
    assert [(one["venues"], one["active"]) for one in told["towns"]] == [(3, 2), (1, 1)]


def test_a_town_sees_its_own_and_each_number_is_its_list(
    cast: Cast, venues: list[Venue], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("venues:overview")).content.decode()
    assert venues[0].name in page
    assert venues[3].name not in page
    tiles = re.findall(r'class="tile[^"]*" href="([^"]*)".*?tile-value">(\d+)<', page, re.DOTALL)
    assert len(tiles) == 1 + 5
    tiles.append((reverse("venues:overview") + "?kind=school&look=today", "0"))
    for url, number in tiles:
        listed = " ".join(client.get(url.replace("&amp;", "&")).content.decode().split())
        assert f"共 {number} 条" in listed, url


def test_the_file_holds_what_the_page_shows(cast: Cast, venues: list[Venue]) -> None:
    kind = registry.export_kind("venues.overview")
    params = kind.check({"look": Look.SILENT_3.value, "page": "2"}, command())
    assert [row[0] for row in kind.rows(params, command())] == [venues[1].name, venues[2].name]
    assert len(list(kind.rows({}, cast.actor("town")))) == 3
