"""The pictures of the guides and of the README, taken from the made-up district. `make pictures` puts them in place."""

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from outpost.core.rights import Role
from outpost.web.guides import GUIDES, picture_of
from tests.browser.conftest import District
from tests.browser.test_pages import LOCALES
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

PICTURES = Path("build/pictures")
README = {Role.COMMAND, Role.PRINCIPAL}
PHONE, PC = (360, 680, 1.5), (1200, 720, 1)
_AS_WEBP = """async png => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.4).split(",")[1];
}"""
_AS_AT_HOME = """here => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(here, "outpost.example");
}"""
"""The address of the test's server tells readers nothing."""
MISSED, TESTS = "/sentinel/compliance/cold-chain", "/sentinel/statistics/tests"
PLACES: Mapping[str, Mapping[str, str]] = {
    Role.PRINCIPAL: {"today": "/", "staff": "/sentinel/staff/", "answer": MISSED, "switches": "/"},
    Role.TOWN: {
        "today": "/",
        "missed": MISSED,
        "organizations": "/sentinel/organizations/",
        "statistics": TESTS,
    },
    Role.BUREAU: {"today": "/", "missed": MISSED, "statistics": TESTS},
    Role.COMMAND: {
        "today": "/",
        "category": "/sentinel/categories/cold-chain",
        "alert": "/sentinel/alerts/of/cold-chain",
        "statistics": TESTS,
    },
    Role.MANAGER: {"venue": "/venues/mine", "flow": "/venues/mine"},
    Role.INSPECTOR: {"work": "/venues/work"},
    Role.SITE_LEAD: {"register": "/sites/mine", "enter": "/sites/mine"},
    Role.SITE_SUPERVISOR: {"people": "/sites/mine"},
    Role.AUDITOR: {"log": "/"},
    Role.SECURITY: {"accounts": "/", "account": "/"},
    Role.OPERATOR: {"jobs": "/", "channels": "/channels/"},
}
assert set(PLACES) == {role for role, guide in GUIDES.items() if any(step.picture for step in guide.steps)}


def _answer(visitor: Visitor) -> None:
    visitor.page.locator("[data-tick]").first.check()
    visitor.press(visitor.page.locator(".list-bulk button").first)
    visitor.page.locator("[name=reason]").select_option(index=1)


def _open_the_town_officer(visitor: Visitor) -> None:
    visitor.press(visitor.page.locator("tbody a", has_text="town").first)


def _open_the_switches(visitor: Visitor) -> None:
    visitor.page.locator(".top details summary").click()


def _scroll_to(control: Locator) -> None:
    control.evaluate("one => window.scrollTo(0, one.getBoundingClientRect().y + window.scrollY - 300)")


def _show_the_posters(visitor: Visitor) -> None:
    _scroll_to(visitor.page.locator("a[href$='/posters.pdf']"))


def _open_the_import(visitor: Visitor) -> None:
    visitor.press(visitor.page.locator("main a[href*='/new/sites.registrations']"))


def _tick_the_first(visitor: Visitor) -> None:
    first = visitor.page.locator("[data-tick]").first
    first.check()
    _scroll_to(first)


def _open_the_flow(visitor: Visitor) -> None:
    visitor.press(visitor.page.locator("main a[href*='/flow']").first)


ACTS: Mapping[str, Callable[[Visitor], None]] = {
    "answer": _answer,
    "flow": _open_the_flow,
    "venue": _show_the_posters,
    "register": _open_the_import,
    "enter": _tick_the_first,
    "account": _open_the_town_officer,
    "switches": _open_the_switches,
}


def _scenes(visitor: Visitor, district: District, role: Role) -> Iterator[str]:
    """Bring the browser to each scene of the guide; its name while it is shown."""
    if role is Role.PRINCIPAL:
        visitor.open("/sign-in?by=phone")
        yield "sign-in"
    district.enter(visitor, role)
    for name, path in PLACES[role].items():
        visitor.open(path)
        if name in ACTS:
            ACTS[name](visitor)
        yield name


def _pictures(visitor: Visitor, district: District, role: Role, language: str) -> Iterator[tuple[str, bytes]]:
    studio = visitor.page.context.new_page()
    for name in _scenes(visitor, district, role):
        visitor.page.evaluate(_AS_AT_HOME, visitor.page.url.split("/")[2])
        picture = visitor.page.screenshot()
        if name == "today" and language == "zh" and role in README:
            yield f"docs/{role}.png", picture
        packed = studio.evaluate(_AS_WEBP, base64.b64encode(picture).decode())
        yield f"guides/{role}-{name}-{language}.webp", base64.b64decode(packed)


@pytest.mark.parametrize("role", PLACES)
def test_the_guide_of_a_role_has_its_pictures(browser: Browser, district: District, role: Role) -> None:
    taken = set()
    width, height, scale = PHONE if GUIDES[role].is_for_phones else PC
    for language, locale in LOCALES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, locale=locale
        )
        visitor = Visitor(context.new_page(), district.address)
        for name, picture in _pictures(visitor, district, role, language):
            (PICTURES / name).parent.mkdir(parents=True, exist_ok=True)
            (PICTURES / name).write_bytes(picture)
            taken.add(f"web/{name}")
        context.close()
        assert visitor.faults == []
    named = {picture_of(role, step, language) for step in GUIDES[role].steps for language in LOCALES}
    assert named - {""} <= taken
