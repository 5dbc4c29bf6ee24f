"""Pictures drawn anew: upright, no larger than a page needs, without anything but their dots. Runs in the child.

What a camera writes beside the dots (place, time, device, thumbnail), and whatever hides behind the end, is gone.
"""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

from outpost.core.papers.rules import PaperKind, PaperLimits, Unsafe

JPEG_QUALITY = 88
_MILLION = 1_000_000


def redrawn(source: BinaryIO, kind: PaperKind, limits: PaperLimits) -> bytes:
    """The picture as it is kept. Raises Unsafe; MemoryError past the limit of the child."""
    Image.MAX_IMAGE_PIXELS = None  # asked below, by our own limit and with our own words
    try:
        with Image.open(source, formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
            if width * height > limits.pixels:
                found, most = -(-width * height // _MILLION), limits.pixels // _MILLION
                raise Unsafe("papers.too_many_pixels", found=found, most=most)
            return _written(_upright(picture, limits.side), kind)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Unsafe("papers.damaged_picture") from error


def _upright(picture: Image.Image, side: int) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda dot: dot / 256).convert("L")
    picture.thumbnail((side, side))
    return ImageOps.exif_transpose(picture)


def _written(picture: Image.Image, kind: PaperKind) -> bytes:
    plain = _on_white(picture)
    plain.info.clear()
    out = io.BytesIO()
    if kind is PaperKind.JPEG:
        plain.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        plain.save(out, "PNG")
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """In black and white, grey or colours; what is transparent shows the paper beneath."""
    if picture.mode in ("1", "L"):
        return picture.copy()
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        beneath = Image.new("RGBA", above.size, "white")
        beneath.alpha_composite(above)
        picture = beneath
    return picture.convert("RGB")
