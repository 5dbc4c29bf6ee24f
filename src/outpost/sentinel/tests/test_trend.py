"""How many missed on the days before, beside today's figures of the officers' first page."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outpost.core.actor import Actor
from outpost.sentinel.queries.compliance import compliance
from outpost.sentinel.queries.missed import people
from outpost.sentinel.queries.trend import DAYS, missed_by_day
from outpost.sentinel.queries.worst import worst_of
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.staff import remove_staff
from outpost.sentinel.tests.ledgers import add
from outpost.sentinel.tests.pages import at_clock, browser, page, sampled, text
from outpost.sentinel.tests.test_light_reads import statements, visited
from outpost.testing.cast import Cast

TODAY = date(2022, 6, 18)
AT = datetime(2022, 6, 18, 4, tzinfo=UTC)  # noon in Shanghai
CODE = "cast-cold"
MATCHED = [TODAY - timedelta(days=back) for back in (DAYS, 3, 2, 1, 0)]  # the first is one too many


@pytest.fixture(autouse=True)
def matched(cast: Cast) -> Iterator[None]:
    """Three people: one lapses yesterday, one has left today, one was never tested."""
    near, left, _ = add(cast, 1), add(cast, 2), add(cast, 3, to=cast.far.id)
    sampled(near, AT - timedelta(days=6), AT - timedelta(days=5), AT - timedelta(days=4))
    for on in MATCHED:
        run_match(on, actor=Actor.system("test"), at=AT - timedelta(hours=4))
    with at_clock(AT):
        remove_staff([left.id], actor=cast.actor("command"), at=AT - timedelta(hours=1))
        yield


@pytest.mark.parametrize("who", ["command", "bureau", "town"])
def test_each_day_is_what_its_own_page_says(cast: Cast, who: str) -> None:
    actor = cast.actor(who)

    def of_page(on: date) -> int:
        return next(one.missed for one in compliance(on, actor=actor, at=AT) if one.category.code == CODE)

    found = missed_by_day(compliance(TODAY, actor=actor, at=AT), actor=actor)[CODE]
    assert found == {on: of_page(on) for on in MATCHED[1:]}
    assert len(set(found.values())) > 1


def test_the_first_page_draws_them_and_says_the_step_of_a_day(cast: Cast) -> None:
    body = page(browser(cast, "town"), "sentinel:today").content.decode()
    drawn = re.findall(r'<polyline points="([^"]+)"', body)
    assert [len(points.split()) for points in drawn] == [len(MATCHED) - 1]
    assert "06-15: 1 · 06-16: 1 · 06-17: 2 · 06-18: 1" in body
    assert '<span class="soft">-1</span>' in body


@pytest.mark.parametrize("who", ["command", "bureau", "town"])
def test_the_worst_organisations_are_those_of_the_list(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    standings = compliance(TODAY, actor=actor, at=AT)
    listed = Counter(one.organization for standing in standings for one in people(standing))
    found = worst_of(standings, actor=actor)
    assert {one.name: one.missed for one in found} == listed
    assert [one.missed for one in found] == sorted(listed.values(), reverse=True)
    assert worst_of(standings, actor=actor, most=1) == found[:1]
    shown = text(page(browser(cast, who), "sentinel:today"))
    assert all(f"{one.name} {one.category} {one.missed} of {one.judged} missed" in shown for one in found)


def test_the_first_page_asks_once_for_all_days_and_once_for_the_worst(cast: Cast) -> None:
    client = visited(cast, "town")
    with at_clock(AT - timedelta(hours=2)), CaptureQueriesContext(connection) as queries:
        assert page(client, "sentinel:today").status_code == 200
    assert (
        len(statements(queries)) <= 13
    )  # session, account, rights and inbox among them; three more for leavers


def test_a_first_day_has_no_line(cast: Cast) -> None:
    with at_clock(AT + timedelta(days=DAYS)):
        assert "<polyline" not in page(browser(cast, "command"), "sentinel:today").content.decode()
