"""The guard before the workbook reader: looks at a .xlsx as a hostile archive and unpacks it once, counting.

It refuses what would hurt the reader (bombs, far cells, entities) and what no spreadsheet program writes
(links, path names, archives in archives). Runs in the reading child; memory stays at a few hundred kB.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO
from xml.parsers import expat

from outpost.core.sheets.limits import MIB, SHEET_ROWS, FileLimits

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_DIRECTORY_BYTES = 1 * MIB
_WINDOW = 256 << 10
# The longest thing looked for that may lie across two windows: a cell reference with its attribute name.
_OVERLAP = 48
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
# Quick, not complete: rows by their own number, cells by their column and by a row from 1,000,000 on, as every
# known program writes them. A far cell that hides behind other spelling gets past this and meets the memory
# limit of the child instead: blunter, but as safe.
_ROW = re.compile(rb'<row r="([0-9]+)"')
_CELL = re.compile(rb' r="([A-Z]{1,4})([0-9]{7})?')
# An attribute of that value is the type of a cell that failed; <f> is a formula, which may be saved without its value.
# Each begins with a byte that is searched for as fast as memory is read; together they take five times as long.
_ERRORS = [re.compile(pattern) for pattern in (rb"""=\s*["']e["']""", rb"<f[ >/]", rb":f[ >/]")]
_BOOK, _BOOK_PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ALWAYS_READ = frozenset(
    {"[content_types].xml", "_rels/.rels", _BOOK, _BOOK_PARTS, "xl/sharedstrings.xml", "xl/styles.xml"}
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


class Unsafe(Exception):  # noqa: N818 - it is an answer: `code` names an entry of the catalogue in errors.py
    """Why a workbook is not read; `fields` are plain numbers and words for the message."""

    def __init__(self, code: str, **fields: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


def inspect(file: BinaryIO, limits: FileLimits) -> bool:
    """Refuse a workbook that may not be read (`Unsafe`). `file` is open, seekable and regular.

    Returns whether a cell of an .xlsx may hold an Excel error (`failed_cells`).
    """
    magic = file.read(len(OLE_MAGIC))
    if magic == OLE_MAGIC:
        _inspect_ole(file)
        return False
    if magic.startswith(ZIP_MAGIC):
        return _inspect_zip(file, limits)
    raise Unsafe("sheets.damaged")


def is_zip(file: BinaryIO) -> bool:
    """Whether the file is an .xlsx, whatever it is called."""
    file.seek(0)
    return file.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def _inspect_ole(file: BinaryIO) -> None:
    """An encrypted .xlsx is an OLE container with a stream of this name; an honest .xls has none. Excel 95 called its
    stream Book, later ones Workbook."""
    if _has(file, "EncryptedPackage"):
        raise Unsafe("sheets.encrypted")
    if not _has(file, "Workbook") and _has(file, "Book"):
        raise Unsafe("sheets.old_excel")


def _has(file: BinaryIO, stream: str) -> bool:
    """Whether a name stands somewhere in the container, as its directory writes it."""
    name = stream.encode("utf-16-le")
    file.seek(0)
    tail = b""
    while window := file.read(MIB):
        if name in tail + window:
            return True
        tail = window[-len(name) :]
    return False


def _inspect_zip(file: BinaryIO, limits: FileLimits) -> bool:
    size = file.seek(0, 2)
    _check_directory(file, size, limits)
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise Unsafe("sheets.damaged") from error
    _check_parts(parts, limits)
    _check_overlap(parts, size)
    room = limits.unpacked_bytes
    has_errors = False
    read, others = _always_read(parts)
    for part in read:
        room -= _Part(file, part, limits).scan(room)
    # Only what the reader opens: a query, a macro, a picture or a document beside the table is not looked at.
    wanted = _sheets(file)
    for part in (part for part in others if _name(part) in wanted):
        scanned = _Part(file, part, limits)
        room -= scanned.scan(room)
        has_errors = has_errors or scanned.has_errors
    return has_errors


def _always_read(parts: list[zipfile.ZipInfo]) -> tuple[list[zipfile.ZipInfo], list[zipfile.ZipInfo]]:
    read = [part for part in parts if _name(part) in _ALWAYS_READ]
    return read, [part for part in parts if part not in read]


def _name(part: zipfile.ZipInfo) -> str:
    return part.filename.replace("\\", "/").casefold()


def _sheets(file: BinaryIO) -> set[str]:
    """The names of the parts that any relation of the workbook leads to and a sheet may be read from."""
    with zipfile.ZipFile(file) as archive:
        names = {name.replace("\\", "/").casefold(): name for name in archive.namelist()}
        if _BOOK not in names or _BOOK_PARTS not in names:
            raise Unsafe("sheets.damaged")
        ids = [sheet.get("id", "") for sheet in _elements(archive.read(names[_BOOK]), "sheet")]
        relations = _elements(archive.read(names[_BOOK_PARTS]), "Relationship")
    targets = {one.get("Id", ""): one.get("Target", "").replace("\\", "/").casefold() for one in relations}
    found = (targets.get(id_, "").removeprefix("/") for id_ in ids)
    return {target if target.startswith("xl/") else f"xl/{target}" for target in found}


def _check_directory(file: BinaryIO, size: int, limits: FileLimits) -> None:
    """Refuse a long directory before it is parsed: that alone would take seconds."""
    tail_at = max(0, size - _END_OF_DIRECTORY.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_DIRECTORY.size:
        raise Unsafe("sheets.damaged")
    _, _, _, _, count, directory_bytes, _, _ = _END_OF_DIRECTORY.unpack_from(tail, at)
    if count > limits.parts or directory_bytes > _DIRECTORY_BYTES:
        raise Unsafe("sheets.too_many_parts", limit=limits.parts)


def _check_parts(parts: list[zipfile.ZipInfo], limits: FileLimits) -> None:
    if len(parts) > limits.parts:
        raise Unsafe("sheets.too_many_parts", limit=limits.parts)
    names = [part.filename.replace("\\", "/") for part in parts]
    if len({name.casefold() for name in names}) < len(names):
        raise Unsafe("sheets.unsafe", reason="duplicate name")
    if any(name.startswith("/") or ":" in name or ".." in name.split("/") for name in names):
        raise Unsafe("sheets.unsafe", reason="path name")
    if any(stat.S_ISLNK(part.external_attr >> 16) for part in parts):
        raise Unsafe("sheets.unsafe", reason="link")
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unsafe("sheets.encrypted")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise Unsafe("sheets.unsafe", reason="compression")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unsafe("sheets.not_a_workbook")
    if "xl/workbook.bin" in names:
        raise Unsafe("sheets.not_a_workbook")
    if sum(part.file_size for part in parts if _name(part).endswith(".xml")) > limits.unpacked_bytes:
        raise Unsafe("sheets.unpacks_too_large", limit=limits.unpacked_bytes // MIB)


def _check_overlap(parts: list[zipfile.ZipInfo], size: int) -> None:
    """Parts lie inside the file (of one that lost its beginning they do not), and share no packed bytes: those
    that do unpack to far more than the file could hold."""
    spans = sorted((part.header_offset, part.header_offset + part.compress_size) for part in parts)
    if spans[0][0] < 0 or spans[-1][1] > size or any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise Unsafe("sheets.damaged")


def _elements(xml: bytes, name: str) -> list[dict[str, str]]:
    """The attributes of the elements of a name, both without the prefixes of their namespaces."""
    found: list[dict[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element.rpartition(":")[2] == name:
            found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unsafe("sheets.damaged") from error
    return found


class _Part:
    """One part of the archive while it is unpacked: what it really holds, not what its header says."""

    def __init__(self, file: BinaryIO, part: zipfile.ZipInfo, limits: FileLimits) -> None:
        self.file = file
        self.part = part
        self.limits = limits
        self.rows = 0
        self.columns = 0
        self.has_errors = False

    def scan(self, room: int) -> int:
        """Unpack and look at every byte; the number of bytes, at most `room`."""
        total = 0
        tail = b""
        is_xml: bool | None = None
        for window in self._unpacked():
            if is_xml is None:
                is_xml = self._looks_like_xml(window)
            total += len(window)
            self._check_size(total, room)
            if is_xml:
                self._check_xml(tail + window)
                tail = window[-_OVERLAP:]
        if total != self.part.file_size:
            raise Unsafe("sheets.damaged")
        return total

    def _unpacked(self) -> Iterator[bytes]:
        self.file.seek(self.part.header_offset)
        header = self.file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(ZIP_MAGIC):
            raise Unsafe("sheets.damaged")
        fields = _LOCAL_HEADER.unpack(header)
        if fields[2] & 0x1:
            raise Unsafe("sheets.encrypted")
        self.file.seek(fields[9] + fields[10], 1)
        left = self.part.compress_size
        if self.part.compress_type == zipfile.ZIP_STORED:
            while left and (packed := self.file.read(min(left, _WINDOW))):
                left -= len(packed)
                yield packed
            return
        yield from self._inflated(left)

    def _inflated(self, left: int) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        pending = b""
        try:
            while not inflate.eof:
                if not pending:
                    pending = self.file.read(min(left, _WINDOW))
                    left -= len(pending)
                    if not pending:
                        raise Unsafe("sheets.damaged")
                yield inflate.decompress(pending, _WINDOW)
                pending = inflate.unconsumed_tail
        except zlib.error as error:
            raise Unsafe("sheets.damaged") from error

    def _looks_like_xml(self, window: bytes) -> bool:
        if window.startswith((ZIP_MAGIC, OLE_MAGIC)):
            raise Unsafe("sheets.unsafe", reason="archive inside")
        start = window[:4].removeprefix(b"\xef\xbb\xbf")
        if start.startswith(_UTF16_MARKS):
            raise Unsafe("sheets.unsafe", reason="encoding")
        return window.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"

    def _check_size(self, total: int, room: int) -> None:
        packed = self.part.compress_size
        if total > room or (total > MIB and total > packed * self.limits.ratio):
            raise Unsafe("sheets.unpacks_too_large", limit=self.limits.unpacked_bytes // MIB)
        if total > self.part.file_size:
            raise Unsafe("sheets.damaged")

    def _check_xml(self, window: bytes) -> None:
        if _DECLARATION.search(window):
            raise Unsafe("sheets.unsafe", reason="document type")
        self.has_errors = self.has_errors or any(one.search(window) for one in _ERRORS)
        for row in set(_ROW.findall(window)):
            self.rows = max(self.rows, int(row[:9]))
        for column, row in set(_CELL.findall(window)):
            self.columns = max(self.columns, column_number(column))
            self.rows = max(self.rows, int(row or 0))
        if self.rows > SHEET_ROWS or self.rows * self.columns > self.limits.grid_cells:
            raise Unsafe("sheets.far_cells", rows=self.rows, columns=self.columns)


def column_number(letters: bytes) -> int:
    """A column's number from its letters: A = 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
