"""A principal with a phone in one hand: everything they do, at 360 px, with a thumb."""

import csv
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor
from tests.faults.tables import number_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HEADERS = ("姓名", "手机号码", "身份证号码", "居住地址", "人员类别")
GOOD = ("甄文件", "13900000901", number_of(901), "金沙路8号", "仓管员")
BAD = ("甄错号", "13900000902", number_of(902)[:-2] + "00", "金沙路8号", "仓管员")


def _sign_in(visitor: Visitor, phone: str) -> None:
    visitor.open("/sign-in?by=phone")
    visitor.look("sign-in")
    code = visitor.ask_passcode(phone)
    visitor.look("passcode")
    visitor.page.locator("[name=code]").fill(code)
    visitor.press(visitor.page.locator("button[name=enter]"))
    expect(visitor.page.locator(".answer")).to_be_visible()
    visitor.look("today")


def _see_who_is_due(visitor: Visitor) -> None:
    visitor.press(visitor.page.locator("nav.bottom").get_by_role("link", name="应检名单"))
    visitor.look("due")


def _enter_a_person(visitor: Visitor) -> None:
    page = visitor.page
    visitor.press(page.locator("nav.bottom").get_by_role("link", name="员工"))
    visitor.look("staff")
    page.locator("[data-more-filters]").click()
    visitor.look("staff-filters")
    visitor.press(page.get_by_role("link", name="新增员工"))
    visitor.look("new")
    visitor.press(page.get_by_role("button", name="保存", exact=True))
    expect(page.locator(".field-error").first).to_be_visible()
    visitor.look("new-refused")
    visitor.faults[:] = [
        fault for fault in visitor.faults if "422" not in fault
    ]  # the refusal just asked for
    visitor.fill(name="甄新增", document_number=number_of(900), phone="13900000900", address="金沙路8号")
    visitor.press(page.get_by_role("button", name="保存", exact=True))
    visitor.open("/sentinel/staff/")
    visitor.fill(name="甄新增")
    visitor.press(page.get_by_role("button", name="查询"))
    visitor.look("found")
    visitor.press(page.get_by_role("link", name="甄新增", exact=True))
    visitor.look("person")
    visitor.press(page.get_by_role("link", name="编辑"))
    visitor.fill(job_type="司机")
    visitor.look("edit")
    visitor.press(page.get_by_role("button", name="保存", exact=True))
    expect(page.locator("main")).to_contain_text("司机")


def _send_a_file(visitor: Visitor, folder: Path) -> None:
    page, table = visitor.page, folder / "staff.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADERS, GOOD, BAD])
    visitor.open("/sentinel/staff/")
    visitor.press(page.get_by_role("link", name="批量导入／下载模板"))
    visitor.look("import")
    with page.expect_download() as template:
        page.get_by_role("link", name="下载模板").click()
    assert template.value.suggested_filename.endswith(".xlsx")
    page.locator("input[type=file]").set_input_files(table)
    visitor.press(page.get_by_role("button", name="上传并检查"))
    page.get_by_role("link", name="下载失败记录").wait_for()
    visitor.look("checked")
    with page.expect_download() as failures:
        page.get_by_role("link", name="下载失败记录").click()
    book = openpyxl.load_workbook(failures.value.path().rename(folder / "failures.xlsx"))
    assert "甄错号" in {cell.value for row in book.worksheets[0].rows for cell in row}
    visitor.press(page.get_by_role("button", name="确认导入"))
    expect(page.locator("main")).to_contain_text("已导入")
    visitor.look("applied")


def _answer_an_alert(visitor: Visitor, on: str) -> None:
    page = visitor.page
    page.locator("nav.bottom summary").click()
    visitor.look("menu")
    visitor.press(page.locator("nav.bottom").get_by_role("link", name="达标情况"))
    visitor.open(f"/sentinel/compliance/?on={on}")
    visitor.look("compliance")
    visitor.press(page.locator("main a[href*='/sentinel/compliance/']").first)
    visitor.look("missed")
    page.locator("[data-tick]").first.check()
    visitor.look("ticked")
    visitor.press(page.locator(".list-bulk button").first)
    visitor.look("answer")
    page.locator("[name=reason]").select_option(index=1)
    visitor.fill(note="明早补检")
    visitor.press(page.get_by_role("button", name="保存"))
    expect(page.locator("main")).to_contain_text("明早补检")
    visitor.look("answered")


def _take_a_table_home(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/sentinel/staff/")
    page.locator("summary", has_text="导出").click()
    expect(page.get_by_role("link", name=re.compile(r"^\s*导出全部 [\d,]+ 人"))).to_be_visible()
    visitor.press(
        page.get_by_role("link", name=re.compile(r"^\s*导出筛选结果 [\d,]+ 人"))
    )  # on duty, by default
    visitor.look("export")
    if page.locator("[name=purpose]").count():
        visitor.fill(purpose="核对名册")
    visitor.press(page.locator("main form button[type=submit]"))
    page.get_by_role("link", name=re.compile("^下载")).wait_for()
    visitor.look("exported")
    with page.expect_download() as table:
        page.get_by_role("link", name=re.compile("^下载")).click()
    assert table.value.suggested_filename.endswith(".xlsx")
    visitor.open("/files/exports/")
    visitor.look("tasks")


def _read_as_one_likes(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    for button, name in (("长辈模式", "large-text"), ("English", "english")):
        page.locator(".top details summary").click()
        visitor.look(f"{name}-before")
        visitor.press(page.locator(".top .menu-panel").get_by_role("button", name=button))
        visitor.look(name)
    for path, name in (("/sentinel/staff/", "staff"), ("/sentinel/due/", "due"), ("/files/", "tasks")):
        visitor.open(path)
        visitor.look(f"large-english-{name}")


def test_everything_a_principal_does_works_with_a_thumb(
    visit: Visit, district: District, tmp_path: Path
) -> None:
    visitor = visit(width=360, has_touch=True, is_mobile=True)
    _sign_in(visitor, district.sign_ins["principal"].user)
    _see_who_is_due(visitor)
    _enter_a_person(visitor)
    _send_a_file(visitor, tmp_path)
    _answer_an_alert(visitor, district.matched_day())
    _take_a_table_home(visitor)
    for path in ("/inbox/", "/me", "/sentinel/organizations/", "/help/", "/help/principal"):
        visitor.open(path)
        visitor.look(path)
    _read_as_one_likes(visitor)
