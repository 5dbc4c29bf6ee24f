"""The gallery in a real browser: every request is answered by the test client, none leaves the process."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from outpost.web.context import LARGE_TEXT_COOKIE

pytestmark = pytest.mark.e2e

SITE = "http://outpost.test"
AXE = Path(__file__).parents[4] / "node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE_WIDTH = "document.documentElement.scrollWidth"
PAGE_HEIGHT = "document.documentElement.scrollHeight"
PICTURES = Path("build/gallery")
PAGES = (
    *("/list?size=20", "/list?empty=1", "/list?state=bad", "/form", "/form?meanwhile=1"),
    *("/overview", "/sign-in", "/nowhere"),
)
CHARTS = ("/chart/whole", "/chart/missing", "/chart/doses")
# What is lower than a thumb needs, and numbers that break into two lines.
_SMALL = """least => [...document.querySelectorAll("button, summary, select, .btn, .chip, nav:not(:has(.trail)) a")]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => [one, one.getBoundingClientRect().height])
  .filter(([, height]) => height > 1 && height < least - 0.5).map(([one]) => one.outerHTML.slice(0, 120))"""
_BROKEN = """() => [...document.querySelectorAll(".tile-value, .headline-main strong, .numeric, .number")]
  .filter(one => one.childElementCount === 0 && one.checkVisibility())
  .filter(one => { const text = document.createRange(); text.selectNodeContents(one);
                   return new Set([...text.getClientRects()].map(box => Math.round(box.top))).size > 1; })
  .map(one => one.outerHTML.slice(0, 120))"""
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, gallery_client: Client) -> Iterator[Open]:
    """Opens a page of the gallery; fails when the page reports an error or reaches outside."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def answer(route: Route) -> None:
        request = route.request
        parts = urlsplit(request.url)
        if parts.netloc != "outpost.test":
            faults.append(f"outside: {request.url}")
            route.abort()
        elif parts.path.startswith("/static/"):
            found = finders.find(parts.path.removeprefix("/static/"))
            assert isinstance(found, str)
            route.fulfill(path=found, content_type=TYPES[Path(found).suffix])
        else:
            headers = {"accept-language": request.headers.get("accept-language", "")}
            response = gallery_client.generic(
                request.method,
                request.url.removeprefix(SITE),
                request.post_data or "",
                content_type=request.headers.get("content-type", ""),
                headers=headers | {"cookie": request.header_value("cookie") or ""},
                follow=True,
            )
            route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    def opened(path: str, *, width: int = 1280, locale: str = "zh-CN", is_large: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 740}, locale=locale)
        contexts.append(context)
        if is_large:
            context.add_cookies([{"name": LARGE_TEXT_COOKIE, "value": "1", "url": SITE}])
        context.route("**/*", answer)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Security" in line.text else None)
        page.goto(SITE + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


def look_for_barriers(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    assert found["passes"]
    wrong = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]
    assert wrong == [], page.url


@pytest.mark.promise("V9")
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("is_large", [False, True])
def test_the_gallery_holds_in_every_hand(open_page: Open, width: int, locale: str, *, is_large: bool) -> None:
    """Each page of components as a picture below build/gallery; nothing beyond the window, too small or broken."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = open_page(PAGES[0], width=width, locale=locale, is_large=is_large)
    for path in PAGES + CHARTS:
        page.goto(SITE + path)
        assert page.evaluate(PAGE_WIDTH) <= width, path
        assert page.evaluate(_BROKEN) == [], path
        if width < 768:
            assert page.evaluate(_SMALL, 44) == [], path
        if not is_large and (width, locale) in ((360, "en-US"), (1366, "zh-CN")):
            look_for_barriers(page)
        name = re.sub(r"\W+", "-", path).strip("-")
        size = "large" if is_large else "normal"
        page.screenshot(path=PICTURES / f"{name}-{width}-{locale[:2]}-{size}.png", full_page=True)


@pytest.mark.parametrize(("path", "width"), [("/list?empty=1", 1280), ("/nowhere", 1280), ("/nowhere", 360)])
def test_a_short_page_does_not_scroll(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, width=width)
    assert page.evaluate(PAGE_HEIGHT) <= page.evaluate("innerHeight")


def test_a_row_of_a_phone_is_two_lines_and_its_menu_holds_the_rest(open_page: Open) -> None:
    page = open_page("/list", width=360)
    row = page.locator("tbody tr").first
    assert row.evaluate("one => one.getBoundingClientRect().height") <= 80
    ends = row.locator("td.row-below").evaluate_all(
        "all => all.map(one => [one.offsetLeft, one.offsetWidth])"
    )
    assert ends[0][0] + ends[0][1] <= ends[1][0], "one text lies on another"
    expect(row.locator("td.row-more")).to_be_hidden()
    row.locator("summary").click()
    expect(row.locator("td.row-more")).to_be_visible()


def test_the_bar_over_ticked_rows_stays_above_the_phones_own(open_page: Open) -> None:
    page = open_page("/list", width=360)
    page.locator("[data-tick]").nth(2).check()
    bar, bottom = page.locator("[data-bulk]"), page.locator("nav.bottom")
    expect(bar).to_be_in_viewport(ratio=1)
    low = "one => one.getBoundingClientRect().bottom"
    assert bar.evaluate(low) <= bottom.evaluate("one => one.getBoundingClientRect().top") + 1


def test_the_heading_of_a_list_stays_in_sight(open_page: Open) -> None:
    page = open_page("/list")
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 600")
    expect(page.locator("thead th").nth(1)).to_be_in_viewport(ratio=1)


def test_a_filter_in_force_is_a_chip_that_takes_it_away(open_page: Open) -> None:
    page = open_page("/list?state=bad&sort=-name&page=2")
    chip = page.locator(".chip")
    expect(chip).to_contain_text("检测状态：逾期未检")
    expect(chip).to_have_attribute("href", "/list?sort=-name")
    chip.click()
    expect(page.locator(".chip")).to_have_count(0)


def test_ticks_count_and_ask_before_they_act(open_page: Open) -> None:
    page = open_page("/list")
    delete = page.locator(".list-bulk").get_by_role("button", name="删除选中", include_hidden=True)
    expect(delete).to_be_disabled()
    expect(delete).to_be_hidden()
    page.locator("[data-tick]").nth(1).check()
    expect(delete).to_be_in_viewport(ratio=1)
    page.locator("[data-tick]").nth(4).click(modifiers=["Shift"])
    expect(page.locator(".ticked-count")).to_have_text("已选 4 条")
    delete.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("删除选中的 4 名员工？")
    names = page.locator("[data-tick]:checked").locator("xpath=ancestor::tr").locator("td:nth-child(2)")
    expect(dialog).to_contain_text(" · ".join(names.all_inner_texts()))
    dialog.get_by_role("button", name="取消").click()
    assert page.url == f"{SITE}/list"
    page.locator("[data-tick-all]").check()
    expect(page.locator(".ticked-count")).to_have_text("已选 50 条")
    delete.click()
    dialog.get_by_role("button", name="删除选中").click()
    page.wait_for_url(f"{SITE}/deleted")


def test_chosen_columns_are_remembered(open_page: Open) -> None:
    page = open_page("/list")
    page.get_by_text("列设置").click()
    page.get_by_label("主体名称", exact=True).last.uncheck()
    page.get_by_role("button", name="应用").last.click()
    expect(page.locator("thead th", has_text="主体名称")).to_have_count(0)
    page.goto(f"{SITE}/list?page=2")
    expect(page.locator("thead th", has_text="主体名称")).to_have_count(0)


DOCUMENTS = [
    ("11010519491231002X", ""),
    ("11010519491231002x", ""),
    ("１１０１０５１９４９１２３１００２Ｘ", ""),
    ("110105 19491231 002X", ""),
    ("110105491231002", ""),
    ("110105194912310021", "校验码不符"),
    ("110105194913310028", "不是有效的出生日期"),
    ("1101051949123100", "现为 16 位，应为 18 位"),
    ("4.40106E+17", "现为 11 位，应为 18 位"),
]


def test_document_numbers_are_checked_while_typing(open_page: Open) -> None:
    page = open_page("/form")
    number, advice = page.locator("#id_document"), page.locator("#id_document_advice")
    for typed, expected in DOCUMENTS:
        number.fill(typed)
        number.blur()
        expect(advice).to_contain_text(expected)
        assert (advice.inner_text() == "") == (expected == "")
    page.locator("#id_document_type").select_option("passport")
    expect(advice).to_have_text("")


def test_phones_are_checked_while_typing(open_page: Open) -> None:
    page = open_page("/form")
    phone = page.locator("#id_phone")
    for typed, is_doubtful in (("13812345678", False), ("+8613812345678", False), ("1381234", True)):
        phone.fill(typed)
        phone.blur()
        assert page.locator("#id_phone.is-doubtful").is_visible() == is_doubtful


def test_what_was_typed_survives_an_expired_session(open_page: Open, gallery_client: Client) -> None:
    page = open_page("/form")
    page.locator("#id_name").fill("王小明")
    page.get_by_label("在岗", exact=True).check()
    page.locator("#id_secret").fill("do not keep")
    sign_in = gallery_client.get("/sign-in").content
    page.route(f"{SITE}/form", lambda route: route.fulfill(body=sign_in, content_type="text/html"), times=1)
    page.get_by_role("button", name="保存").click()
    page.wait_for_function("JSON.parse(sessionStorage.getItem('outpost.unsaved'))?.isInterrupted")
    assert "do not keep" not in str(page.evaluate("JSON.stringify(sessionStorage)"))
    page.goto(f"{SITE}/form")
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#id_name")).to_have_value("王小明")
    expect(page.get_by_label("在岗", exact=True)).to_be_checked()
    assert page.evaluate("sessionStorage.getItem('outpost.unsaved')") is None


def test_what_was_typed_into_a_page_too_old_is_offered_again(open_page: Open) -> None:
    page = open_page("/form")
    page.locator("#id_name").fill("王小明")
    page.route(f"{SITE}/form", lambda route: route.fulfill(body="…", content_type="text/html"), times=1)
    page.get_by_role("button", name="保存").click()
    page.goto("about:blank")
    page.goto(f"{SITE}/form#unsaved")
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#id_name")).to_have_value("王小明")
    assert page.url == f"{SITE}/form"
    assert page.evaluate("sessionStorage.getItem('outpost.unsaved')") is None


def test_nothing_is_offered_after_the_form_was_taken(open_page: Open) -> None:
    page = open_page("/form")
    page.locator("#id_name").fill("王小明")
    page.get_by_role("button", name="保存").click()
    page.goto(f"{SITE}/overview")
    page.goto(f"{SITE}/form")
    expect(page.get_by_role("button", name="恢复")).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('outpost.unsaved')") is None


def test_progress_polls_until_it_is_done(open_page: Open) -> None:
    page = open_page("/overview")
    expect(page.locator("#progress")).to_contain_text("1,240 / 2,400")
    expect(page.locator("#progress")).to_contain_text("已完成", timeout=5000)
    assert page.locator("#progress").get_attribute("hx-get") is None


def test_the_phone_has_a_bottom_bar_with_the_whole_menu(open_page: Open) -> None:
    page = open_page("/list", width=360)
    expect(page.locator("nav.side")).to_be_hidden()
    assert page.locator("nav.bottom > *").count() <= 5
    page.locator("nav.bottom summary").click()
    expect(page.locator("nav.bottom").get_by_role("link", name=re.compile("我的账号"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("nav.bottom").get_by_role("link", name=re.compile("我的账号"))).to_be_hidden()
