"""The reading child: the only place where the workbook library runs (`python -m outpost.core.sheets.child`).

A crafted workbook of 1.7 kB can abort the whole process (calamine #693), so this process has little memory, little
time, nothing to write to and no secrets. It gets the file as standard input and one JSON argument, and answers in
lines on standard output, each a kind byte and JSON:

    H  {"headers", "height", "lines",             the table was found; rows follow, at most so many; lines of all;
        "may_be_cut"}                             whether it ends where its format ends
    R  {"numbers": [...], "rows": [[...], ...]}   some rows; D instead of R when dates {"t": ISO} or times
                                                  {"s": seconds} are among them
    E  {"code", "fields"}                         refused, for this reason of the catalogue; nothing follows
    Z  {}                                         the end; without it the child has died
"""

import os
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

import orjson
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from outpost.core.sheets.failed_cells import Failed, failed_cells
from outpost.core.sheets.failed_records import failed_records
from outpost.core.sheets.formulas import MERGED, restore
from outpost.core.sheets.guard import Unsafe, inspect, is_zip
from outpost.core.sheets.headers import data_above, fold, is_header, locate
from outpost.core.sheets.limits import FileLimits

_FLUSH_BYTES = 128 << 10
_FLUSH_ROWS = 512
OLD_ROWS = 65_536  # of an .xls
_NAME_CHARS = 31  # of a sheet, by the file format


Merges = list[tuple[tuple[int, int], tuple[int, int]]]
"""First and last row and column of merged cells, from 0."""

Rows = Iterator[tuple[int, list[Any]]]


def main(request: bytes, file: BinaryIO, out: BinaryIO) -> None:
    """Read the table that the request describes: {"limits": {...}, "names": [folded names], "wanted": n}."""
    asked = orjson.loads(request)
    limits = FileLimits(**asked["limits"])
    _confine(limits)
    answer = _Answer(out, limits)
    try:
        has_errors = inspect(file, limits)
        file.seek(0)
        _read(file, frozenset(asked["names"]), answer, has_errors=has_errors)
    except Unsafe as refused:
        answer.send(b"E", {"code": refused.code, "fields": refused.fields})
    except PasswordError:
        answer.send(b"E", {"code": "sheets.encrypted", "fields": {}})
    except MemoryError:
        answer.send(b"E", {"code": "sheets.too_heavy", "fields": {}})
    except (CalamineError, OSError, ValueError):
        answer.send(b"E", {"code": "sheets.damaged", "fields": {}})
    else:
        answer.send(b"Z", {})


def _confine(limits: FileLimits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: BinaryIO, names: frozenset[str], answer: "_Answer", *, has_errors: bool) -> None:
    """Send the one table of the workbook. A second one is refused, not ignored: its rows would be lost unseen."""
    workbook = CalamineWorkbook.from_filelike(file)
    is_old = not is_zip(file)
    tables: list[str] = []
    for place, sheet in enumerate(workbook.sheets_metadata):
        if sheet.visible != SheetVisibleEnum.Visible or sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        grid = workbook.get_sheet_by_name(sheet.name)
        head = list(islice(grid.iter_rows(), answer.limits.header_rows))
        top, found = locate(head, names)
        if not is_header(found, len(names)):
            continue
        if filled := data_above(head, top):
            raise Unsafe("sheets.data_above", rows="、".join(map(str, filled)))
        tables.append(sheet.name[:_NAME_CHARS])
        if len(tables) > 1:
            raise Unsafe("sheets.several_tables", sheets="、".join(tables))
        failed: Failed = {}
        if is_old:
            failed = failed_records(file, place)
        elif has_errors:
            failed = failed_cells(file, sheet.name)
        answer.send_table(grid, top, failed, is_old=is_old)
    if not tables:
        raise Unsafe("sheets.no_header")


def _with_merges(rows: Rows, merges: Merges, top: int) -> Rows:
    """The rows with the value of a merge down one column in each of its rows. Another merge inside the table leaves
    open which row it is for: its cells are marked. Columns count from the first that is used."""
    values: dict[int, Any] = {}
    for number, row in rows:
        for (first, left), (last, right) in merges:
            if not (top < first and first + 1 <= number <= last + 1) or left >= len(row):
                continue
            if left == right:
                values[left] = row[left] = row[left] if number == first + 1 else values.get(left, row[left])
            else:
                row[left : right + 1] = [MERGED] * (min(right + 1, len(row)) - left)
        yield number, row


