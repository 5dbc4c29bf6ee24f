"""Rejected rows on their way into the failure workbook, as lines of JSON: two processes find them, one writes them."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from outpost.core.errors import Problem, find_problem
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Sheet

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
    line = {"number": number, "cells": list(cells), "errors": errors}
    file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def read(file: BinaryIO, sheet: Sheet) -> Iterator[Rejected]:
    """The rejected rows of a file, in the order in which they were written."""
    columns = {column.name: column for column in sheet.columns}
    for line in map(orjson.loads, file):
        found = [
            CellError(columns.get(error["column"]), _problem(error["code"]), error["fields"])
            for error in line["errors"]
        ]
        yield line["number"], line["cells"], found


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _problem(code: str) -> Problem:
    return find_problem(code) or Problem(code, 422, code)
