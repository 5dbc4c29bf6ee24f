"""Walks of a citizen that end otherwise than planned: the wrong code, an old poster, a venue that closed meanwhile, a
declaration that is over, a yellow pass, an account that is closed. The usual ways: `test_check_in.py`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.citizen import come, declare, leave, wait_until_kept
from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# A venue at which nobody works: the other tests need theirs.
_VENUE = """SELECT v.id FROM venues_venue v WHERE v.removed_at IS NULL
  ORDER BY (SELECT count(*) FROM access_grant g WHERE g.scope_key = v.id::text), v.name DESC LIMIT 1"""
_LONG_AGO = """UPDATE health_declaration SET declared_at = declared_at - interval '60 days'
    WHERE id = (SELECT id FROM health_declaration ORDER BY declared_at DESC LIMIT 1) RETURNING person_id"""


@pytest.fixture
def officer(visit: Visit, district: District) -> Visitor:
    officer = visit(width=1280)
    district.enter(officer, "command")
    return officer


@pytest.fixture
def citizen(visit: Visit) -> Iterator[Visitor]:
    citizen = visit()
    yield citizen
    leave(citizen)


def venue_page(officer: Visitor, district: District) -> str:
    """Open the page of a venue; the address of its first code."""
    ((venue_id,),) = district.rows(_VENUE)
    officer.open(f"/venues/{venue_id}")
    return officer.page.locator("a[href^='/v/']").first.get_attribute("href") or ""


def confirmed(officer: Visitor, button: Locator) -> None:
    """Press it, and say yes."""
    button.click()
    officer.press(officer.page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger").last)


def touch(citizen: Visitor) -> None:
    citizen.page.locator("#touch").click()


def told(citizen: Visitor, why: str) -> None:
    """The check-in stays with the reason, until it is put away."""
    expect(citizen.page.locator("#kept-list")).to_contain_text(why)
    expect(citizen.page.locator("#done")).to_be_hidden()
    citizen.page.locator("#kept-list button").click()
    expect(citizen.page.locator("#kept")).to_be_hidden()


def test_old_and_wrong_codes_and_a_venue_that_closed_a_moment_ago(
    citizen: Visitor, officer: Visitor, district: District
) -> None:
    page = citizen.page
    old = venue_page(officer, district)
    come(citizen, old)
    touch(citizen)
    expect(page.locator("#done")).to_be_visible()
    citizen.open(old)  # the second time: one touch, no question
    touch(citizen)
    expect(page.locator("#done")).to_be_visible()
    for wrong in ("/v/DAMAGED", f"{old[:-4]}AAAA"):
        citizen.open(wrong)
        expect(page.locator("main")).to_contain_text("请重新扫描")
        citizen.look("wrong-code")
    officer.page.locator("details:has(form[action$='/code']) > summary").first.click()
    confirmed(officer, officer.page.locator("form[action$='/code'] button").first)
    citizen.open(old)
    touch(citizen)
    told(citizen, "海报已更换")
    new = venue_page(officer, district)
    assert new != old
    citizen.open(new)
    wait_until_kept(page)
    page.context.set_offline(True)
    touch(citizen)
    expect(page.locator("#trouble")).to_contain_text("没有网络")
    confirmed(officer, officer.page.locator("form[action$='/close']:not([action*='checkpoint']) button").last)
    page.context.set_offline(False)
    expect(page.locator("#done")).to_be_visible(timeout=15_000)  # it was open when it was scanned
    touch(citizen)
    told(citizen, "此入口已停用")
    citizen.open("/my")
    expect(page.locator("section:has(h2:text-is('14天内的打卡')) li")).to_have_count(3)


def test_a_declaration_that_is_over_a_yellow_pass_and_a_closed_account(
    citizen: Visitor, officer: Visitor, district: District
) -> None:
    page = citizen.page
    code = venue_page(officer, district)
    one = come(citizen, code)
    district.rows(_LONG_AGO)
    page.evaluate("""() => { const known = JSON.parse(localStorage.getItem("outpost.declared"));
      localStorage.setItem("outpost.declared", JSON.stringify({...known, until: new Date(0).toISOString()})); }""")
    page.goto("about:blank")
    page.goto(citizen.address + code)
    page.wait_for_url("**/health/declare?*")
    declare(citizen, "发热")
    assert page.url.endswith(f"{code}#asked")
    officer.open("/people/card")
    officer.fill(document_number=one.document, phone=one.phone)
    officer.press(officer.page.locator("main button[type=submit]"))
    citizen.open("/my")
    expect(page.locator("main")).to_contain_text("黄码")
    citizen.look("my-yellow")
    citizen.press(page.locator("a[href='/health/object']"))
    page.locator("main [name=text]").fill("填错了，没有发热")
    citizen.press(page.locator("main .btn-primary"))
    officer.open("/health/objections")
    expect(officer.page.locator("main")).to_contain_text("填错了，没有发热")
    citizen.open(code)
    touch(citizen)  # yellow is in nobody's way: who stands at the door decides
    expect(page.locator("#done")).to_be_visible()
    citizen.open("/my/close")
    citizen.press(page.locator("main .btn-danger"))
    citizen.open(code)
    touch(citizen)
    expect(page.locator("#sign-in")).to_be_visible(timeout=15_000)
    expect(page.locator("#done")).to_be_hidden()
    citizen.look("account-closed")
