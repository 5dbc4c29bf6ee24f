"""Every page that a role can reach by its links, looked at on a phone and on a PC in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from tools import messages

from outpost.core.rights import Role
from tests.browser.conftest import District, Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PICTURES = Path("build/pages")
WIDTHS = {"phone": 360, "pc": 1280}
LOCALES = {"zh": "zh-CN", "en": "en-US"}
ROLES = (
    Role.PRINCIPAL,
    Role.BUREAU,
    Role.TOWN,
    Role.COMMAND,
    Role.AUDITOR,
    Role.SECURITY,
    Role.OPERATOR,
)
FILES = {"exchange:template", "exchange:failures", "exchange:download"}
CHINESE = {
    text.singular: chinese
    for module in messages.modules()
    for text, chinese in messages.translations(module).items()
    if text.singular != chinese
}
_MENU = "() => [...document.querySelectorAll('nav.side a')].map(one => one.href)"
_LINKS = """() => [...document.querySelectorAll("main a[href]:not([download])")].map(one => one.href)"""


def _page_of(address: str, url: str) -> str:
    """The name of the page behind a link, so that each is opened once; empty for what is no page of ours."""
    parts = urlsplit(url)
    if not url.startswith(f"{address}/"):
        return ""
    try:
        found = resolve(parts.path)
    except Resolver404:
        return ""
    if found.view_name in FILES:
        return ""
    kind = found.kwargs.get("kind", "")
    return f"{found.view_name} {kind} {'unmatched' if 'unmatched' in parts.query else ''}".strip()


def _pages(visitor: Visitor, *, is_whole: bool) -> Iterator[str]:
    """Open the menu's pages, then what they link to, each kind of page once; its name for each that is open."""
    visitor.open("/")
    waiting = [visitor.page.url, *visitor.page.evaluate(_MENU), f"{visitor.address}/help/"]
    seen = {""}
    while waiting:
        url = waiting.pop(0)
        name = _page_of(visitor.address, url)
        if name in seen:
            continue
        seen.add(name)
        visitor.page.goto(url)
        yield re.sub(r"\W+", "-", name)
        if is_whole:
            waiting += visitor.page.evaluate(_LINKS)


def _walk(visit: Visit, district: District, role: str, width: str, language: str, *, is_whole: bool) -> int:
    visitor = visit(width=WIDTHS[width], locale=LOCALES[language])
    if is_whole:
        visitor.folder = PICTURES / f"{role}-{width}-{language}"
        visitor.folder.mkdir(parents=True, exist_ok=True)
    district.enter(visitor, role)
    names = [one.name for one in district.sign_ins.values()]
    looked_at = 0
    for name in _pages(visitor, is_whole=is_whole):
        visitor.look(name)
        visitor.read(name, language, CHINESE, names)
        looked_at += 1
    return looked_at


@pytest.mark.promise("V9")
@pytest.mark.parametrize("role", ROLES)
def test_the_pages_of_the_menu_can_be_read(visit: Visit, district: District, role: Role) -> None:
    """Half of the roles on a phone and in English, half on a PC and in Chinese; the nightly walk takes every way."""
    width, language = (("phone", "en"), ("pc", "zh"))[ROLES.index(role) % 2]
    assert _walk(visit, district, role, width, language, is_whole=False) > 2


@pytest.mark.nightly
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_can_be_read(
    visit: Visit, district: District, role: Role, width: str, language: str
) -> None:
    """Leaves a picture of each page below build/pages, to be looked at."""
    assert _walk(visit, district, role, width, language, is_whole=True) > 4
