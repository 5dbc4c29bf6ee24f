"""Papers for the tests: good ones as programs write them, and hostile ones built by hand."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

Gps = dict[int, object]
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F
TURNED = 6  # the camera was held upright: the picture is to be turned by a quarter


def drawing(width: int = 60, height: int = 40) -> Image.Image:
    """White, with a red corner at the upper left."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 4), fill="red")
    return picture


def jpeg(width: int = 60, height: int = 40, *, comment: bytes = b"") -> bytes:
    return _saved(drawing(width, height), "JPEG", comment=comment)


def photo() -> bytes:
    """As a phone takes it: turned, with place and maker beside the dots."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = TURNED, "Canary Phone"
    exif[GPS] = {1: "N", 2: (22.0, 48.0, 7.5), 3: "E", 4: (113.0, 31.0, 2.5)}
    return _saved(drawing(), "JPEG", exif=exif, comment=b"canary comment")


def png(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> bytes:
    return _saved(drawing(*size).convert(mode), "PNG")


def gif() -> bytes:
    return _saved(drawing(), "GIF")


def webp() -> bytes:
    return _saved(drawing(), "WEBP")


def huge_png(side: int = 30_000) -> bytes:
    """Some hundred kB that unpack to 900 million dots."""
    packer = zlib.compressobj(9)
    rows = (
        b"".join(packer.compress(b"\x00" * (side // 8 + 1) * 500) for _ in range(side // 500))
        + packer.flush()
    )
    header = struct.pack(">2I5B", side, side, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def pdf(pages: int = 1) -> bytes:
    """As a program writes it."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        canvas.drawString(72, 720, f"Page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def packed_pdf(*more: bytes, predictor: bool = False) -> bytes:
    """With its objects packed into a stream, as scanners and Word do."""
    inner = [b"<< /Type /Page /Parent 2 0 R >>", *more]
    body = b" ".join(inner)
    head = b" ".join(b"%d %d" % (10 + n, sum(len(one) + 1 for one in inner[:n])) for n in range(len(inner)))
    packed = zlib.compress(head + b" " + body)
    parms = b" /DecodeParms << /Predictor 12 /Columns 4 >>" if predictor else b""
    stream = (
        b"<< /Type /ObjStm /N %d /First %d /Length %d /Filter /FlateDecode%s >>\nstream\n%s\nendstream"
        % (
            *(len(inner), len(head) + 1, len(packed)),
            *(parms, packed),
        )
    )
    return by_hand(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [10 0 R] /Count 1 >>", stream
    )


def by_hand(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, one))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def with_object(extra: bytes, *, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """One page, and an object beside it."""
    return by_hand(
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        extra,
        trailer=trailer,
    )


def bomb_pdf(mib: int = 500) -> bytes:
    """Half a MB that unpacks to this much."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(mib)) + packer.flush()
    return with_object(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(body), body))


def with_zip(paper: bytes) -> bytes:
    """The paper, and behind it an archive that programs for archives open."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return paper + out.getvalue()


def zip_in_pdf() -> bytes:
    """An archive whose own comment ends the PDF: both programs find their end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
        archive.comment = b"\nstartxref\n9\n%%EOF"
    return with_object(b"null") + out.getvalue()


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(document.cookie)</script>"
