"""A second process that helps to check a large text file: the check is Python's work, and one process has one core.

It is started as `python -m outpost.exchange.second`, gets what it must know on standard input (never as arguments),
claims blocks of the same file and leaves the rows that it rejects in a file of its own.
"""

import importlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import django
import orjson
from django.db import connection

from outpost.core.errors import Problem, find_problem
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Sheet

DATABASE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


class Broken(Exception):  # noqa: N818 - a fault; the check as a whole is tried again
    """The second process ended before its work was done."""


@contextmanager
def helping(import_id: UUID, *, at: datetime, block_rows: int, rejected: Path) -> Iterator[None]:
    """Let a second process work on a check inside the block; the end of the block waits for it. Raises Broken."""
    request = {
        "import_id": str(import_id),
        "at": at.isoformat(),
        "block_rows": block_rows,
        "rejected": str(rejected),
        "database": {name: connection.settings_dict[name] for name in DATABASE},
    }
    process = subprocess.Popen([sys.executable, "-m", "outpost.exchange.second"], stdin=subprocess.PIPE)
    try:
        _hand_over(process, orjson.dumps(request))
        yield
        if process.wait():
            raise Broken
    finally:
        process.kill()
        process.wait()


def _hand_over(process: subprocess.Popen[bytes], request: bytes) -> None:
    if process.stdin is None:
        raise ValueError("the second process was started without a pipe")
    try:
        with process.stdin as pipe:
            pipe.write(request)
    except BrokenPipeError as error:
        raise Broken from error


def write_rejected(file: BinaryIO, number: int, cells: list[Raw], found: list[CellError]) -> None:
    """Keep one rejected row as a line of JSON."""
    errors = [
        {
            "column": error.column and error.column.name,
            "code": error.problem.code,
            "fields": {name: _plain(value) for name, value in error.fields.items()},
        }
        for error in found
    ]
    line = {"number": number, "cells": cells, "errors": errors}
    file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def read_rejected(path: Path, sheet: Sheet) -> Iterator[tuple[int, list[Raw], list[CellError]]]:
    """The rejected rows that the second process has left, in the order of the file."""
    with path.open("rb") as file:
        yield from rejected_in(file, sheet)


def rejected_in(file: BinaryIO, sheet: Sheet) -> Iterator[tuple[int, list[Raw], list[CellError]]]:
    """The rejected rows that `write_rejected` has kept in a file, as they were written."""
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


def main() -> None:
    """Work as the second process."""
    request = orjson.loads(sys.stdin.buffer.read())
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    django.setup()
    connection.settings_dict.update(request["database"])
    checking = importlib.import_module("outpost.exchange.services.checking")
    checking.help_check(
        UUID(request["import_id"]),
        at=datetime.fromisoformat(request["at"]),
        block_rows=request["block_rows"],
        rejected=Path(request["rejected"]),
    )


if __name__ == "__main__":
    main()
