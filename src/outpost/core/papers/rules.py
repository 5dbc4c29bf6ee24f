"""What an uploaded paper may be, told by its first bytes, and what it may cost. Pure; the child knows nothing else."""

from dataclasses import dataclass
from enum import StrEnum

MIB = 1 << 20
HEAD = 1024
"""Bytes by which a file is known."""


class PaperKind(StrEnum):
    """What is taken."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


CONTENT_TYPES = {PaperKind.PDF: "application/pdf", PaperKind.JPEG: "image/jpeg", PaperKind.PNG: "image/png"}
ENDINGS = {PaperKind.PDF: "pdf", PaperKind.JPEG: "jpg", PaperKind.PNG: "png"}


@dataclass(frozen=True, slots=True)
class PaperLimits:
    """What one paper may cost. Past a limit it is refused as a whole: a limit is never raised to let one pass."""

    file_bytes: int = 20 * MIB
    pixels: int = 64_000_000  # the largest pictures of phones; a colour scan of A4 at 600 dpi has 35 million
    side: int = 4_000  # of what is kept: A4 at 340 dpi
    pages: int = 50
    unpacked_bytes: int = 400 * MIB
    memory_bytes: int = 1_024 * MIB
    cpu_seconds: int = 30


PAPER = PaperLimits()


class Unsafe(Exception):  # noqa: N818 - it is an answer: `code` names an entry of the catalogue in errors.py
    """Why a paper is not taken; `fields` are plain numbers and words for the message."""

    def __init__(self, code: str, **fields: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


_BEGINNINGS = (
    (b"%PDF-", PaperKind.PDF),
    (b"\xff\xd8\xff", PaperKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", PaperKind.PNG),
)
_OTHERS = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"PK\x03\x04", "ZIP, Word, Excel"),
    (b"\xd0\xcf\x11\xe0", "Word, Excel"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
)
_BRANDS_OF_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?php", b"<body", b"<iframe")


def kind_of(head: bytes) -> PaperKind:
    """What a file is by its first HEAD bytes, whatever it is called. Raises Unsafe for what is not taken, and for a
    paper that begins like something else, too."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            if kind is PaperKind.PDF and any(mark in head.lower() for mark in _MARKUP):
                raise Unsafe("papers.two_files")
            return kind
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS_OF_HEIC:
        raise Unsafe("papers.heic")
    if _is_markup(head):
        raise Unsafe("papers.markup")
    if b"%PDF-" in head:  # readers look for it anywhere at the beginning: so two programs see two files
        raise Unsafe("papers.two_files")
    found = next((name for beginning, name in _OTHERS if head.startswith(beginning)), "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = "WebP"
    raise Unsafe("papers.unknown", found=found) if found else Unsafe("papers.no_paper")


def _is_markup(head: bytes) -> bool:
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return text.startswith(b"<")
