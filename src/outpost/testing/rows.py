"""Files read as an import reads them, row by row, for the tests of the readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Layout
from outpost.core.sheets.parsing import FileCells, Row, RowParser
from outpost.core.sheets.reading import TableReader


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: its number in the file, values by column name, what is wrong, and the cells as they came."""

    number: int
    values: dict[str, Any]
    errors: tuple[CellError, ...]
    cells: Sequence[Raw]


def read_row(layout: Layout, zone: tzinfo, cells: Sequence[Raw]) -> Row:
    """One row of a file with that layout."""
    try:
        return RowParser(layout.sheet, zone)(FileCells(layout)(cells))
    except Refusal as refusal:
        return Row({}, [CellError.of(None, refusal)])


def read_rows(table: TableReader, zone: tzinfo) -> Iterator[FileRow]:
    """All rows of an open file."""
    for number, cells in table.rows():
        row = read_row(table.layout, zone, cells)
        yield FileRow(number, row.values, tuple(row.faults), cells)
