"""The workbook of rows that were not taken over: the user's own columns and words, and why.

It can be corrected and sent again as it is: the reader passes over the last column. What is to be told of other rows
stands on a second sheet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import override

from outpost.core.sheets.cells import Raw, as_text
from outpost.core.sheets.columns import REASON_EN, REASON_ZH, CellError, Layout
from outpost.core.sheets.writing import Cell, Mark, Table, Written, write_tables
from outpost.core.vocabulary import is_chinese

_BETWEEN = {True: "；", False: "; "}
_TITLES = {True: ("失败记录", "提示"), False: ("Failures", "Notes")}
_NOTES = {True: ("行号", "提示", "相关行"), False: ("Row", "Note", "See row")}


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be told of a row that was taken (0: of the file), and the row that it has to do with."""

    row: int
    text: str
    other: int | None = None


def write_failures(
    path: Path,
    layout: Layout,
    rows: Iterable[tuple[Sequence[Raw], Sequence[CellError]]],
    language: str,
    *,
    notes: Iterable[Note] = (),
    mark: Mark | None = None,
) -> Written:
    """Write rejected rows (the cells as they came, what is wrong with them) in constant memory, and notes on rows."""
    zh = is_chinese(language)
    with override(language):
        return write_tables(path, _tables(layout, rows, notes, zh=zh), mark=mark)


def _tables(
    layout: Layout,
    rows: Iterable[tuple[Sequence[Raw], Sequence[CellError]]],
    notes: Iterable[Note],
    *,
    zh: bool,
) -> Iterator[Table]:
    failures, told = _TITLES[zh]
    headers = [layout.headers[place] for place in layout.kept()]
    lines = (_line(layout, cells, found, zh=zh) for cells, found in rows)
    yield Table(failures, [*headers, REASON_ZH if zh else REASON_EN], lines)
    numbered: list[Sequence[Cell]] = [(note.row or None, note.text, note.other) for note in notes]
    if numbered:
        yield Table(told, _NOTES[zh], numbered)


def _line(layout: Layout, cells: Sequence[Raw], found: Sequence[CellError], *, zh: bool) -> list[str]:
    """The user's cells under the headers that are kept, and the reason."""
    texts = [as_text(cells[place]) if place < len(cells) else "" for place in layout.kept()]
    return [*texts, _BETWEEN[zh].join(error.message for error in found)]
