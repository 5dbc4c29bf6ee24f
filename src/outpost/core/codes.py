"""QR codes: black modules on white with their quiet zone, so dense with correction that a torn or dirty print is read.
Pure."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from segno import QRCode

QUIET = 4
"""Modules of white around a code, as ISO/IEC 18004 wants it."""
_CORRECTION = "q"
_PIXELS = 20  # a module of a picture: sharp on paper of a hand's width


def qr_modules(text: str) -> Sequence[Sequence[bool]]:
    """The rows of modules that show a text, without the quiet zone; true is black."""
    return [[bool(module) for module in row] for row in _made(text).matrix]


def qr_svg(text: str) -> bytes:
    """A picture of any size, as a file of its own."""
    address = _made(text).svg_data_uri(scale=_PIXELS, border=QUIET)
    return unquote(address.partition(",")[2]).encode()


def qr_address(text: str) -> str:
    """A picture that stands in a page itself, so that what it carries is in no address of ours."""
    return _made(text).svg_data_uri(scale=_PIXELS, border=QUIET)


def qr_png(text: str) -> bytes:
    """A picture of about a thousand pixels."""
    address = _made(text).png_data_uri(scale=_PIXELS, border=QUIET)
    return base64.b64decode(address.partition(",")[2])


def _made(text: str) -> "QRCode":
    import segno

    return segno.make_qr(text, error=_CORRECTION, boost_error=False)
