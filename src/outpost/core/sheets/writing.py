"""Writing tables of any length in constant memory: workbooks and CSV.

Text is always typed text, never a formula, and neutralised besides (`formulas`), so that a copy saved as CSV is
safe too. XlsxWriter makes every part of the workbook but the rows; those are written here, as fast as a compiled
writer does it, because then the number of sheets need not be known before and equal or empty headers are no trouble.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO

from outpost.core.sheets.cells import as_text
from outpost.core.sheets.formulas import neutralise
from outpost.core.whole_days import is_whole_day

Cell = str | int | float | Decimal | date | datetime | None

ROWS_A_SHEET = 1_048_575
# Below the 2 GiB where a zip part needs extensions that not every program reads.
_BYTES_A_SHEET = 1_500_000_000
_CELL_CHARS = 32_767
_BATCH_ROWS = 512
_TITLE_CHARS = 28
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
# What keeps text from being written as it is: mark-up, control characters, the escapes of the format, formulas,
# outer spaces and quotes. Cells are searched together, a separator before and behind each: one that is harmless
# in XML should it stand in a cell itself. Harmless cells may be sent the slow way, never the other way round.
_SEPARATOR = "\u2028"
_SPECIAL = re.compile("[&<>_=+@＝＋－＠\0-\x08\x0b-\x1f\t\r\n\ufffe\uffff]")
_AT_EDGES = (f"{_SEPARATOR}-", f"{_SEPARATOR}'", f"{_SEPARATOR} ", f" {_SEPARATOR}")
_UNWRITABLE = re.compile("[\0-\x08\x0b-\x1f\r\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# What looks like a formula, a link or a number stays the text that it is.
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_EPOCH = date(1899, 12, 30)
_STYLES = ("@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm")
_TEXT, _DATE, _TIME = 1, 2, 3
_END = "</t></is></c>"
# At the foot of a sheet & begins a code. Doubled it stands for itself, but "&&G" is taken for a missing picture, and
# then the whole foot is left out.
_WIDE_AMPERSAND = "＆"
_DIMENSION = re.compile(rb"<dimension [^>]*/>")


@dataclass(frozen=True, slots=True)
class Mark:
    """Who asked for a file, when, under which request and, where one was asked for, for which purpose. Stands in the
    properties and at the foot of each sheet."""

    who: str
    at: str
    request: str
    purpose: str = ""

    def line(self) -> str:
        return " · ".join(filter(None, (self.who, self.at, self.purpose, self.request)))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: data rows, and the SHA-256 of the file."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook; a row has a cell for each header."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_workbook(
    path: Path,
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    mark: Mark | None = None,
    zone: tzinfo | None = None,
) -> Written:
    """Write an .xlsx of one table. As `write_tables`."""
    return write_tables(path, [Table(title, headers, rows)], mark=mark, zone=zone)


def write_tables(
    path: Path, tables: Iterable[Table], *, mark: Mark | None = None, zone: tzinfo | None = None
) -> Written:
    """Write an .xlsx with a sheet for each table. Past 1,048,575 rows of one a second sheet follows, then a third.

    Instants are shown in `zone`. Raises `ValueError` for an instant without it, for text of more than 32,767
    characters and for a row that is not as long as the header.
    """
    titles: list[str] = []
    rows = columns = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for table in tables:
            columns = len(table.headers)
            rows += _write_table(archive, table, titles, mark, zone)
        for name, content in _parts(titles, columns, mark).items():
            if not name.startswith("xl/worksheets/"):
                archive.writestr(name, content)
    return Written(rows, sha256_of(path))


def _write_table(
    archive: zipfile.ZipFile, table: Table, titles: list[str], mark: Mark | None, zone: tzinfo | None
) -> int:
    """Write the sheets of one table behind those of `titles`, which grows by them; returns how many rows."""
    source = _Source(table.headers, table.rows, zone)
    title, sheets = _free_title(table.title, titles), 0
    while sheets == 0 or source.has_more():
        sheets += 1
        titles.append(f"{title} {sheets}" if sheets > 1 else title)
        head, foot = _frame(len(table.headers), mark, is_first=len(titles) == 1)
        with archive.open(f"xl/worksheets/sheet{len(titles)}.xml", "w") as part:
            part.write(head)
            _write_behind(part, source.sheet())
            part.write(foot)
    return source.written


def _free_title(wanted: str, titles: Sequence[str]) -> str:
    """A title that Excel takes and no sheet before has, whatever the case."""
    title = short = _NOT_IN_TITLES.sub("_", wanted)[:_TITLE_CHARS]
    taken, number = {one.casefold() for one in titles}, 1
    while title.casefold() in taken:
        number += 1
        title = f"{short[: _TITLE_CHARS - 4]} ({number})"
    return title


def _write_behind(part: IO[bytes], blocks: Iterable[bytes]) -> None:
    """Compress one block while the next is made: compressing leaves Python's lock to others."""
    with ThreadPoolExecutor(1) as writer:
        last: Future[int] | None = None
        for block in blocks:
            if last is not None:
                last.result()
            last = writer.submit(part.write, block)
        if last is not None:
            last.result()


