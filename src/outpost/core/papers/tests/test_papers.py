"""Papers by content: good ones come back clean, each hostile one is refused for its own reason, soon."""

import io
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from outpost.config.env import Env
from outpost.core.errors import Refusal
from outpost.core.papers.cleaning import Paper, cleaned
from outpost.core.papers.rules import PAPER, PaperKind, PaperLimits
from outpost.core.papers.scanner import scan
from outpost.core.papers.tests import papers

pytestmark = pytest.mark.rules


@pytest.fixture
def send(tmp_path: Path) -> Callable[..., Paper]:
    def sent(content: bytes, limits: PaperLimits = PAPER) -> Paper:
        path = tmp_path / "paper"
        path.write_bytes(content)
        return cleaned(path, limits)

    return sent


def opened(paper: Paper) -> Image.Image:
    return Image.open(io.BytesIO(paper.content))


@pytest.mark.promise("F4")
def test_a_photo_stands_upright_and_says_nothing_but_its_dots(send: Callable[..., Paper]) -> None:
    sent = papers.photo()
    assert b"Canary Phone" in sent
    assert b"canary comment" in sent
    paper = send(sent)
    assert (paper.kind, paper.pages) == (PaperKind.JPEG, 1)
    picture = opened(paper)
    assert picture.size == (40, 60)
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"anary" not in paper.content
    corners = [picture.convert("RGB").getpixel(at) for at in ((35, 3), (3, 3))]
    assert [corner[1] < 128 for corner in corners if isinstance(corner, tuple)] == [
        True,
        False,
    ]  # red has gone right


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_sort_of_png_is_drawn_anew(send: Callable[..., Paper], mode: str) -> None:
    paper = send(papers.png(mode) if mode != "I;16" else _grey_of_16_bits())
    assert paper.kind is PaperKind.PNG
    picture = opened(paper)
    assert picture.size == (60, 40)
    assert not picture.has_transparency_data


def _grey_of_16_bits() -> bytes:
    out = io.BytesIO()
    Image.new("I;16", (60, 40), 40_000).save(out, "PNG")
    return out.getvalue()


def test_a_large_picture_is_made_smaller(send: Callable[..., Paper]) -> None:
    paper = send(papers.jpeg(6_000, 4_000))
    assert opened(paper).size == (4_000, 2_667)


@pytest.mark.parametrize("pages", [1, 50])
def test_a_pdf_is_kept_as_it_came(send: Callable[..., Paper], pages: int) -> None:
    content = papers.pdf(pages)
    assert send(content) == Paper(PaperKind.PDF, pages, content)


@pytest.mark.parametrize(
    "content", [papers.packed_pdf(), papers.with_object(b"null"), papers.pdf() + b"\r\n\x00\x00"]
)
def test_pdfs_of_other_programs_are_taken(send: Callable[..., Paper], content: bytes) -> None:
    assert send(content).pages == 1


SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
HOSTILE: dict[str, list[bytes | Callable[[], bytes]]] = {
    "papers.empty": [b""],
    "papers.heic": [papers.HEIC, papers.HEIC.replace(b"heic", b"avif", 1)],
    "papers.markup": [papers.SVG, papers.HTML, b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00", b"<p>hello</p>"],
    "papers.unknown": [
        *(papers.gif(), papers.webp(), b"BM" + bytes(60), b"II*\x00" + bytes(60), papers.with_zip(b"")),
        *(b"\xd0\xcf\x11\xe0" + bytes(60), b"MZ" + bytes(60)),
    ],
    "papers.no_paper": [b"hello", b"\x89PNX"],
    "papers.two_files": [
        *(papers.with_zip(papers.jpeg()), papers.with_zip(papers.png()), papers.zip_in_pdf()),
        *(b"GIF89a" + papers.pdf(), papers.pdf().replace(b"%PDF-1.", b"%PDF-<script>alert(1)</script>1.", 1)),
    ],
    "papers.damaged_picture": [papers.jpeg()[:300], papers.png()[:60], b"\xff\xd8\xff" + bytes(400)],
    "papers.too_many_pixels": [papers.huge_png],
    "papers.damaged_pdf": [
        *(papers.pdf()[:-200], b"%PDF-1.4\n", papers.pdf() + b"more", papers.packed_pdf(predictor=True)),
        *(
            papers.by_hand(b"<< /Type /Catalog >>"),
            papers.with_object(b"<< /F /ASCIIHexDecode /T /ObjStm >>"),
        ),
        papers.pdf().replace(b"startxref\n", b"startxref\n9"),
    ],
    "papers.encrypted_pdf": [papers.with_object(b"null", trailer=b"/Encrypt 4 0 R")],
    "papers.active_pdf": [
        *(papers.with_object(SCRIPT, catalog=b"/OpenAction 4 0 R"), papers.packed_pdf(SCRIPT)),
        papers.with_object(SCRIPT.replace(b"/JavaScript", b"/J#61va#53cript")),
        papers.with_object(b"<< /S /Launch /F (calc.exe) >>"),
        papers.with_object(b"<< /Names [(a) 5 0 R] >>", catalog=b"/Names << /EmbeddedFiles 4 0 R >>"),
        papers.with_object(b"<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>"),
        papers.with_object(b"<< /Subtype /FileAttachment >>"),
        papers.with_object(b"<< /S /GoToE >>"),
        papers.with_object(b"<< /XFA [(a) 5 0 R] >>"),
        papers.with_object(b"<< /S /SubmitForm /F (https://example.com) >>"),
        papers.with_object(b"<< /S /Rendition /JS (1) >>"),
    ],
    "papers.too_many_pages": [papers.pdf(600), papers.by_hand(b"<</Type/Pages/Kids[2 0 R]/Count 600>>")],
    "papers.unpacks_too_large": [papers.bomb_pdf],
}
"""What takes seconds to pack is packed by its test: each worker reads this file."""


@pytest.mark.promise("F4")
@pytest.mark.parametrize(("code", "content"), [(code, one) for code, many in HOSTILE.items() for one in many])
def test_what_is_no_paper_is_refused_for_its_reason(
    send: Callable[..., Paper], code: str, content: bytes | Callable[[], bytes]
) -> None:
    sent = content if isinstance(content, bytes) else content()
    began = time.monotonic()
    with pytest.raises(Refusal) as refused:
        send(sent)
    assert refused.value.code == code
    assert refused.value.message
    assert time.monotonic() - began < PAPER.cpu_seconds


@pytest.mark.promise("F3")
def test_a_paper_that_eats_memory_or_time_is_refused(send: Callable[..., Paper]) -> None:
    large = papers.png(size=(4_000, 4_000))
    for limits in (replace(PAPER, memory_bytes=128 << 20), replace(PAPER, cpu_seconds=0)):
        with pytest.raises(Refusal) as refused:
            send(large, limits)
        assert refused.value.code == "papers.too_heavy"


def test_what_would_be_kept_is_no_larger_than_what_may_come(send: Callable[..., Paper]) -> None:
    with pytest.raises(Refusal) as refused:
        send(papers.pdf(), replace(PAPER, file_bytes=100))
    assert refused.value.code == "papers.too_large"


def scanner(folder: Path, *lines: str) -> list[str]:
    """A real program that the operator could name."""
    program = folder / "scan"
    program.write_text("\n".join(("#!/bin/sh", *lines)), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return [str(program), "--quiet"]


def test_a_scanner_that_finds_nothing_lets_through(tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    paper.write_bytes(papers.pdf())
    scan(paper, scanner(tmp_path, 'echo "$@" > "$0.asked"', 'grep -q EICAR "$2" && exit 1', "exit 0"))
    assert (tmp_path / "scan.asked").read_text().split() == ["--quiet", str(paper)]
    scan(paper, [])


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (('grep -q EICAR "$2" && exit 1', "exit 0"), "papers.infected"),
        (("exit 2",), "papers.not_scanned"),
        (("kill -9 $$",), "papers.not_scanned"),
        (("sleep 20",), "papers.not_scanned"),
    ],
)
def test_only_a_clear_yes_counts(tmp_path: Path, lines: tuple[str, ...], code: str) -> None:
    paper = tmp_path / "paper"
    paper.write_bytes(b"EICAR")
    with pytest.raises(Refusal) as refused:
        scan(paper, scanner(tmp_path, *lines), patience=2)
    assert refused.value.code == code


def test_a_scanner_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        scan(tmp_path, [str(tmp_path / "none")])
    assert refused.value.code == "papers.not_scanned"


@pytest.mark.promise("W5")
@pytest.mark.parametrize("wrong", ["clamscan", "/no/such/scanner --quiet", __file__, "/bin/sh 'open"])
def test_a_scanner_that_cannot_be_started_is_no_setting(wrong: str) -> None:
    with pytest.raises(ValidationError, match="OUTPOST_SCANNER"):
        Env(OUTPOST_SCANNER=wrong)


def test_a_scanner_is_named_with_its_options() -> None:
    assert Env(OUTPOST_SCANNER="/bin/sh -c 'exit 0'").scanner_command == ("/bin/sh", "-c", "exit 0")
    assert Env().scanner_command == ()
