"""CSV as it is met: UTF-8 or GB18030, comma, semicolon or tab. Streams: one row is in memory at a time."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from outpost.core.errors import Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.cells import Raw, is_blank
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.formulas import restore
from outpost.core.sheets.headers import data_above, fold, locate
from outpost.core.sheets.limits import MIB, FileLimits

# The csv module has one limit for the whole process; nothing else in this product reads CSV.
csv.field_size_limit(FileLimits().cell_chars)

_DELIMITERS = (",", "\t", ";")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_CJK = re.compile(r"[\u4e00-\u9fff]")
# GB18030 fails as UTF-8 within its first few characters; text that fails later is UTF-8 with an error in it.
_CJK_BY_CHANCE = 8
_LONGEST_LINE_MIB = 2
_BINARY = re.compile(rb"[\x01-\x08\x0e-\x1f]|\0\0")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)


class Delimited:
    """A CSV file while it is read. `total` is an upper bound: line breaks inside cells count."""

    def __init__(self, path: Path, sheet: Sheet, limits: FileLimits) -> None:
        self._limits = limits
        shape = _examine(path)
        self._file = path.open(encoding=shape.encoding, newline="")
        try:
            delimiter, top = self._find_header(sheet)
            self._file.seek(0)
            reader = csv.reader(self._file, delimiter=delimiter, strict=True)
            self._records = map(_restored, reader) if shape.has_quotes else reader
            self.surplus = 0
            self.headers = self._headers(top)
            self.delimiter = delimiter if shape.has_breaks else ""
        except BaseException:
            self.close()
            raise
        self._first = top + 2
        self._is_ended = shape.is_ended
        self.lines = shape.lines
        self.may_be_cut = False
        self.total = max(0, shape.lines - top - 1)

    def rows(self) -> Iterator[tuple[int, Sequence[Raw]]]:
        """Number of the record (from 1, the header counts) and cells of each row that is not blank."""
        left = self._limits.rows
        number, width, width_before = self._first - 1, len(self.headers), 0
        try:
            for number, row in enumerate(self._records, self._first):
                width, width_before = len(row), width
                if not all(map(is_blank, row)):
                    left -= 1
                    if left < 0:
                        raise Refusal(errors.TOO_MANY_ROWS, limit=self._limits.rows)
                    yield number, row
        except csv.Error as error:
            raise self._refusal(error, number + 1) from error
        if not self._is_ended and width < width_before and not all(map(is_blank, row)):
            raise Refusal(errors.CUT_OFF, row=number)  # a date or number that was cut reads as another one

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _find_header(self, sheet: Sheet) -> tuple[str, int]:
        """The delimiter under which the first rows name most columns, and the place of the header."""
        names = sheet.names()
        heads = {delimiter: self._head(delimiter) for delimiter in _DELIMITERS}
        best = max(_DELIMITERS, key=lambda delimiter: locate(heads[delimiter], names)[1])
        top = sheet.header_row(heads[best])
        if filled := data_above(heads[best], top):
            raise Refusal(errors.DATA_ABOVE, rows="、".join(map(str, filled)))
        return best, top

    def _head(self, delimiter: str) -> list[list[str]]:
        """The first rows, as far as they can be read and as wide as a table may be."""
        rows: list[list[str]] = []
        width = self._limits.columns
        self._file.seek(0)
        reader = csv.reader(self._file, delimiter=delimiter, strict=True)
        with suppress(csv.Error):
            rows.extend(row[:width] for row in islice(reader, self._limits.header_rows))
        return rows

    def _headers(self, top: int) -> list[str]:
        try:
            headers = next(islice(self._records, top, None))
        except csv.Error as error:
            raise self._refusal(error, top + 1) from error
        while headers and not fold(headers[-1]):
            headers.pop()
            self.surplus += 1
        if len(headers) > self._limits.columns:
            raise Refusal(errors.TOO_MANY_COLUMNS, limit=self._limits.columns, found=len(headers))
        return headers

    def _refusal(self, error: csv.Error, number: int) -> Refusal:
        if "field larger" in str(error):
            return Refusal(errors.CELL_TOO_LONG, row=number, limit=self._limits.cell_chars)
        return Refusal(errors.BROKEN_QUOTES, row=number)


def _restored(row: list[str]) -> list[str]:
    return [_plain(cell) if cell[:1] in ("'", "=") else cell for cell in row]


def _plain(cell: str) -> str:
    """The text behind what keeps a program from guessing: one apostrophe, or one level of `="` `"`."""
    wrapped = _WRAPPED.fullmatch(cell)
    return wrapped[1].replace('""', '"') if wrapped else restore(cell)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one pass over the bytes tells."""

    encoding: str
    lines: int
    has_quotes: bool
    has_breaks: bool
    is_ended: bool  # with a line break


def _examine(path: Path) -> _Shape:
    """Encoding and size of a text file; refuses what is no text, no table, or of no encoding throughout."""
    lines = bare = 0
    has_quotes = has_breaks = False
    last = b""
    utf8 = _Utf8()
    for block in _blocks(path):
        if not utf8.size and _MARKUP.match(block):
            raise Refusal(errors.WEB_PAGE)
        if not utf8.size and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Refusal(errors.ENCODING)
        if b"\0" in block:
            row = lines + block[: block.index(b"\0")].count(b"\n") + 1
            raise (
                Refusal(errors.NOT_A_TABLE) if _BINARY.search(block) else Refusal(errors.BROKEN_BYTE, row=row)
            )
        found = block.count(b"\n") or block.count(b"\r")
        bare = 0 if found else bare + 1
        if bare >= _LONGEST_LINE_MIB:
            raise Refusal(errors.NOT_A_TABLE)
        lines += found
        last = block[-1:]
        has_quotes = has_quotes or b"'" in block or b'="' in block
        has_breaks = has_breaks or b'"' in block
        utf8.feed(block)
    is_ended = last in b"\r\n"
    lines += not is_ended
    if utf8.is_whole():
        return _Shape("utf-8-sig", lines, has_quotes, has_breaks, is_ended)
    if utf8.was_utf8:
        raise Refusal(errors.BROKEN_BYTE, row=utf8.failed_row)
    if not _is_gb18030(path):
        raise Refusal(errors.ENCODING)
    return _Shape("gb18030", lines, has_quotes, has_breaks, is_ended)


class _Utf8:
    """Whether what is fed is UTF-8, and if not, whether it had been until then."""

    def __init__(self) -> None:
        self.size = 0
        self.was_utf8 = False
        self.failed_row = 0
        self._lines = 1
        self._failed = False
        self._cjk = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, block: bytes) -> None:
        self.size += len(block)
        if self._failed:
            return
        try:
            text = self._decoder.decode(block)
        except UnicodeDecodeError as error:
            self._failed = True
            self.failed_row = self._lines + bytes(error.object[: error.start]).count(b"\n")
            text = error.object[: error.start].decode("utf-8")
            self.was_utf8 = self._count(text) > _CJK_BY_CHANCE
        else:
            self._count(text)
            self._lines += block.count(b"\n")

    def is_whole(self) -> bool:
        """Call at the end: a character cut in two is a failure too."""
        return not self._failed and not self._decoder.getstate()[0]

    def _count(self, text: str) -> int:
        if self._cjk <= _CJK_BY_CHANCE and not text.isascii():
            self._cjk += sum(1 for _ in islice(_CJK.finditer(text), _CJK_BY_CHANCE + 1))
        return self._cjk


def _is_gb18030(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("gb18030")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(MIB):
            yield block
