"""Somebody who reads with the keyboard: what they reach is never under the header or the bar of a phone."""

import pytest

from outpost.core.rights import Role
from tests.browser.conftest import District, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

STEPS = 60  # more than a window of rows has stops
# Empty while the middle of what has the focus is seen, else what it is.
_COVERED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return one.contains(seen) || one.closest(".top, .bottom, .side") ? "" : one.outerHTML.slice(0, 120);
}"""
# Whether the heading of the page stands below the header.
_HEADING = """() => document.querySelector("h1").getBoundingClientRect().top >=
  document.querySelector(".top").getBoundingClientRect().bottom"""


@pytest.mark.parametrize("width", [360, 1366])
def test_what_the_keyboard_reaches_is_seen(visit: Visit, district: District, width: int) -> None:
    visitor = visit(width=width, reduced_motion="reduce")  # a page that still glides has no fixed places
    district.enter(visitor, Role.TOWN)
    visitor.open("/sentinel/staff/?size=50")
    page = visitor.page
    page.locator(".to-content").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(_HEADING)
    page.locator("[data-tick]").last.focus()
    covered = []
    for _step in range(STEPS):
        page.keyboard.press("Shift+Tab")
        covered.append(page.evaluate(_COVERED))
    assert [one for one in covered if one] == []
