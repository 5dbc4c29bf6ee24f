"""Somebody who comes to the page of a code for the first time: sign-in, real name, declaration, and back by itself."""

import re
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import District
from tests.browser.visitor import Visitor
from tests.faults.tables import number_of

# Asked inside the page for a quarter of a minute: its policy forbids what `wait_for_function` polls by, for which a
# promise would count as true besides.
_IN_TIME = """async () => {
  for (let tries = 0; tries < 300; tries++) {
    if (await (CONDITION)) return true;
    await new Promise((next) => setTimeout(next, 50));
  }
  return false;
}"""
_NUMBERS = count(901)  # of phones and documents: codes are few a day
_SEEN: set[str] = set()  # all go the same way: whoever comes first looks at its pages


@dataclass(frozen=True, slots=True)
class Citizen:
    """What they stated."""

    phone: str
    document: str


def code_of_a_venue(browser: Browser, district: District, *, asks_who_leaves: bool = False) -> str:
    """The address of a venue's code, as its page shows it; of one that asks who came to say when they leave."""
    return codes_of_a_venue(browser, district, asks_who_leaves=asks_who_leaves)[0]


def codes_of_a_venue(browser: Browser, district: District, *, asks_who_leaves: bool) -> list[str]:
    """Those of all its doors."""
    officer = Visitor(browser.new_page(locale="zh-CN"), district.address)
    district.enter(officer, "command")
    officer.open("/venues/")
    officer.press(officer.page.locator("td a[href^='/venues/']").first)
    if asks_who_leaves:
        officer.press(officer.page.get_by_role("button", name="开启离开打卡"))
    addresses = [one.get_attribute("href") for one in officer.page.locator("a[href^='/v/']").all()]
    assert addresses
    assert officer.faults == []
    officer.page.close()
    return [str(one) for one in addresses]


def come(visitor: Visitor, code: str) -> Citizen:
    """They stand on the page of the code, ready to touch."""
    number = next(_NUMBERS)
    one = Citizen(f"13700000{number}", number_of(number))
    visitor.open(code)
    _look(visitor, "check-in-first")
    visitor.press(visitor.page.locator("#touch"))
    visitor.page.locator("[name=phone]").fill(one.phone)
    visitor.press(visitor.page.locator("button[name=ask]"))
    visitor.page.locator("[name=code]").fill(visitor.page.locator(".developer code").first.inner_text())
    visitor.press(visitor.page.locator("button[name=enter]"))
    _look(visitor, "real-name")
    visitor.fill(name="甄门口", document_number=one.document)
    visitor.press(visitor.page.get_by_role("button", name="继续"))
    visitor.page.wait_for_url("**/health/declare?*")  # nobody pressed anything: there is none yet
    _look(visitor, "declare")
    declare(visitor, "无上述症状")
    expect(visitor.page.locator("#touch")).to_have_text("打卡")
    assert visitor.page.url.endswith(f"{code}#asked")
    return one


def _look(visitor: Visitor, name: str) -> None:
    if name not in _SEEN:
        visitor.look(name)
        _SEEN.add(name)


def wait_until(page: Page, condition: str) -> None:
    """Until a condition of the page's own (an expression in its language) holds."""
    assert page.evaluate(_IN_TIME.replace("CONDITION", condition)), condition


def wait_until_kept(page: Page) -> None:
    """The phone has the page of codes, and its worker answers."""
    wait_until(page, "navigator.serviceWorker.controller && caches.match('/v/')")


def declare(visitor: Visitor, symptom: str) -> None:
    """State one's health on the page that is open."""
    visitor.page.get_by_label(symptom).check()
    for asked in ("风险地区", "出境"):  # the second one is the district's own question
        visitor.page.get_by_role("group", name=re.compile(asked)).get_by_label("否").check()
    visitor.press(visitor.page.locator("main .btn-primary"))


def leave(visitor: Visitor) -> None:
    """Close the page; what a browser says of an answer that is not good is no fault of the page."""
    visitor.page.goto("about:blank")  # what was still under way says so now
    away = ("ERR_INTERNET", "status of 4", "status of 5")
    visitor.faults[:] = [fault for fault in visitor.faults if not any(one in fault for one in away)]
