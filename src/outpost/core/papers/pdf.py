"""The check of a PDF: whole, few pages, nothing that runs, opens or carries another file. Pure; runs in the child.

A PDF is kept as it came, so what readers would do with it is looked for: names in their plain spelling (`#4A` is `J`),
in the file and in everything that unpacks. It says "no" to what it cannot see into, and is no parser: it need not find
its way in a file that was made to mislead parsers.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from outpost.core.papers.rules import MIB, PaperLimits, Unsafe

_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFile|FileAttachment|GoToE|GoToR|ImportData|SubmitForm|RichMedia|Rendition"
    rb"|XFA(?=[\s\[])|EF(?=\s*<<|\s+\d+\s+\d+\s+R))"
)
_ENCRYPTED = re.compile(rb"/Encrypt\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(
    rb"/Type\s*/Pages\b[^>]{0,400}/Count\s+(\d{1,9})|/Count\s+(\d{1,9})[^>]{0,400}/Type\s*/Pages\b"
)
_SPELT = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_OTHER_FILTERS = re.compile(rb"/(?:LZWDecode|ASCIIHexDecode|ASCII85Decode|RunLengthDecode|Crypt)\b")
_START = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_PADDING = b"\x00\t\n\x0c\r "
_CHUNK, _OVERLAP = 64 << 10, 64


@dataclass
class _Seen:
    """What was met so far."""

    pages: int = 0
    stated: int = 0

    def look(self, part: bytes) -> None:
        """Raises Unsafe for what may not stand in a paper."""
        plain = _plain(part)
        if found := _ACTIVE.search(plain):
            raise Unsafe("papers.active_pdf", found=found[1].decode())
        self.pages += len(_PAGE.findall(plain))
        self.stated = max([self.stated, *(int(one or other) for one, other in _COUNT.findall(plain))])


def pages_of(data: bytes, limits: PaperLimits) -> int:
    """How many pages a good PDF has. Raises Unsafe."""
    whole = data.rstrip(_PADDING)
    _check_end(whole)
    plain = _plain(whole)
    if _ENCRYPTED.search(plain):
        raise Unsafe("papers.encrypted_pdf")
    if b"/ObjStm" in plain and _OTHER_FILTERS.search(plain):
        raise Unsafe("papers.damaged_pdf")  # objects could be packed so that nothing of them is seen here
    seen = _Seen()
    seen.look(whole)
    for part in _unpacked(whole, limits):
        seen.look(part)
    found = max(seen.pages, seen.stated)
    if not found:
        raise Unsafe("papers.damaged_pdf")
    if found > limits.pages:
        raise Unsafe("papers.too_many_pages", found=found, most=limits.pages)
    return found


def _plain(part: bytes) -> bytes:
    """With names as they are read, not as they are spelt."""
    return _SPELT.sub(lambda found: bytes([int(found[1], 16)]), part) if b"#" in part else part


def _check_end(data: bytes) -> None:
    """It ends as PDFs end, and the end leads to a table of what is in it."""
    end = _START.search(data, max(0, len(data) - 64))
    if end is None or not _TABLE.match(data, int(end[1])):
        raise Unsafe("papers.damaged_pdf")


def _unpacked(data: bytes, limits: PaperLimits) -> Iterator[bytes]:
    """Everything in it that unpacks, a piece at a time, each with the end of the one before. Raises Unsafe."""
    room = limits.unpacked_bytes
    before = 0
    for begin in _STREAM.finditer(data):
        gap = _plain(data[before : begin.start()])
        if b"/ObjStm" in gap and b"/Predictor" in gap:
            raise Unsafe("papers.damaged_pdf")  # unpacks to differences, not to what is read
        before = begin.end()
        tail = b""
        for piece in _inflated(data, begin.end()):
            room -= len(piece)
            if room < 0:
                raise Unsafe("papers.unpacks_too_large", most=limits.unpacked_bytes // MIB)
            yield tail + piece
            tail = piece[-_OVERLAP:]


def _inflated(data: bytes, at: int) -> Iterator[bytes]:
    """What a stream unpacks to, as far as it does; nothing for one that is packed otherwise."""
    unpacker = zlib.decompressobj()
    waiting = b""
    try:
        while not unpacker.eof and (waiting or at < len(data)):
            if not waiting:
                waiting, at = data[at : at + _CHUNK], at + _CHUNK
            piece = unpacker.decompress(waiting, MIB)
            waiting = unpacker.unconsumed_tail
            if piece:
                yield piece
    except zlib.error:
        return
