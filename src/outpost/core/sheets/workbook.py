"""The parent's side of the reading child: starts it, turns its lines into rows, and its death into a refusal."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.limits import FileLimits


class Workbook:
    """An .xlsx or .xls while it is read. `close` ends the child at any moment."""

    def __init__(self, path: Path, sheet: Sheet, limits: FileLimits) -> None:
        self._sheet = sheet
        self._limits = limits
        self._child = _start(path, sheet, limits)
        try:
            head = self._next()
        except BaseException:
            self.close()
            raise
        self.headers: list[str] = head["headers"]
        self.total: int = head["height"]
        self.lines: int = head["lines"]
        self.surplus = 0
        self.delimiter = ""
        self.may_be_cut: bool = head["may_be_cut"]

    def rows(self) -> Iterator[tuple[int, Sequence[Raw]]]:
        """Number in the sheet (from 1) and cells of each row that is not blank."""
        left = self._limits.rows
        while (block := self._next()) is not None:
            left -= len(block["rows"])
            if left < 0:
                raise Refusal(errors.TOO_MANY_ROWS, limit=self._limits.rows)
            yield from zip(block["numbers"], block["rows"], strict=True)

    def close(self) -> None:
        """End the child, whatever it does."""
        self._child.kill()
        self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()

    def _next(self) -> Any:
        """The fields of the next line, None at the end. Raises the refusal that the child sent, or died of."""
        if self._child.stdout is None:
            raise ValueError("the child was started without a pipe")
        line = self._child.stdout.readline()
        kind = line[:1]
        if not line.endswith(b"\n"):
            raise Refusal(self._cause_of_death())
        fields = orjson.loads(line[1:])
        if kind == b"E":
            raise self._refusal(fields["code"], fields["fields"])
        if kind == b"D":
            fields["rows"] = [[_revived(cell) for cell in row] for row in fields["rows"]]
        return None if kind == b"Z" else fields

    def _refusal(self, code: str, fields: dict[str, Any]) -> Refusal:
        problem = errors.OF_WORKBOOK[code]
        return self._sheet.no_header() if problem is errors.NO_HEADER else Refusal(problem, **fields)

    def _cause_of_death(self) -> Problem:
        """Ended by a signal: out of memory (the library aborts) or out of time. Else the library gave up."""
        return errors.TOO_HEAVY if self._child.wait() < 0 else errors.DAMAGED


def _start(path: Path, sheet: Sheet, limits: FileLimits) -> subprocess.Popen[bytes]:
    """Start the child with the file as its input and an empty environment: it must not know any secret."""
    request = orjson.dumps({"limits": asdict(limits), "names": sorted(sheet.names())}).decode()
    with path.open("rb") as file:
        return subprocess.Popen(
            [sys.executable, "-S", "-m", "outpost.core.sheets.child", request],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"},
            cwd="/",
        )


def _revived(cell: Any) -> Raw:
    if not isinstance(cell, dict):
        return cell  # type: ignore[no-any-return]  # JSON knows only the plain types of Raw
    if "s" in cell:
        return timedelta(seconds=cell["s"])
    written: str = cell["t"]
    return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)
