"""Files as spreadsheet programs and others write them, with their faults."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlwt

from tests.tables.cases import Row, headers

_ERRORS = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#N/A": 0x2A}


def workbook(kind: str, rows: Sequence[Row], language: str, *, above: Sequence[Sequence[Any]] = ()) -> bytes:
    """An .xlsx of the rows, numbers and dates as such; `above`: rows before the headings."""
    return saved([*above, headers(kind, list(rows[0]), language), *(list(row.values()) for row in rows)])


def saved(grid: Sequence[Sequence[Any]], *, merged: Sequence[str] = ()) -> bytes:
    """An .xlsx of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in grid:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def old_workbook(kind: str, rows: Mapping[int, Row], language: str) -> bytes:
    """An .xls with the headings in its first row; `rows` by their number, from 2. A text that begins with # is what a
    formula that failed left there."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for place, header in enumerate(headers(kind, list(next(iter(rows.values()))), language)):
        sheet.write(0, place, header)
    for number, row in rows.items():
        for place, cell in enumerate(row.values()):
            if cell.startswith("#"):
                sheet.row(number - 1).set_cell_error(place, _ERRORS[cell])
            else:
                sheet.write(number - 1, place, cell)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def excel_95(content: bytes) -> bytes:
    """The .xls with its stream called as Excel 95 called it."""
    new, old = (
        name.encode("utf-16-le").ljust(64, b"\0") + bytes([2 * len(name) + 2])
        for name in ("Workbook", "Book")
    )
    assert new in content
    return content.replace(new, old)


def with_parts(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The workbook with other parts beside."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with something changed in one of its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            held = source.read(name)
            if name == part:
                assert old in held, held
                held = held.replace(old, new)
            target.writestr(name, held)
    return stream.getvalue()
