"""The gate app without network, killed and opened again, with answers lost: what it sounded for arrives once.

The browser is a process of its own, so that it can be killed as phones kill: without a word.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import PIN, Desk

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NAME, NUMBER, PHONE = "甄不留痕", "11010519491231002X", "13700137000"


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a state."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.open()
    yield desk
    desk.close()


@contextmanager
def opened(browser: Browser, profile: Path, address: str) -> Iterator[Page]:
    """The app in a browser with this profile, which is killed in the end."""
    (profile / "DevToolsActivePort").unlink(missing_ok=True)
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        "--lang=zh-CN",
    ]
    command = ["/usr/bin/chromium", *arguments, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        until((profile / "DevToolsActivePort").exists)
        port = (profile / "DevToolsActivePort").read_text().split()[0]
        page = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[0].pages[0]
        page.goto(address)
        yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def enter(page: Page) -> None:
    page.locator(".member").first.click()
    for figure in PIN:
        page.locator(".keypad").get_by_text(figure, exact=True).click()
    expect(page.locator("[data-act=quick]")).to_be_visible()


def standing(page: Page, which: str) -> int:
    return int(re.sub(r"\D", "", page.locator(f"[data-count={which}]").inner_text()))


def shows_waiting(page: Page, count: int) -> None:
    expect(page.locator("[data-count=waiting]")).to_have_text(re.compile(rf"\D{count}$"))


def pair(page: Page) -> None:
    page.locator("[name=code]").fill("abcde 12345")
    page.locator("[name=name]").fill("南门手机")
    page.locator("button.is-main").click()
    expect(page.locator(".member")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def register(page: Page) -> None:
    page.locator("[data-act=type]").click()
    page.locator("[name=document_number]").fill(NUMBER)
    page.locator("[name=full_name]").fill(NAME)
    page.locator("[name=phone]").fill(PHONE)
    page.locator("form button.is-main").click()


@pytest.mark.promise("O1")
@pytest.mark.promise("O2")
@pytest.mark.promise("O3")
@pytest.mark.parametrize(
    ("rounds", "each"), [(2, 5), pytest.param(10, 20, marks=pytest.mark.nightly)], ids=["short", "long"]
)
def test_what_it_sounded_for_arrives_once(
    browser: Browser, desk: Desk, tmp_path: Path, rounds: int, each: int
) -> None:
    with opened(browser, tmp_path, desk.address) as page:
        pair(page)
    desk.close()
    for done in range(rounds):
        with opened(browser, tmp_path, desk.address) as page:
            enter(page)
            register(page)
            for count in range(1, each):
                shows_waiting(page, done * each + count)
                page.locator("[data-act=quick]").click()
            shows_waiting(page, (done + 1) * each)
    assert traces_of(tmp_path) == []
    desk.losing = 3
    desk.open()
    with opened(browser, tmp_path, desk.address) as page:
        until(lambda: _asked(page) and standing(page, "confirmed") == rounds * each, seconds=60)
    assert desk.numbers == list(range(1, rounds * each + 1))
    assert max(desk.kept.values()) > 1  # answers were lost
    shutil.rmtree(tmp_path)


def _asked(page: Page) -> bool:
    """The network seems to have come back: no pause is waited for."""
    page.evaluate("dispatchEvent(new Event('online'))")
    return True


def traces_of(profile: Path) -> list[tuple[str, Path]]:
    """Where a profile holds something of the person in clear."""
    words = [word.encode(code) for word in (NAME, NUMBER, PHONE) for code in ("utf-8", "utf-16-le")]
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 20
    return [(repr(word), path) for path in files for word in words if word in path.read_bytes()]
