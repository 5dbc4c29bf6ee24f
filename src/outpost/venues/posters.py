"""Posters of venue codes: one page A4 a checkpoint, to be scanned from two metres away.

The page says the same in both languages, whoever prints it. A character that the font lacks stops the print by name: a
poster with a hole in the venue's name hangs for months. Of many posters such a one is left out and named on the last
page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import reverse

from outpost.core.codes import QUIET, qr_modules
from outpost.core.errors import Refusal
from outpost.venues import errors
from outpost.venues.queries.codes import PrintedCode

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

MM = 72 / 25.4
"""In points, in which a page is measured."""
A4 = (210 * MM, 297 * MM)
CODE_WIDTH = 150 * MM
"""With its quiet zone; a module is then about 3 mm."""
FONT = "Noto Sans SC"
_FILE = Path(__file__).parent / "data" / "poster.ttf"
_PAGE_WIDTH, _PAGE_HEIGHT = A4
_TEXT_WIDTH = 180 * MM
_HEADING = "场所码 Venue code"
_TYPE = ("扫不了？打开 {page} 输入编号", "No camera? Open {page} and type")
_STEPS = (
    "用微信或手机相机扫码，完成打卡后向工作人员出示",
    "Scan with WeChat or your camera, check in, show the result to the staff",
    "没有手机？请走人工通道 · No phone? Ask the staff, you may come in all the same",
)
_LEFT_OUT = "未打印 Not printed"
_LEFT_OUT_HELP = (
    "字体中没有下列名称里的字（□）：请到场所页面下载场所码图片打印，并在旁手写名称",
    "The font lacks a character (□): print the code of these as a picture, write the name beside it",
)
_LINES = 15
"""Left out posters on a page: a name of 120 characters takes three lines."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What one page says. `address`: what its code carries; `short`, typed at `page`, stands for the same."""

    venue: str
    checkpoint: str
    address: str
    short: str
    page: str


def address_of(code: PrintedCode, origin: str) -> str:
    """What a code carries; `origin` is where the pages are found (https://outpost.example.gov.cn)."""
    return origin + reverse("codes:code", args=[code.text])


def poster_of(code: PrintedCode, origin: str) -> Poster:
    """The page of a code."""
    page = origin.partition("://")[2] + reverse("codes:typed")
    return Poster(code.venue, code.checkpoint, address_of(code, origin), code.short, page)


def pdf_of(posters: Iterable[Poster], *, authority: str, left_out: Sequence[Poster] = ()) -> bytes:
    """The posters in one file, then the names of those that were left out. `left_out` may still grow while posters are
    drawn. Raises Refusal NO_GLYPH for a name with a character that the font lacks."""
    from reportlab.pdfgen.canvas import Canvas

    register_font()
    canvas = Canvas("", pagesize=A4, invariant=True)
    canvas.setTitle(_HEADING)
    for poster in posters:
        refuse_holes(poster.venue, poster.venue + poster.checkpoint)
        _draw(canvas, poster, authority)
        canvas.showPage()
    for first in range(0, len(left_out), _LINES):
        _draw_left_out(canvas, left_out[first : first + _LINES])
        canvas.showPage()
    content: bytes = canvas.getpdfdata()
    return content


@cache
def register_font() -> None:
    """Once a process: the file has ten megabytes."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(FONT, str(_FILE)))


def refuse_holes(venue: str, text: str) -> None:
    """Raises Refusal NO_GLYPH for a text of this venue that the font cannot show whole."""
    if missing := holes(text):
        raise Refusal(
            errors.NO_GLYPH, venue=venue, character=missing[0], code_point=f"U+{ord(missing[0]):04X}"
        )


def holes(text: str) -> list[str]:
    """The characters of a text that the font lacks."""
    from reportlab.pdfbase import pdfmetrics

    known = pdfmetrics.getFont(FONT).face.charToGlyph
    return [one for one in text if ord(one) not in known]


def _draw_left_out(canvas: "Canvas", posters: Iterable[Poster]) -> None:
    """For whoever prints, never for a door: no code stands on it."""
    y = _write(canvas, _PAGE_HEIGHT - 16 * MM, 22, [_LEFT_OUT])
    y = _write(canvas, y - 3 * MM, 11, _LEFT_OUT_HELP)
    for poster in posters:
        name = f"{poster.venue} · {poster.checkpoint}"
        missing = holes(name)
        shown = "".join("□" if one in missing else one for one in name)
        y = _write(canvas, y - 1 * MM, 11, _lines(f"{shown}（U+{ord(missing[0]):04X}）", 11))


def _draw(canvas: "Canvas", poster: Poster, authority: str) -> None:
    """From the top of the page down; `y` is the base line of what was written last."""
    y = _write(canvas, _PAGE_HEIGHT - 16 * MM, 12, [authority] if authority else [])
    y = _write(canvas, y - 3 * MM, 22, [_HEADING])
    y = _write(canvas, y - 3 * MM, *_fitted(poster.venue, (34, 28, 24)))
    y = _write(canvas, y - 1 * MM, *_fitted(poster.checkpoint, (24, 20)))
    top = y - 2 * MM
    _draw_code(canvas, poster.address, top)
    y = _write(canvas, top - CODE_WIDTH - 1 * MM, 13, [line.format(page=poster.page) for line in _TYPE])
    y = _write(canvas, y - 1 * MM, 22, [poster.short])
    _write(canvas, y - 3 * MM, 13, _STEPS)


def _write(canvas: "Canvas", y: float, size: float, lines: Iterable[str]) -> float:
    """Write lines below each other in the middle of the page; returns where the next may begin."""
    canvas.setFont(FONT, size)
    for line in lines:
        y -= size * 1.25
        canvas.drawCentredString(_PAGE_WIDTH / 2, y, line)
    return y


def _fitted(text: str, sizes: tuple[float, ...]) -> tuple[float, list[str]]:
    """The largest of these sizes (points) at which a text takes two lines at most, else half of the smallest."""
    for size in sizes:
        if len(lines := list(_lines(text, size))) <= 2:
            return size, lines
    return sizes[-1] / 1.5, list(_lines(text, sizes[-1] / 1.5))


def _lines(text: str, size: float) -> Iterator[str]:
    """Chinese breaks anywhere."""
    from reportlab.pdfbase import pdfmetrics

    line = ""
    for character in text:
        if pdfmetrics.stringWidth(line + character, FONT, size) > _TEXT_WIDTH:
            yield line
            line = ""
        line += character
    yield line


def _draw_code(canvas: "Canvas", address: str, top: float) -> None:
    """The modules as one vector path, in the middle of the page below `top`."""
    rows = qr_modules(address)
    module = CODE_WIDTH / (len(rows) + 2 * QUIET)
    left = (_PAGE_WIDTH - CODE_WIDTH) / 2 + QUIET * module
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for across, is_black in enumerate(row):
            if is_black:
                path.rect(left + across * module, top - (QUIET + down + 1) * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)
