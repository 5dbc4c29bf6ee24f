"""Who has no phone, or none that helps, at a gate without network: let in by few touches, or by keyboard alone; every
verdict leaves the way in by hand open, and who is turned away is a number."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import PASSES, Desk
from tests.browser.gate_app import asked, enter, opened, pair, shows_waiting, standing, until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MOST_TOUCHES = 5
_CALLED = """() => { const one = document.activeElement;
  return (one.ariaLabel || one.labels?.[0]?.textContent || one.textContent).trim(); }"""


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.open()
    yield desk
    desk.close()


class Hand:
    """A hand at the gate, which counts its touches of the person who stands there."""

    def __init__(self, page: Page) -> None:
        self.page, self.touches = page, 0

    def touch(self, where: str | Locator) -> None:
        self.touches += 1
        (self.page.locator(where) if isinstance(where, str) else where).click()

    def says(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=text)

    def type(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def save(self) -> None:
        """The person is in; the next one comes."""
        self.touch("form button.is-main")
        expect(self.page.locator("[data-act=type]")).to_be_visible()
        assert self.touches <= MOST_TOUCHES
        self.touches = 0


def read(page: Page, text: str) -> None:
    """A scanner gun, or a card reader."""
    page.locator("[data-gun]").fill(text)
    page.locator("[data-gun]").press("Enter")


def by_keyboard(page: Page, *names: str) -> None:
    """Go on with the tabulator until what is focused is called so."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(_CALLED).startswith(names):
            return
    raise AssertionError(f"nothing is called {names}")


def elder_with_a_card(hand: Hand) -> None:
    """The reader types the number; the first reading is cold."""
    read(hand.page, "11010519491231002X")
    hand.type(full_name="甄老人")
    hand.touch(hand.says("老人"))
    hand.touch(hand.says("体温"))
    hand.type(temperature="34.2")
    hand.page.keyboard.press("Enter")
    expect(hand.page.locator("[data-act=without]")).to_be_visible()
    hand.touch("[data-method=ear]")
    hand.type(temperature="36.5")
    hand.page.keyboard.press("Enter")
    hand.save()


def child_of_eight(hand: Hand) -> None:
    hand.touch("[data-act=type]")
    hand.type(document_number="11010520140101001X", full_name="甄小童", phone="13700137001")
    hand.touch(hand.says("未成年人"))
    hand.save()


def passport_holder(hand: Hand) -> None:
    hand.touch("[data-act=type]")
    hand.page.locator("[name=document_type]").select_option("passport")
    hand.type(document_number="e12345678", full_name="Anna Müller")
    hand.save()


def blind_keyboard(hand: Hand) -> None:
    """No touch at all: each step is found by its name, as a screen reader says it."""
    page = hand.page
    by_keyboard(page, "⌨")
    page.keyboard.press("Enter")
    for label, text in (("证件号码", "110105194912310046"), ("姓名", "甄盲人")):
        by_keyboard(page, label)
        page.keyboard.type(text)
    by_keyboard(page, "残障人士")
    page.keyboard.press("Space")
    by_keyboard(page, "登记")
    page.keyboard.press("Enter")
    expect(page.locator("[data-act=type]")).to_be_visible()


def flat_battery(hand: Hand) -> None:
    """On paper first, typed in with its own time."""
    hand.touch("[data-act=type]")
    hand.type(document_number="110105199003070017", full_name="甄没电")
    hand.touch("[name=paper]")
    hand.save()


PERSONAS = (elder_with_a_card, child_of_eight, passport_holder, blind_keyboard, flat_battery)


def verdicts(page: Page) -> set[str]:
    """Each code is read; whatever is shown, one touch lets in by hand."""
    seen = set()
    for case in PASSES["cases"]:
        if not case["text"] or case["text"].isdigit():
            continue
        read(page, case["text"])
        shown = page.locator("[data-verdict]")
        expect(shown).to_be_visible()
        seen.add(shown.get_attribute("data-verdict") or "")
        expect(page.locator("[data-act=let-in]")).to_be_enabled()
        page.locator("[data-act=close]").click()
        expect(page.locator("[data-act=type]")).to_be_visible()
    return seen


def stated(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        (
            *(one["kind"], one["way"], one["green_channel"], (one["person"] or {}).get("document_type")),
            *(one["failed"], one["temperature"], one["method"]),
        )
        for one in desk.stated
    ]


def test_nobody_needs_a_phone_at_a_gate_without_network(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    with opened(browser, tmp_path, desk.address) as page:
        pair(page)
    desk.close()
    with opened(browser, tmp_path, desk.address) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        visitor = Visitor(page, desk.address.removesuffix("/gate/"))
        enter(page)
        if page.get_by_role("button", name="中文").count():
            page.get_by_role("button", name="中文").click()
        for count, persona in enumerate(PERSONAS, start=1):
            persona(Hand(page))
            shows_waiting(page, count)
        assert {"picture", "look", "forged", "unknown_key", "not_a_pass"} <= verdicts(page)
        read(page, PASSES["cases"][-2]["text"])
        visitor.look("result")
        page.locator("[data-act=turn-away]").click()
        shows_waiting(page, len(PERSONAS) + 1)
        desk.open()
        until(lambda: asked(page) and standing(page, "confirmed") == len(PERSONAS) + 1)
    assert stated(desk) == [
        ("visit", "typed", "elder", "resident_id", "34.2", "36.5", "ear"),
        ("visit", "typed", "minor", "resident_id", *(None,) * 3),
        ("visit", "typed", None, "passport", *(None,) * 3),
        ("visit", "typed", "disability", "resident_id", *(None,) * 3),
        ("visit", "paper", None, "resident_id", *(None,) * 3),
        ("turned_away", "typed", None, None, *(None,) * 3),
    ]
    assert [fault for fault in visitor.faults if "ERR_CONNECTION_REFUSED" not in fault] == []
