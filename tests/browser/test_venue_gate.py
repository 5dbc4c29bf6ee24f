"""The gate of a venue against the real server: paired and given a PIN by their pages, then used where the network is
gone, calls come twice and answers never, and the browser dies at any moment. What it sounded for is there once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from outpost.core.rights import Role
from tests.browser.between import Between
from tests.browser.conftest import District, Visit
from tests.browser.desk import PIN
from tests.browser.gate_app import asked, enter, opened, pair, standing, until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LOST = 0.3
# Touches so often, each once the last is stored.
_QUICK = """async times => {
  const counts = () => [...document.querySelectorAll("[data-count]")]
    .reduce((sum, one) => sum + Number(one.textContent.replaceAll(/\\D/g, "")), 0);
  for (let done = 0; done < times; done++) {
    const before = counts();
    document.querySelector("[data-act=quick]").click();
    while (counts() === before) await new Promise(resolve => setTimeout(resolve));
  }
}"""
# The numbers of what a device stated, how many temperatures of its venue they are.
_STATED = """SELECT e.seq, e.state, count(g.id) FROM desks_device d JOIN desks_entry e ON e.device_id = d.id
    LEFT JOIN venues_gateentry g ON g.id = e.id AND g.venue_id::text = e.place_key
  WHERE d.name = %s GROUP BY e.id, e.digest ORDER BY e.seq"""


@pytest.fixture
def code(visit: Visit, district: District) -> str:
    """A pairing code, as the manager's page shows it; the inspector has a PIN."""
    inspector = visit()
    district.enter(inspector, Role.INSPECTOR)
    inspector.open("/venues/work")
    inspector.press(inspector.page.locator("a[href$='/pin']").first)
    inspector.look("pin")
    inspector.fill(pin=PIN, repeated=PIN)
    inspector.press(inspector.page.locator("main form button[type=submit]"))
    manager = visit()
    district.enter(manager, Role.MANAGER)
    manager.open("/")
    manager.press(manager.page.locator("a[href$='/devices']").first)
    manager.press(manager.page.locator("form[action$='/devices/code'] button"))
    manager.look("pairing-code")
    return manager.page.locator("dd.number").inner_text()


@pytest.fixture
def between(district: District) -> Iterator[Between]:
    between = Between(district.address, lost=LOST)
    between.open()
    yield between
    between.close()


def touch(page: Page, times: int) -> None:
    """Somebody with a normal temperature, so often."""
    enter(page)
    page.evaluate(_QUICK, times)


def die_while_sending(browser: Browser, profile: Path, between: Between) -> None:
    """Three touches, and the browser is killed once something was sent."""
    sent = between.sent
    with opened(browser, profile, between.address) as page:
        touch(page, 3)
        until(lambda: between.sent > sent)


@pytest.mark.promise("O1")
@pytest.mark.promise("O2")
@pytest.mark.parametrize(
    ("rounds", "each", "kills"),
    [
        (1, 5, 2),
        pytest.param(1, 250, 0, id="more-than-a-batch"),
        pytest.param(10, 1_000, 0, marks=pytest.mark.nightly, id="ten-thousand"),
        pytest.param(1, 5, 100, marks=pytest.mark.nightly, id="hundred-kills"),
    ],
)
def test_each_touch_is_there_once(
    browser: Browser,
    district: District,
    code: str,
    between: Between,
    tmp_path: Path,
    rounds: int,
    each: int,
    kills: int,
) -> None:
    """Away for some rounds, each of which ends with a kill; then killed while it sends."""
    name = f"甄门{rounds}-{kills}"
    with opened(browser, tmp_path, between.address) as page:
        pair(page, code, name)
    between.close()
    for _ in range(rounds):
        with opened(browser, tmp_path, between.address) as page:
            touch(page, each)
    between.open()
    for _ in range(kills):
        die_while_sending(browser, tmp_path, between)
    every = rounds * each + kills * 3
    with opened(browser, tmp_path, between.address) as page:
        until(lambda: asked(page) and standing(page, "confirmed") == every, seconds=60 + every / 20)
        assert (standing(page, "waiting"), standing(page, "troubled")) == (0, 0)
        page.set_viewport_size({"width": 360, "height": 740})
        visitor = Visitor(page, between.address.removesuffix("/gate/"))
        visitor.look("members")
        enter(page)
        for act in ("scan", "type", "temperature"):
            visitor.look("gate")
            page.locator(f"[data-act={act}]").click()
            visitor.look(act)
            page.reload()
            enter(page)
    print(f"{between.sent} calls, {between.answers_lost} answers lost, {between.sent_again} calls came again")
    assert district.rows(_STATED, [name]) == [(number, "kept", 1) for number in range(1, every + 1)]
    assert visitor.faults == []
