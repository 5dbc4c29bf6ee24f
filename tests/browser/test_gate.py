"""The gate app without network, killed and opened again, with answers lost: what it sounded for arrives once.

The browser is a process of its own, so that it can be killed as phones kill: without a word.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.desk import Desk
from tests.browser.gate_app import asked, enter, opened, pair, shows_waiting, standing, traces_of, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NAME, NUMBER, PHONE = "甄不留痕", "11010519491231002X", "13700137000"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.open()
    yield desk
    desk.close()


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
    assert traces_of(tmp_path, NAME, NUMBER, PHONE) == []
    desk.losing = 3
    desk.open()
    with opened(browser, tmp_path, desk.address) as page:
        until(lambda: asked(page) and standing(page, "confirmed") == rounds * each, seconds=60)
    assert desk.numbers == list(range(1, rounds * each + 1))
    assert max(desk.kept.values()) > 1  # answers were lost
    shutil.rmtree(tmp_path)
