"""Files as spreadsheet programs and others write them, with their faults."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

from tests.tables.cases import Row, headers


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
