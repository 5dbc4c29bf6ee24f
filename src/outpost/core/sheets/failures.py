"""The workbook of rows that were not taken over: the user's own columns and words, and why.

It can be corrected and sent again as it is: the reader passes over the last column.
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from django.utils.translation import override

from outpost.core.sheets.cells import Raw, as_text
from outpost.core.sheets.columns import REASON_EN, REASON_ZH, CellError, Layout
from outpost.core.sheets.writing import Mark, Written, write_workbook
from outpost.core.vocabulary import is_chinese

_BETWEEN = {True: "；", False: "; "}


def write_failures(
    path: Path,
    layout: Layout,
    rows: Iterable[tuple[Sequence[Raw], Sequence[CellError]]],
    language: str,
    *,
    mark: Mark | None = None,
) -> Written:
    """Write rejected rows (the cells as they came, what is wrong with them) in constant memory."""
    with override(language):
        lines = (_line(layout, cells, found, language) for cells, found in rows)
        return _write(path, layout, lines, language, mark)


class FailureWriter:
    """The same for rows that turn up one by one: keeps them in an unnamed file and writes the workbook at the end.

    A context manager; without a rejected row, or after an exception, no workbook is written.
    """

    def __init__(self, path: Path, layout: Layout, language: str, *, mark: Mark | None = None) -> None:
        self._path = path
        self._layout = layout
        self._language = language
        self._mark = mark
        self._spool = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed by __exit__
        self.written: Written | None = None
        self.count = 0

    def add(self, cells: Sequence[Raw], found: Sequence[CellError]) -> None:
        """Keep one rejected row."""
        with override(self._language):
            line = _line(self._layout, cells, found, self._language)
        self._spool.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._spool:
            if kind is None and self.count:
                self._spool.seek(0)
                lines = map(orjson.loads, self._spool)
                self.written = _write(self._path, self._layout, lines, self._language, self._mark)


def _line(layout: Layout, cells: Sequence[Raw], found: Sequence[CellError], language: str) -> list[str]:
    """The user's cells under the headers that are kept, and the reason."""
    texts = [as_text(cells[place]) if place < len(cells) else "" for place in layout.kept()]
    return [*texts, _BETWEEN[is_chinese(language)].join(error.message for error in found)]


def _write(
    path: Path, layout: Layout, lines: Iterable[list[str]], language: str, mark: Mark | None
) -> Written:
    reason, title = (REASON_ZH, "失败记录") if is_chinese(language) else (REASON_EN, "Failures")
    headers = [layout.headers[place] for place in layout.kept()]
    return write_workbook(path, title, [*headers, reason], lines, mark=mark)
