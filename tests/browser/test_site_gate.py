"""The gate of a construction site, away from its server with a list ten hours old, on a narrow phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gate_app import asked, enter, opened, pair, standing, traces_of, until
from tests.browser.site_desk import NUMBERS, SiteDesk

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def desk() -> Iterator[SiteDesk]:
    desk = SiteDesk(hours=10)
    desk.open()
    yield desk
    desk.close()


def narrow(page: Page) -> None:
    """A phone in Chinese, whatever the machine prefers."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("localStorage.setItem('outpost-language', 'zh')")
    page.reload()


def look_up(page: Page, number: str) -> None:
    page.locator("[data-act=type]").click()
    page.locator("[name=document_number]").fill(number)
    page.locator("[data-act=find]").click()


def take_temperature(page: Page, degrees: str) -> None:
    page.locator("[data-act=measure]").click()
    retake(page, degrees, "forehead")


def retake(page: Page, degrees: str, method: str) -> None:
    page.locator(f"[data-method={method}]").click()
    for sign in degrees:
        page.locator(".keypad").get_by_text(sign, exact=True).click()
    page.locator("form button.is-main").click()


def fits(page: Page) -> bool:
    """Nothing is wider than the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= 360"))


@pytest.mark.promise("O1")
@pytest.mark.promise("O3")
def test_a_gate_lets_in_by_an_old_list_and_hears_what_was_decided_meanwhile(
    browser: Browser, desk: SiteDesk, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, desk.address) as page:
        pair(page)
    desk.close()
    with opened(browser, tmp_path, desk.address) as page:
        narrow(page)
        enter(page)
        expect(page.locator("[data-list-age]")).to_contain_text("名单为 10 小时前")
        look_up(page, NUMBERS["held"])
        expect(page.locator("[data-says=may_not]")).to_be_visible()
        expect(page.locator("[data-why]")).to_contain_text("隔离 14 天，已满 9 天")
        expect(page.locator("[data-act=enter]")).to_have_count(0)
        assert fits(page)
        take_temperature(page, "37.3")
        expect(page.locator("[data-says=fever]")).to_be_visible()
        page.locator("[data-act=close]").click()
        look_up(page, NUMBERS["held"])
        take_temperature(page, "34.2")
        expect(page.locator("form .fault")).to_contain_text("测量失败")
        retake(page, "36.5", "armpit")
        expect(page.locator("[data-why]").last).to_contain_text("15 分钟以上")
        page.locator("[data-act=close]").click()
        look_up(page, "110101194912310024")
        expect(page.locator("[data-says=unlisted]")).to_be_visible()
        page.locator("[data-act=close]").click()
        look_up(page, NUMBERS["free"])
        expect(page.locator("[data-says=may]")).to_be_visible()
        take_temperature(page, "36.5")
        page.locator("[data-act=enter]").click()
        expect(page.locator("[data-tally]")).to_contain_text("今日进场 1 · 退场 0")
        look_up(page, NUMBERS["free"])
        expect(page.locator("[data-says=inside]")).to_be_visible()
    with opened(browser, tmp_path, desk.address) as page:  # it was killed
        narrow(page)
        enter(page)
        expect(page.locator("[data-tally]")).to_contain_text("今日进场 1 · 退场 0")
        assert standing(page, "waiting") == 4
    assert traces_of(tmp_path, *NUMBERS.values(), "丙劳务") == []
    desk.order()
    desk.open()
    with opened(browser, tmp_path, desk.address) as page:
        narrow(page)
        until(lambda: asked(page) and standing(page, "confirmed") == 4, seconds=60)
        enter(page)
        page.locator("[data-act=refresh]").click()
        expect(page.locator("[data-to-leave]")).to_contain_text("在场待撤离 1 人")
        expect(page.locator("[data-list-age]")).to_contain_text("名单为 0 分钟前")
        assert fits(page)
    assert desk.numbers == [1, 2, 3, 4]
    shutil.rmtree(tmp_path)


def test_a_list_past_its_age_lets_nobody_in_and_says_how_old_it_is(browser: Browser, tmp_path: Path) -> None:
    desk = SiteDesk(hours=7, holds_hours=4)
    desk.open()
    try:
        with opened(browser, tmp_path, desk.address) as page:
            pair(page)
            narrow(page)
            enter(page)
            expect(page.locator("[data-list-age].is-bad")).to_contain_text("名单为 7 小时前，已超过 4 小时")
            look_up(page, NUMBERS["free"])
            expect(page.locator("[data-says=may_not]")).to_be_visible()
            expect(page.locator("[data-why]")).to_contain_text("名单已超过 4 小时")
            expect(page.locator("[data-act=enter]")).to_have_count(0)
            assert fits(page)
    finally:
        desk.close()
