"""After an act at a phone: reload, Back, Forward and the switches find its page as it was, and send nothing again."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Request, expect

from outpost.core.rights import Role
from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor
from tests.faults.tables import number_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# What the page says, without the notices that it says once.
_SAID = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll(".notices, .print-head, script").forEach(one => one.remove());
  return main.textContent.replaceAll(/\\s+/g, " ");
}"""


@pytest.fixture
def phone(visit: Visit) -> Visitor:
    return visit(width=360, has_touch=True, is_mobile=True)


@contextmanager
def sending_only(visitor: Visitor, *paths: str) -> Iterator[None]:
    """Inside, the browser sends these forms and no other, and every page is found."""
    sent, missing = [], []

    def hear(request: Request) -> None:
        if request.is_navigation_request() and request.method == "POST":
            sent.append(request.url.removeprefix(visitor.address))

    visitor.page.on("request", hear)
    visitor.page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    yield
    visitor.page.remove_listener("request", hear)
    assert (sent, missing) == ([*paths], [])


def said(visitor: Visitor) -> tuple[str, str]:
    """The address and the words of the page."""
    return visitor.page.url, visitor.page.evaluate(_SAID)


def press_around(visitor: Visitor) -> None:
    """What somebody presses who is not sure whether it was done; the page must be the same in the end."""
    page, before = visitor.page, said(visitor)
    with sending_only(visitor):
        page.reload()
        assert said(visitor) == before
        page.go_back()
        expect(page.locator("h1")).to_be_visible()
        page.reload()
        page.go_forward()
        assert said(visitor) == before
    switches = ("English", "Large text", "中文", "标准模式")
    with sending_only(visitor, "/language", "/large-text", "/language", "/large-text"):
        for button in switches:
            page.locator(".top details summary").click()
            visitor.press(page.locator(".top .menu-panel").get_by_role("button", name=button))
            visitor.look(f"{page.url}: {button}")
        assert said(visitor) == before


def saved(visitor: Visitor) -> None:
    visitor.press(visitor.page.get_by_role("button", name="保存", exact=True))


def confirmed(visitor: Visitor, button: Locator) -> None:
    button.click()
    visitor.press(visitor.page.locator("#confirm [data-yes]"))


def found(visitor: Visitor, name: str) -> int:
    """How many of that name the list of staff shows."""
    visitor.open("/sentinel/staff/?duty=all")
    visitor.page.locator("main form [name=name]").fill(name)
    visitor.press(visitor.page.get_by_role("button", name="查询"))
    return visitor.page.get_by_role("link", name=name, exact=True).count()


def test_a_person_is_entered_and_removed_once(phone: Visitor, district: District) -> None:
    district.enter(phone, Role.PRINCIPAL)
    phone.open("/sentinel/staff/")
    phone.press(phone.page.get_by_role("link", name="新增员工"))
    phone.fill(name="甄一回", document_number=number_of(910), phone="13900000910", address="金沙路8号")
    saved(phone)
    press_around(phone)
    assert found(phone, "甄一回") == 1
    phone.page.locator("[data-tick]").first.check()
    confirmed(phone, phone.page.locator(".list-bulk .btn-outline-danger"))
    press_around(phone)
    assert found(phone, "甄一回") == 0


def test_a_file_is_taken_over_once(phone: Visitor, district: District, tmp_path: Path) -> None:
    table = tmp_path / "staff.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        head = ("姓名", "手机号码", "身份证号码", "居住地址", "人员类别")
        row = ("甄二回", "13900000911", number_of(911), "金沙路8号", "仓管员")
        csv.writer(file).writerows([head, row])
    district.enter(phone, Role.PRINCIPAL)
    phone.open("/sentinel/staff/")
    phone.press(phone.page.get_by_role("link", name="批量导入／下载模板"))
    phone.page.locator("input[type=file]").set_input_files(table)
    phone.press(phone.page.get_by_role("button", name="上传并检查"))
    phone.page.get_by_role("button", name="确认导入").wait_for()
    press_around(phone)
    phone.press(phone.page.get_by_role("button", name="确认导入"))
    expect(phone.page.locator("main")).to_contain_text("已导入")
    press_around(phone)
    assert found(phone, "甄二回") == 1


def test_what_was_revealed_stays_in_sight(phone: Visitor, district: District) -> None:
    page = phone.page
    district.enter(phone, Role.TOWN)
    phone.open("/sentinel/staff/")
    phone.press(page.locator(".list tbody tr a").first)
    page.locator("[data-dialog=reveal]").click()
    page.locator("dialog [name=purpose]").select_option(index=1)
    phone.press(page.locator("dialog[open] button[type=submit]"))
    expect(page.locator("dd.number").first).to_have_text(re.compile(r"^\d{17}[\dX]$"))
    press_around(phone)


def test_an_alert_is_answered_once(phone: Visitor, district: District) -> None:
    page = phone.page
    district.enter(phone, Role.PRINCIPAL)
    phone.open(f"/sentinel/compliance/?on={district.matched_day()}")
    phone.press(page.locator("main a[href*='/sentinel/compliance/']").first)
    page.locator("[data-tick]").last.check()
    phone.press(page.locator(".list-bulk button").first)
    page.locator("[name=reason]").select_option(index=1)
    phone.fill(note="夜班后补检")
    saved(phone)
    expect(page.locator("main")).to_contain_text("夜班后补检")
    press_around(phone)


def test_a_setting_is_changed_once(phone: Visitor, district: District) -> None:
    district.enter(phone, Role.COMMAND)
    phone.open("/sentinel/alerts/")
    phone.press(phone.page.locator("main td a").first)
    phone.page.locator("main [name=tells_towns]").click()
    saved(phone)
    press_around(phone)