def write_csv(
    path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: tzinfo | None = None
) -> Written:
    """Write UTF-8 with a byte order mark (without it Excel reads GB18030), neutralised like a workbook."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([neutralise(header) for header in headers])
        for row in rows:
            writer.writerow([_as_text(cell, zone) for cell in row])
            count += 1
    return Written(count, sha256_of(path))


def _as_text(cell: Cell, zone: tzinfo | None) -> str:
    """Text neutralised, numbers exact, instants as `2022-06-01 08:30` in `zone`."""
    if isinstance(cell, str):
        return neutralise(cell)
    if isinstance(cell, datetime):
        local = _local(cell, zone)
        return as_text(local.date() if is_whole_day(local) else local.replace(tzinfo=None))
    return str(cell) if isinstance(cell, Decimal) else as_text(cell)


def _local(cell: datetime, zone: tzinfo | None) -> datetime:
    if zone is None:
        raise ValueError("instants need the zone in which to show them")
    return cell.astimezone(zone)


def sha256_of(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Source:
    """The rows still to be written, as blocks of XML, one sheet after the other."""

    def __init__(self, headers: Sequence[str], rows: Iterable[Sequence[Cell]], zone: tzinfo | None) -> None:
        self._headers = headers
        self._zone = zone
        self._columns = [_letters(number) for number in range(1, len(headers) + 1)]
        self._days = _Days()
        self._rows = iter(rows)
        self.written = 0

    def has_more(self) -> bool:
        for row in self._rows:
            self._rows = chain([row], self._rows)
            return True
        return False

    def sheet(self) -> Iterator[bytes]:
        """The header and as many rows as one sheet takes."""
        yield self._block(1, [self._headers]).encode()
        done = size = 0
        while size < _BYTES_A_SHEET:
            batch = list(islice(self._rows, min(_BATCH_ROWS, ROWS_A_SHEET - done)))
            if not batch:
                break
            yield (block := self._block(done + 2, batch).encode())
            done += len(batch)
            size += len(block)
        self.written += done

    def _block(self, first: int, batch: Sequence[Sequence[Cell]]) -> str:
        """Some rows as one template filled again and again: most columns hold one kind of cell, without care."""
        numbers = [str(number) for number in range(first, first + len(batch))]
        template, parts = '<row r="%s">', [numbers]
        for letters, cells in zip(self._columns, zip(*batch, strict=True), strict=True):
            cell, filling = self._column(letters, numbers, cells)
            template += cell
            parts += filling
        template += "</row>"
        return "".join([template % filling for filling in zip(*parts, strict=True)])

    def _column(self, letters: str, numbers: list[str], cells: Sequence[Cell]) -> tuple[str, list[list[str]]]:
        """The cells of one column: a template for one of them, and what fills it row by row."""
        if all(cells):
            kinds = set(map(type, cells))
            if kinds == {str} and _is_plain(texts := [*map(str, cells)]):
                return f'<c r="{letters}%s" s="{_TEXT}" t="inlineStr"><is><t>%s{_END}', [numbers, texts]
            if kinds == {date}:
                days = [self._days[cell] for cell in cells]
                return f'<c r="{letters}%s" s="{_DATE}"><v>%s</v></c>', [numbers, days]
        return "%s", [
            [_cell(f"{letters}{n}", cell, self._zone) for n, cell in zip(numbers, cells, strict=True)]
        ]


class _Days(dict[Cell, str]):
    """Days as numbers; the same few come again and again."""

    def __missing__(self, day: date) -> str:
        self[day] = written = str(_days(day))
        return written


def _is_plain(cells: Sequence[str]) -> bool:
    """Whether all these texts need no care."""
    joined = _SEPARATOR.join(("", *cells, ""))
    if max(map(len, cells)) > _CELL_CHARS or _SPECIAL.search(joined):
        return False
    return not any(edge in joined for edge in _AT_EDGES)


def _cell(place: str, cell: Cell, zone: tzinfo | None) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" s="{_TEXT}" t="inlineStr"><is><t xml:space="preserve">{_escaped(cell)}{_END}'
    if isinstance(cell, datetime):
        local = _local(cell, zone)
        if is_whole_day(local):
            return f'<c r="{place}" s="{_DATE}"><v>{_days(local)}</v></c>'
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return f'<c r="{place}" s="{_TIME}"><v>{_days(local) + seconds / 86_400!r}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="{_DATE}"><v>{_days(cell)}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def _days(day: date) -> int:
    """Whole days on the calendar of Excel; a time of day is not counted."""
    return day.toordinal() - _EPOCH.toordinal()


def _escaped(text: str) -> str:
    """Text as XML. What XML cannot hold becomes _x0000_ as in the file format, and so does text that looks so."""
    safe = neutralise(text)
    if len(safe) > _CELL_CHARS:
        raise ValueError("a cell holds more than 32,767 characters")
    safe = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", safe)
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _frame(columns: int, mark: Mark | None, *, is_first: bool) -> tuple[bytes, bytes]:
    """What stands before and after the rows of a sheet; the first one is selected."""
    xml = _parts(["1", "2"], columns, mark)[f"xl/worksheets/sheet{1 if is_first else 2}.xml"]
    head, _, rest = _DIMENSION.sub(b"", xml).partition(b"<sheetData>")
    return head + b"<sheetData>", b"</sheetData>" + rest.partition(b"</sheetData>")[2]


def _parts(titles: Sequence[str], columns: int, mark: Mark | None) -> dict[str, bytes]:
    """The parts of a workbook with these sheets. Styles 1 to 3 are text, date and time, in order of first use."""
    import xlsxwriter

    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, **AS_TEXT})
    styles = [workbook.add_format({"num_format": pattern}) for pattern in _STYLES]
    if mark:
        workbook.set_properties({"author": mark.who, "comments": mark.line(), "subject": mark.request})
    for title in titles:
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, columns - 1), 16)
        for place, style in enumerate(styles):
            sheet.write_blank(0, place, None, style)
        if mark:
            sheet.set_footer(f"&L{mark.line().replace('&', _WIDE_AMPERSAND)[:200]}&R&P/&N")
    workbook.close()
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
