"""A citizen at the door: the first visit, one touch, and what the phone keeps while network or service are away."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.citizen import code_of_a_venue, come, leave, wait_until, wait_until_kept
from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LANE = "**/api/v1/check-ins"
TOKEN = "**/people/token"
DECLARED = "**/health/declared"


@pytest.fixture(scope="module")
def code(browser: Browser, district: District) -> str:
    return code_of_a_venue(browser, district)


@pytest.fixture
def citizen(visit: Visit, code: str) -> Iterator[Visitor]:
    """Somebody who has come to the page for the first time and is ready to touch."""
    visitor = visit()
    come(visitor, code)
    yield visitor
    leave(visitor)


def answered(page: Page, status: int, **headers: str) -> None:
    """Let the lane answer so from now on."""
    body = json.dumps({"error": "venues.code_ended", "message": "该场所码已失效"})

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, headers={"content-type": "application/json", **headers})

    page.unroute(LANE)
    page.route(LANE, answer)


def check_ins(visitor: Visitor) -> int:
    visitor.open("/my")
    visitor.look("my")
    return visitor.page.locator("section:has(h2:text-is('14天内的打卡')) li").count()


def test_a_check_in_waits_in_the_phone_until_it_can_be_sent(citizen: Visitor, code: str) -> None:
    page, context = citizen.page, citizen.page.context
    page.locator("#touch").click()
    expect(page.locator("#done")).to_contain_text("甄**")
    citizen.look("checked-in")
    wait_until_kept(page)
    context.set_offline(True)
    page.goto(citizen.address + code)
    page.locator("#touch").click()
    expect(page.locator("#trouble")).to_contain_text("没有网络")
    page.reload()
    expect(page.locator("#kept-list")).to_contain_text("待上传")
    citizen.look("kept")
    context.set_offline(False)
    expect(page.locator("#kept")).to_be_hidden(timeout=15_000)
    assert check_ins(citizen) == 2


def test_a_missing_declaration_opens_by_itself_and_is_in_nobodys_way(citizen: Visitor, code: str) -> None:
    page = citizen.page
    # The answer of the page they stand on has come: what stood there before says that nothing was declared yet.
    wait_until(page, "JSON.parse(localStorage.getItem('outpost.declared') || '{}').until")
    expect(page.locator("#undeclared")).to_be_hidden()  # it was declared on that way
    page.evaluate("localStorage.removeItem('outpost.declared')")
    page.route(DECLARED, lambda route: route.abort("internetdisconnected"))
    page.goto("about:blank")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/health/declared")):
        page.goto(citizen.address + code)
    expect(page.locator("#touch")).to_have_text("打卡")  # no answer opens nothing
    page.unroute(DECLARED)
    page.route(DECLARED, lambda route: route.fulfill(json={"until": None}))
    page.goto("about:blank")
    page.goto(citizen.address + code)
    page.wait_for_url("**/health/declare?*")
    citizen.press(page.get_by_role("link", name="取消"))
    expect(page.locator("#undeclared")).to_contain_text("不影响打卡")
    citizen.look("undeclared")
    page.locator("#touch").click()
    expect(page.locator("#done")).to_contain_text("甄**")
    page.unroute(DECLARED)


def test_the_page_that_is_kept_checks_in_where_one_stands(citizen: Visitor, code: str) -> None:
    """The phone keeps the page of the first code; the next venue is opened from it, with its own code."""
    page = citizen.page
    wait_until_kept(page)
    page.context.set_offline(True)
    other = code.rpartition("/")[0] + "/OTHERVENUE"
    page.goto(citizen.address + other)
    page.locator("#touch").click()
    expect(page.locator("#kept-list li")).to_have_count(1)
    (kept,) = page.evaluate("JSON.parse(localStorage.getItem('outpost.check-ins'))")
    assert kept["code"] == "OTHERVENUE"
    assert page.evaluate("[...document.querySelectorAll('[name=next]')].map(one => one.value)") == [other] * 2
    assert page.locator("#declare").evaluate("one => one.search").endswith("OTHERVENUE%23asked")


def test_each_answer_is_said_truthfully_and_nothing_is_lost(citizen: Visitor, code: str) -> None:
    page = citizen.page
    answered(page, 503, **{"retry-after": "1"})
    page.locator("#touch").click()
    expect(page.locator("#trouble")).to_contain_text("系统繁忙")
    expect(page.locator("#kept-list li")).to_have_count(1)
    answered(page, 401)
    expect(page.locator("#sign-in")).to_be_visible(timeout=15_000)
    expect(page.locator("#kept-list li")).to_have_count(1)
    answered(page, 422)
    citizen.press(page.locator("#sign-in"))  # the session still stands, so it leads straight back
    expect(page.locator("#kept-list")).to_contain_text("该场所码已失效")
    expect(page.locator("#trouble")).to_contain_text(
        "未记录： 该场所码已失效"
    )  # above the button, where one looks
    page.reload()
    page.locator("#kept-list button").click()
    expect(page.locator("#kept")).to_be_hidden()
    expect(page.locator("#trouble")).to_be_hidden()
    page.locator("#touch").click()
    expect(page.locator("#trouble")).to_contain_text("该场所码已失效")
    page.unroute(LANE)
    page.locator("#touch").click()  # the code holds again, or the phone's clock was set right
    expect(page.locator("#done")).to_contain_text("甄**")
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("#kept")).to_be_hidden()


def test_text_twice_as_large_hides_nothing_at_the_door_in_either_language(
    citizen: Visitor, code: str
) -> None:
    """Old phones and old eyes: 360 pixels, the letters of the system at 200 per cent."""
    page, text = citizen.page, code.rpartition("/")[2]
    plain = f"/venues/check-in?code={text}&asked=yes"
    for language in ("zh", "en"):
        if language == "en":
            citizen.open("/my")
            citizen.press(page.get_by_role("button", name="English"))
        for path in (code, "/v/", "/v/DAMAGED", plain, "/health/declare", "/my", "/people/dependants/new"):
            citizen.open(path)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            if path == code:
                page.locator("#touch").click()
                expect(page.locator("#done")).to_be_visible()
            citizen.look(f"{language}: {path.partition('?')[0].replace(text, 'CODE')} at 200 %")


@pytest.mark.promise("V5")
def test_the_code_of_a_pass_is_live_and_says_when_it_is_a_picture(citizen: Visitor) -> None:
    page, state = citizen.page, citizen.page.locator("[data-part=state]")
    page.locator("#show-pass").click()
    expect(state).to_contain_text("实时")
    citizen.look("live-pass")
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(page.screenshot())))
    assert re.fullmatch(r"[A-Z2-7]{150,200}", code.text)
    page.context.set_offline(True)
    page.evaluate("Date.now = ((now) => () => now() + 70000)(Date.now)")
    expect(state).to_contain_text("门岗会请您出示证件")
    assert re.search(r"绿码|黄码|红码", page.locator("#live-pass").inner_text()) is None
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    expect(page.locator("#live-pass")).to_be_hidden()


def test_what_ones_own_page_learns_of_one_is_known_at_the_next_door(citizen: Visitor, code: str) -> None:
    page = citizen.page
    known = page.evaluate("JSON.parse(localStorage.getItem('outpost.person'))")
    child = {"token": "B" * 60, "name": "甄小孩", "expires_at": known["expires_at"]}
    page.route(TOKEN, lambda route: route.fulfill(json={**known, "companions": [child]}))
    citizen.open("/my")
    wait_until(page, "JSON.parse(localStorage.getItem('outpost.person')).companions.length")
    page.unroute(TOKEN)
    citizen.open(code)
    expect(page.locator("#companions")).to_contain_text("甄小孩")
    somebody = {**known, "token": "C" * 60}
    page.evaluate("one => localStorage.setItem('outpost.person', JSON.stringify(one))", somebody)
    with page.expect_response(TOKEN):
        citizen.open("/my")
    wait_until(page, "JSON.parse(localStorage.getItem('outpost.person')).token.startsWith('CCC')")


def test_where_the_phone_is_goes_along_once_its_holder_agreed(
    citizen: Visitor, code: str, visit: Visit, district: District
) -> None:
    page, context = citizen.page, citizen.page.context
    sent: list[Any] = []
    page.on("request", lambda one: sent.append(one.post_data_json) if one.url.endswith("check-ins") else None)

    def touch(number: int) -> Any:
        page.locator("#touch").click()
        expect(page.locator("#done")).to_be_visible()
        wait_until(page, "!JSON.parse(localStorage.getItem('outpost.check-ins')).length")
        assert len(sent) == number
        return sent[-1].get("position")

    beijing: Any = {"longitude": 116.397128, "latitude": 39.916527, "accuracy": 31.5}
    context.grant_permissions(["geolocation"])
    context.set_geolocation(beijing)
    assert touch(1) is None  # the browser would say it, the person did not
    page.get_by_label("附上大致位置").check()
    page.reload()
    expect(page.get_by_label("附上大致位置")).to_be_checked()
    citizen.look("check-in-position")
    assert touch(2) == {"longitude": 116.397, "latitude": 39.917, "accuracy": 132}
    context.set_offline(True)
    page.locator("#touch").click()
    expect(page.locator("#trouble")).to_contain_text("没有网络")
    context.set_geolocation({"longitude": 113.5, "latitude": 22.8, "accuracy": 10})
    context.set_offline(False)
    expect(page.locator("#kept")).to_be_hidden(timeout=15_000)
    assert sent[-1]["position"]["latitude"] == 39.917  # where it was touched
    context.clear_permissions()
    number = len(sent) + 1
    assert touch(number) is None  # the phone does not tell, and nobody is sent away
    expect(page.locator("#unlocated")).to_be_visible()
    citizen.look("check-in-unlocated")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "116.39" not in kept  # the latitude would be found in the seconds of an instant, too
    assert "latitude" not in kept
    page.evaluate("localStorage.setItem('outpost.position', JSON.stringify('SOMEBODY'))")
    page.reload()
    expect(page.get_by_label("附上大致位置")).not_to_be_checked()  # each agrees for themselves
    assert check_ins(citizen) == len({one["id"] for one in sent}) == 4
    expect(page.locator("section li", has_text="异地")).to_have_count(2)
    officer = visit(width=1280)
    district.enter(officer, "command")
    officer.open("/venues/")
    officer.press(officer.page.locator("td a[href^='/venues/']").first)
    officer.press(officer.page.get_by_role("link", name="检测统计"))
    officer.look("flow-remote")
    remote = officer.page.locator(".tile", has_text="异地打卡")
    expect(remote).to_contain_text("2")
    officer.press(remote)
    expect(officer.page.locator("tbody tr")).to_have_count(2)
    officer.look("check-ins-remote")
    officer.open("/venues/overview?look=remote")
    officer.look("overview-remote")


def test_who_comes_after_sends_nothing_of_who_went(citizen: Visitor, code: str) -> None:
    page = citizen.page
    entry = {
        "id": "x",
        "code": code.rpartition("/")[2],
        "occurred_at": "2022-06-08T04:00:00Z",
        "who": "SOMEBODY",
        "name": "甄*",
    }
    page.evaluate("entry => localStorage.setItem('outpost.check-ins', JSON.stringify([entry]))", entry)
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.url) if "check-ins" in request.url else None)
    page.reload()
    expect(page.locator("#kept-list li")).to_have_count(1)
    expect(page.locator("#kept-list")).to_contain_text("待本人在此手机登录后上传")
    assert sent == []


def test_whom_one_acts_for_comes_along_under_a_token_of_their_own(citizen: Visitor) -> None:
    page = citizen.page
    sent: list[Any] = []
    child = {"token": "B" * 52, "name": "甄小*"}

    def tell(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "companions": [child]})

    page.route(TOKEN, tell)
    page.reload()  # what the phone had asked before is not heard any more
    page.evaluate("localStorage.removeItem('outpost.person')")

    def answer(route: Route) -> None:
        sent.append(route.request.post_data_json)
        told = {"venue": "市场", "checkpoint": "南门"}
        route.fulfill(status=201, body=json.dumps(told), headers={"content-type": "application/json"})

    page.route(LANE, answer)
    page.reload()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 116.4, "latitude": 39.9, "accuracy": 30})
    page.get_by_label("附上大致位置").check()
    page.get_by_label("甄小*").check()
    citizen.look("companions")
    page.locator("#touch").click()
    expect(page.locator("#done-name")).to_have_text("甄**、甄小*")
    assert len({one["id"] for one in sent}) == len({one["token"] for one in sent}) == 2
    assert len({one["occurred_at"] for one in sent}) == 1
    assert [one["position"]["accuracy"] for one in sent] == [130, 130]
    page.unroute(LANE)
    page.unroute(TOKEN)


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_without_scripts_a_form_does_it(citizen: Visitor, visit: Visit, code: str, locale: str) -> None:
    plain = visit(
        locale=locale, java_script_enabled=False, storage_state=citizen.page.context.storage_state()
    )
    plain.open(code)
    plain.press(plain.page.locator("#touch"))
    plain.press(plain.page.locator("main .btn-primary"))
    assert plain.page.url.endswith("/my")
    expect(plain.page.locator(".notice").first).to_contain_text("·")
