"""The gate app without network, killed and opened again, with answers lost: what it sounded for arrives once.

The browser is a process of its own, so that it can be killed as phones kill: without a word.
"""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from outpost.core.codes import qr_png
from tests.browser.desk import Desk
from tests.browser.gate_app import asked, enter, opened, pair, shows_waiting, standing, traces_of, until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

POSTER = "https://outpost.example.gov.cn/v/AbcdEfghIjklMnopQrstUvwxYzabCdefGhijKlmnOpqrS"
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


def film(picture: bytes, path: Path) -> Path:
    """What a camera sees that is held before a picture: a code a third of a metre away, grey around it."""
    code, width, height = Image.open(io.BytesIO(picture)).convert("L"), 640, 480
    seen = Image.new("L", (width, height), 170)
    seen.paste(code.resize((300, 300)), (170, 90))
    frame = b"FRAME\n" + seen.tobytes() + bytes([128]) * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return path


def test_the_camera_reads_a_poster_and_every_screen_is_for_thumbs(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    """By the app's own decoder, from a film of the picture; the poster is no pass, and the gate says so."""
    filmed = film(qr_png(POSTER), tmp_path / "poster.y4m")
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={filmed}",
    )
    with opened(browser, tmp_path / "profile", desk.address, *camera) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        visitor = Visitor(page, desk.address.removesuffix("/gate/"))
        visitor.look("pairing")
        pair(page)
        enter(page)
        page.locator(".standing").click()
        visitor.look("sync")
        page.locator("main section.page:visible button.big").last.click()
        page.locator("[data-act=scan]").click()
        expect(page.locator("[data-verdict=not_a_pass]")).to_be_visible(timeout=20_000)
        visitor.look("result")
        page.locator("[data-act=close]").click()
    assert visitor.faults == []
