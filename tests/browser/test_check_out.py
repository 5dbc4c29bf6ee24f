"""Somebody leaves where there is no network: kept with its time, sent after its own check-in, and said as often as it
must be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.citizen import codes_of_a_venue, come, leave, wait_until_kept
from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KEPT = "**/venues/check-out/kept"
_STAYS_SINCE = "SELECT occurred_at, left_at FROM venues_checkin WHERE occurred_at >= %s ORDER BY 1"


@pytest.fixture(scope="module")
def doors(browser: Browser, district: District) -> list[str]:
    return codes_of_a_venue(browser, district, asks_who_leaves=True)


@pytest.fixture(scope="module")
def code(doors: list[str]) -> str:
    return doors[0]


@pytest.fixture
def citizen(visit: Visit, code: str) -> Iterator[Visitor]:
    visitor = visit()
    come(visitor, code)
    yield visitor
    leave(visitor)


def minutes_on(page: Page, minutes: int) -> datetime:
    """Let the phone's clock stand there: so little ahead as any clock may be wrong. Who states a real name is shown
    nothing of before."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes, seconds=1)
    page.clock.set_fixed_time(at)
    return at


def test_who_leaves_without_network_has_left_then(citizen: Visitor, code: str, district: District) -> None:
    page, context = citizen.page, citizen.page.context
    came = minutes_on(page, 0)
    page.locator("#touch").click()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#leave-note")).to_contain_text("不能撤回")
    page.locator("#leave-list button").click()
    expect(page.locator("#soon")).to_contain_text("还不到一分钟")
    expect(page.locator("#kept")).to_be_hidden()
    citizen.look("left-at-once")
    wait_until_kept(page)
    context.set_offline(True)
    page.goto(citizen.address + code)
    again = minutes_on(page, 1)
    page.locator("#touch").click()
    expect(page.locator("#kept-list li")).to_have_count(1)
    gone = minutes_on(page, 3)
    page.locator("#leave-list button").click()
    expect(page.locator("#trouble")).to_contain_text("没有网络")
    for _before_and_after in range(2):
        expect(page.locator("#kept-list li")).to_have_count(2)
        expect(page.locator("#kept-list li").last).to_contain_text("离开打卡 · 待上传")
        expect(page.locator("#leave-list li")).to_contain_text("待上传")
        page.reload()
    citizen.look("left-offline")

    sent: list[str] = []
    lost: list[int] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url.rpartition("/")[2])

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort("internetdisconnected")

    page.on("request", note)
    page.route(KEPT, lose_the_first)
    context.set_offline(False)
    expect(page.locator("#kept")).to_be_hidden(timeout=30_000)
    expect(page.locator("#leave-list")).to_contain_text("已离开")
    expect(page.locator("#leave-list button")).to_have_count(0)
    expect(page.locator("#leave-note")).to_be_hidden()  # of a button that is gone
    assert (sent, lost) == (["check-ins", "kept", "kept"], [200])
    assert district.rows(_STAYS_SINCE, [came]) == [(came, gone), (again, gone)]  # two scans at one door
    citizen.look("left-sent")


def test_what_is_kept_waits_for_its_own_person(citizen: Visitor, code: str) -> None:
    page, context = citizen.page, citizen.page.context
    minutes_on(page, 0)
    page.locator("#touch").click()
    expect(page.locator("#done")).to_be_visible()
    minutes_on(page, 2)
    session = context.cookies()
    context.clear_cookies()
    page.locator("#leave-list button").click()
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#kept-list li")).to_contain_text("离开打卡")
    context.add_cookies(session)  # type: ignore[arg-type]  # as they were given
    page.reload()
    expect(page.locator("#kept")).to_be_hidden(timeout=15_000)
    expect(page.locator("#leave-list")).to_contain_text("已离开")


def test_whoever_came_by_two_doors_of_a_venue_leaves_it_once(citizen: Visitor, doors: list[str]) -> None:
    page = citizen.page
    for minutes, door in enumerate(doors[:2]):
        citizen.open(door)
        minutes_on(page, minutes)
        page.locator("#touch").click()
        expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#leave-list button")).to_have_count(1)
    minutes_on(page, 3)
    page.locator("#leave-list button").click()
    expect(page.locator("#leave-list")).to_contain_text("已离开")
    expect(page.locator("#kept")).to_be_hidden()
    page.reload()
    expect(page.locator("#leave-list button")).to_have_count(0)


def test_two_venues_of_one_name_are_left_one_by_one(citizen: Visitor, code: str) -> None:
    page = citizen.page
    citizen.open(code)
    page.locator("#touch").click()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#leave-list button")).to_have_count(1)
    page.evaluate(
        """() => {
          for (const key of ["outpost.stays", "outpost.places"]) {
            const kept = JSON.parse(localStorage.getItem(key)), last = kept[kept.length - 1];
            const earlier = () => new Date(new Date(last.at) - 60000).toISOString();
            const own = last.id ? { id: crypto.randomUUID(), at: earlier() } : { venueId: "b" };
            const other = { ...last, code: "Z" + last.code, ...own };
            localStorage.setItem(key, JSON.stringify([...kept, other]));
          }
        }"""
    )
    page.reload()
    expect(page.locator("#leave-list button")).to_have_count(2)