def _with_errors(rows: Rows, failed: Failed, *, first: int) -> Rows:
    """The rows with their errors in place. `first`: the number of the column with which each row begins."""
    for number, row in rows:
        for column, error in failed.get(number, {}).items():
            if 0 <= column - first < len(row):
                row[column - first] = error
        yield number, row


class _Answer:
    """Standard output: packs rows into lines of about 128 kB."""

    def __init__(self, out: BinaryIO, limits: FileLimits) -> None:
        self.out = out
        self.limits = limits
        self.has_dates = False

    def send(self, kind: bytes, fields: dict[str, Any]) -> None:
        self.out.write(kind + orjson.dumps(fields) + b"\n")
        self.out.flush()

    def send_table(self, grid: CalamineSheet, top: int, failed: Failed, *, is_old: bool) -> None:
        rows = grid.iter_rows()
        headers = next(islice(rows, top, None))
        while headers and not fold(headers[-1]):
            headers.pop()
        if len(headers) > self.limits.columns:
            raise Unsafe("sheets.too_many_columns", limit=self.limits.columns, found=len(headers))
        self._pack(top + 1, headers)
        names = [restore(str(header)) for header in headers]
        # Rows come from the first of the sheet on, columns only from the first that is used.
        last = grid.end[0] if grid.end else top
        may_be_cut = is_old and last + 1 == OLD_ROWS
        head = {"headers": names, "height": last - top, "lines": last + 1, "may_be_cut": may_be_cut}
        self.send(b"H", head)
        numbered: Rows = enumerate((row[: len(headers)] for row in rows), top + 2)
        if failed:
            numbered = _with_errors(numbered, failed, first=grid.start[1] + 1 if grid.start else 1)
        begin = grid.start[1] if grid.start else 0
        merges = [
            ((first, left - begin), (last_row, right - begin))
            for (first, left), (last_row, right) in grid.merged_cell_ranges or []
            if left >= begin
        ]
        if merges:
            numbered = _with_merges(numbered, merges, top)
        self._send_rows(numbered)

    def _send_rows(self, rows: Rows) -> None:
        numbers: list[int] = []
        packed: list[bytes] = []
        size = 0
        for number, row in rows:
            if not any(cell != "" for cell in row):  # blank texts are found by the parent
                continue
            numbers.append(number)
            packed.append(line := self._pack(number, row))
            size += len(line)
            if size > _FLUSH_BYTES or len(numbers) == _FLUSH_ROWS:
                self._flush(numbers, packed)
                numbers, packed, size = [], [], 0
        if numbers:
            self._flush(numbers, packed)

    def _pack(self, number: int, row: list[Any]) -> bytes:
        line = self._dump(row)
        if b"'" in line:
            line = self._dump([restore(cell) if isinstance(cell, str) else cell for cell in row])
        limit = self.limits.cell_chars
        if len(line) > limit and any(isinstance(cell, str) and len(cell) > limit for cell in row):
            raise Unsafe("sheets.cell_too_long", row=number, limit=limit)
        return line

    def _dump(self, row: list[Any]) -> bytes:
        return orjson.dumps(row, default=self._plain, option=orjson.OPT_PASSTHROUGH_DATETIME)

    def _plain(self, value: object) -> object:
        """Dates and times keep their type across the pipe; a time of day is the duration since midnight."""
        self.has_dates = True
        if isinstance(value, date | datetime):
            return {"t": value.isoformat()}
        if isinstance(value, time):
            value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        if isinstance(value, timedelta):
            return {"s": value.total_seconds()}
        raise ValueError("a kind of cell that the library did not have")

    def _flush(self, numbers: list[int], packed: list[bytes]) -> None:
        kind = b"D" if self.has_dates else b"R"
        self.has_dates = False
        head = orjson.dumps(numbers)
        self.out.write(kind + b'{"numbers":' + head + b',"rows":[' + b",".join(packed) + b"]}\n")


if __name__ == "__main__":
    with os.fdopen(0, "rb") as source, os.fdopen(1, "wb") as sink:
        main(sys.argv[1].encode(), source, sink)
