"""Rejected rows on their way to the screen and into the workbook, as lines of JSON: two processes find them, the merge
finds more."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from outpost.core.errors import problem_of
from outpost.core.sheets.cells import Raw, as_text
from outpost.core.sheets.columns import CellError, Layout, Sheet
from outpost.exchange import files

Rejected = tuple[int, Sequence[Raw], Sequence[CellError]]
"""Number of the row in the file, its cells as they came, what is wrong with them."""


def write(file: BinaryIO, number: int, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
    """Append one rejected row."""
    errors = [
        {
            "column": error.column and error.column.name,
            "code": error.problem.code,
            "fields": {name: _plain(value) for name, value in error.fields.items()},
        }
        for error in found
    ]
    line = {"number": number, "cells": [_as_read(cell) for cell in cells], "errors": errors}
    file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def read(file: BinaryIO, sheet: Sheet) -> Iterator[Rejected]:
    """The rejected rows of a file, in the order in which they were written."""
    columns = {column.name: column for column in sheet.columns}
    for line in map(orjson.loads, file):
        found = [
            CellError(columns.get(error["column"]), problem_of(error["code"]), error["fields"])
            for error in line["errors"]
        ]
        yield line["number"], line["cells"], found


def begin(file: BinaryIO, layout: Layout) -> None:
    """Write the file's own headers, before all rows."""
    file.write(orjson.dumps(layout.headers, option=orjson.OPT_APPEND_NEWLINE))


def layout_of(import_id: UUID, sheet: Sheet) -> Layout:
    """How the columns of the sheet stand in the file of an import that was checked."""
    with files.shown_file(import_id).open("rb") as file:
        return sheet.match(orjson.loads(file.readline()))


def of(import_id: UUID, sheet: Sheet) -> Iterator[Rejected]:
    """All rejected rows of an import that was checked, in the order of the file."""
    with files.shown_file(import_id).open("rb") as checked, ExitStack() as beside:
        checked.readline()
        path = files.refused_file(import_id)
        merged = [beside.enter_context(path.open("rb"))] if path.is_file() else []
        yield from heapq.merge(*(read(file, sheet) for file in (checked, *merged)), key=itemgetter(0))


def _as_read(cell: Raw) -> Raw:
    """Days and times as texts: as the import itself reads them."""
    return as_text(cell) if isinstance(cell, date | timedelta) else cell


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
