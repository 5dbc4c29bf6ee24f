"""检测统计: the flow of a venue; each number is the list that it opens."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.exchange import registry
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast
from outpost.venues import days
from outpost.venues.actions import SEE_CHECK_INS
from outpost.venues.models import CheckIn, Checkpoint, Venue
from outpost.venues.queries import check_ins, flow, venues
from outpost.venues.queries.flow import Counts
from outpost.venues.rules import Inspected
from outpost.venues.services import recount_flow
from outpost.venues.services.inspected import count_inspected
from outpost.venues.tests.ledger import FAR_TOWN, bring, brought, command, venue_row

pytestmark = pytest.mark.django_db
TODAY = date(2022, 6, 8)
SOMEBODY = uuid4()


def come(
    venue: Venue,
    on: date,
    at: time,
    gate: str,
    temperature: str | None = None,
    who: UUID | None = None,
    *,
    is_remote: bool = False,
) -> None:
    """Check somebody in, at a local time."""
    occurred_at = datetime.combine(on, at, clock.zone())
    CheckIn(
        id=uuid4(),
        venue_id=venue.id,
        day=on,
        checkpoint_id=Checkpoint.objects.get(venue=venue, name=gate).id,
        person_id=who or uuid4(),
        occurred_at=occurred_at,
        received_at=occurred_at,
        temperature=temperature and Decimal(temperature),
        is_remote=is_remote,
    ).save(force_insert=True)


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    venue, _other = brought(venue_row(1), venue_row(2))
    today = clock.local_day(clock.now())
    before = today - timedelta(days=1)
    days.keep_days(today)
    days.keep_days(TODAY)
    for on in (TODAY, before):
        come(venue, on, time(8), "南门", "36.5", SOMEBODY)
        come(venue, on, time(8, 59, 59), "北门", "37.4", SOMEBODY)
        come(venue, on, time(9), "南门", "37.3")
        come(venue, on, time(23, 59, 59), "南门", is_remote=True)
    come(venue, TODAY + timedelta(days=1), time(0), "南门")
    recount_flow({(venue.id, on) for on in (TODAY, before, TODAY + timedelta(days=1))})


@pytest.fixture
def venue() -> Venue:
    return Venue.objects.order_by("name")[0]


def test_the_report_says_what_came(venue: Venue) -> None:
    report = flow.day_flow(venue, TODAY).report(venue)
    assert [one["check_ins"] for one in report.pop("hours")] == [
        2 if h == 8 else int(h in (9, 23)) for h in range(24)
    ]
    assert report == {
        "venue": "第1农贸市场",
        "date": "2022-06-08",
        "check_ins": 4,
        "people": 3,
        "returning": 0,
        "temperatures": 3,
        "abnormal": 1,
        "remote": 1,
        "turned_away": 0,
        "checkpoints": [{"name": "南门", "today": 3, "all": 7}, {"name": "北门", "today": 1, "all": 2}],
        "inspectors": [],
    }
    assert [counts.check_ins for _, counts in flow.daily_flow(venue, TODAY, TODAY + timedelta(days=1))] == [
        1,
        4,
    ]


def test_a_recount_changes_nothing_that_is_right(venue: Venue) -> None:
    before = flow.day_flow(venue, TODAY)
    recount_flow({(venue.id, TODAY)})
    assert flow.day_flow(venue, TODAY) == before
    assert before.total == Counts(4, 3, 1, 1)


def test_who_had_come_before_is_counted_once_and_never_named(cast: Cast, venue: Venue) -> None:
    days.keep_days(TODAY + timedelta(days=15))
    other = Venue.objects.exclude(id=venue.id).get()
    after = [TODAY + timedelta(days=n) for n in range(16)]
    come(venue, after[1], time(7), "北门", who=SOMEBODY)
    come(venue, after[1], time(8), "南门", who=SOMEBODY)
    come(other, after[1], time(8), "南门", who=SOMEBODY)  # who was never there before
    come(venue, after[15], time(8), "南门", who=SOMEBODY)
    assert [flow.returning_on(venue.id, on) for on in (after[0], after[1], after[2], after[15])] == [
        0,
        1,
        0,
        1,
    ]
    late = uuid4()
    come(venue, after[0], time(22), "南门", who=late)
    come(venue, after[15], time(8), "南门", who=late)  # too long ago by a day
    assert flow.returning_on(venue.id, after[15]) == 1
    assert flow.returning_on(other.id, after[1]) == 0
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    shown = {"first": "2022-06-08", "last": after[1].isoformat()}
    page = client.get(reverse("venues:flow", args=[venue.id]), shown).content.decode()
    assert re.search(r'此前 14 天来过</span>\s*<span class="tile-value">1<', page)


def test_each_number_of_the_page_is_the_list_that_it_opens(cast: Cast, venue: Venue) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    yesterday = clock.local_day(clock.now()) - timedelta(days=1)
    page = client.get(
        reverse("venues:flow", args=[venue.id]), {"last": yesterday.isoformat()}
    ).content.decode()
    opened = list(links(page))
    assert len(opened) > 10
    assert any("mark=remote" in url for url, _number in opened)
    for url, number in opened:
        listed = " ".join(client.get(url).content.decode().split())
        assert f"共 {number} 条" in listed, url


def test_the_list_marks_who_was_far_away_and_names_nobody(cast: Cast, venue: Venue) -> None:
    rows = check_ins.check_in_rows(check_ins.check_ins(venue, TODAY))
    assert sorted(str(row.mark) for row in rows) == ["None", "None", "None", "remote"]
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("venues:check_ins", args=[venue.id]), {"on": "2022-06-08"}).content.decode()
    assert len(re.findall(r"<tr[^>]*>(?:(?!</tr>).)*异地(?:(?!</tr>).)*</tr>", page, re.DOTALL)) == 1


def links(page: str) -> Iterator[tuple[str, str]]:
    """The numbers of a page with the lists that they open."""
    for url, inside in re.findall(r'<a[^>]* href="([^"]*/check-ins[^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL):
        (number,) = re.findall(r">(\d+)<|^(\d+)$", inside.strip())[:1]
        yield url.replace("&amp;", "&"), "".join(number)


def test_a_day_beyond_the_calendar_is_refused(cast: Cast, venue: Venue) -> None:
    client = Client()
    sign_in(client, cast.users["town"])
    first = {"first": "0001-01-01", "last": "0001-01-01"}
    assert client.get(reverse("venues:flow", args=[venue.id]), first).status_code == 422


def test_others_see_no_flow(cast: Cast, venue: Venue) -> None:
    (far,) = brought(venue_row(3, 所属镇街=FAR_TOWN))
    client = Client()
    sign_in(client, cast.users["town"])
    assert client.get(reverse("venues:flow", args=[far.id])).status_code == 404
    with pytest.raises(Refusal):
        venues.venue_named(far.name, actor=cast.actor("town"), action=SEE_CHECK_INS)


def test_a_name_that_towns_share_asks_which(cast: Cast, venue: Venue) -> None:
    bring(venue_row(1, 所属镇街=FAR_TOWN, 管理员手机="13900000009"))
    same = Venue.objects.exclude(id=venue.id).get(name=venue.name)
    with pytest.raises(Refusal) as refused:
        venues.venue_named(venue.name, actor=command(), action=SEE_CHECK_INS)
    assert str(same.id) in str(refused.value.message)
    assert venues.venue_named(str(same.id), actor=command(), action=SEE_CHECK_INS) == same


def test_the_file_holds_what_the_page_shows(cast: Cast, venue: Venue) -> None:
    kind = registry.export_kind("venues.flow")
    params = kind.check({"venue": str(venue.id), "first": "2022-06-08", "last": "2022-06-08"}, command())
    rows = [tuple(row[2:]) for row in kind.rows(params, command())]
    expected = [
        (8, "北门", 1, 1, 1, 0),
        (8, "南门", 1, 1, 0, 0),
        (9, "南门", 1, 1, 0, 0),
        (23, "南门", 1, 0, 0, 1),
    ]
    assert sorted(map(str, rows)) == sorted(map(str, expected))
    for wrong in ({"first": "x"}, {"venue": str(uuid4())}):
        with pytest.raises(Refusal):
            kind.check(params | wrong, command())


def sheets(of: Venue, last: date, by: Actor) -> dict[str, list[Any]]:
    """The workbook of 检测统计 as its writer gets it, sheet by sheet."""
    kind = registry.export_kind("venues.day")
    asked = {"venue": str(of.id), "first": str(last - timedelta(days=1)), "last": str(last)}
    with translation.override("en"):
        tables = kind.tables(kind.checked(asked, by), by)
        return {one.title.partition("-")[0]: [tuple(row) for row in one.rows] for one in tables}


def test_a_manager_s_workbook_is_the_page(cast: Cast, venue: Venue) -> None:
    today = clock.local_day(clock.now())
    count_inspected(
        [Inspected(venue.id, today, uuid4(), Checkpoint.objects.filter(venue=venue)[0].id, 2, 3, 1, 4, 5)]
    )
    manager = User.objects.get(phone_hash=ring().search_hash("phone", "13700000001"))
    book = sheets(venue, today, actor_of(manager, is_verified=False))
    found = flow.day_flow(venue, today)
    assert list(book) == ["Visitor statistics", "By hour", "Day by day", "By checkpoint", "By inspector"]
    summary = dict(book["Visitor statistics"])
    assert (summary["People"], summary["Had come in the 14 days before"]) == (found.people, found.returning)
    assert [row[1] for row in book["By hour"]] == [one.check_ins for one in found.hours]
    assert [row[:2] for row in book["Day by day"]] == [(today, 0), (today - timedelta(days=1), 4)]
    assert book["By checkpoint"] == [("南门", 0, 7), ("北门", 0, 2)]
    assert book["By inspector"] == [("–", 2, 3, 1, 4, 5, 2, 3, 1, 4, 5)]
    client = Client(headers={"accept-language": "en"})
    sign_in(client, manager)
    page = client.get(reverse("venues:flow", args=[venue.id])).content.decode()
    *tiles, turned_away = book["Visitor statistics"][3:]
    for name, number in tiles:
        assert re.search(rf'{name}</span>\s*<span class="tile-value">\s*{number}\s*<', page), name
    assert turned_away == ("Turned away at the gate", 5)
    assert "Turned away at the gate, counted without names: <strong>5</strong>" in " ".join(page.split())
    assert "Export the statistics" in page


def test_a_workbook_is_for_the_venue_s_own_and_no_longer_than_the_page(cast: Cast, venue: Venue) -> None:
    other = Venue.objects.exclude(id=venue.id).get()
    manager = User.objects.get(phone_hash=ring().search_hash("phone", "13700000001"))
    with pytest.raises(Refusal):
        sheets(other, TODAY, actor_of(manager, is_verified=False))
    kind = registry.export_kind("venues.day")
    for first in ("2022-04-07", "2022-06-09"):
        with pytest.raises(Refusal):
            kind.checked({"venue": str(venue.id), "first": first, "last": "2022-06-08"}, command())
