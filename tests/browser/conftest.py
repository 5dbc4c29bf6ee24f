"""The made-up district as `outpost up --demo` serves it, and browsers that look at it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from outpost.demo.sign_ins import SignIn, read_sign_ins
from tests.browser.visitor import Visitor
from tests.faults.installation import Installation

Visit = Callable[..., Visitor]


@dataclass(frozen=True, slots=True)
class District:
    """A served district with the sign-in of each role; `rows` looks into its database."""

    address: str
    sign_ins: dict[str, SignIn]
    rows: Callable[..., list[tuple[Any, ...]]]
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def matched_day(self) -> str:
        """The day whose alerts can be answered: after midnight today is not, until the dawn's match."""
        return str(self.rows('SELECT max("on") FROM sentinel_matchrun')[0][0])

    def enter(self, visitor: Visitor, role: str) -> None:
        """Let the visitor be signed in as that role; only the first one types it in (codes are few a day)."""
        one, jar = self.sign_ins[role], visitor.page.context
        if role in self.cookies:
            known = self.cookies[role].items()
            jar.add_cookies([{"name": name, "value": value, "url": self.address} for name, value in known])
        elif one.password:
            visitor.sign_in(one.user, one.password)
        else:
            visitor.sign_in_by_phone(one.user)
        self.cookies[role] = {cookie["name"]: cookie["value"] for cookie in jar.cookies()}


@contextmanager
def a_district(data: Path) -> Iterator[District]:
    """Load the district and serve it; erase it in the end."""
    data.chmod(0o711)
    installation = Installation(data)
    try:
        with installation.up(is_demo=True, OUTPOST_SECOND_FACTOR="off") as served:
            sign_ins = {one.role: one for one in read_sign_ins(data)}
            yield District(served.address, sign_ins, installation.rows)
    finally:
        installation.erase()
        shutil.rmtree(data)


@pytest.fixture(scope="package")
def district() -> Iterator[District]:
    with a_district(Path(tempfile.mkdtemp(prefix="outpost-test-"))) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed with the last test of this folder: while it is open, Django takes the thread for an event loop's."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, district: District) -> Iterator[Visit]:
    """Sends visitors to the district: `visit(width=360, locale="zh-CN")`. They must not find a fault."""
    visitors: list[Visitor] = []

    def arrive(*, width: int = 360, height: int = 740, locale: str = "zh-CN", **options: Any) -> Visitor:
        size = ViewportSize(width=width, height=height)
        context = browser.new_context(viewport=size, locale=locale, **options)
        visitors.append(Visitor(context.new_page(), district.address))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.page.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
