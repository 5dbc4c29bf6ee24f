"""The gate app in a browser of its own, as tests hold it: opened, killed, paired, entered; what its profile holds."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import PIN


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a state."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def opened(browser: Browser, profile: Path, address: str, *more: str) -> Iterator[Page]:
    """The app in a browser with this profile and more arguments, which is killed in the end."""
    noted = profile / "DevToolsActivePort"
    noted.unlink(missing_ok=True)
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        "--lang=zh-CN",
        *more,
    ]
    command = ["/usr/bin/chromium", *arguments, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        until(lambda: noted.exists() and bool(noted.read_text()))
        port = noted.read_text().split()[0]
        page = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[0].pages[0]
        page.goto(address)
        yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def enter(page: Page) -> None:
    """The first member with a PIN enters it."""
    page.locator(".member:enabled").first.click()
    for figure in PIN:
        page.locator(".keypad").get_by_text(figure, exact=True).click()
    expect(page.locator("[data-act=type]")).to_be_visible()


def standing(page: Page, which: str) -> int:
    """One of the counts above everything."""
    return int(re.sub(r"\D", "", page.locator(f"[data-count={which}]").inner_text()))


def shows_waiting(page: Page, count: int) -> None:
    """So many wait to be sent."""
    expect(page.locator("[data-count=waiting]")).to_have_text(re.compile(rf"\D{count}$"))


def pair(page: Page, code: str = "abcde 12345", name: str = "南门手机") -> None:
    """Pair the device, and wait until the app is kept."""
    page.locator("[name=code]").fill(code)
    page.locator("[name=name]").fill(name)
    page.locator("button.is-main").click()
    expect(page.locator(".member").first).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def asked(page: Page) -> bool:
    """The network seems to have come back: no pause is waited for."""
    page.evaluate("dispatchEvent(new Event('online'))")
    return True


def traces_of(profile: Path, *said: str) -> list[tuple[str, Path]]:
    """Where a profile holds something of what was said in clear."""
    words = [word.encode(code) for word in said for code in ("utf-8", "utf-16-le")]
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 20
    return [(repr(word), path) for path in files for word in words if word in path.read_bytes()]
