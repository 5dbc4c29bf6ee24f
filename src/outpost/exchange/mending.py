"""Rejected rows as they stand on the screen of a checked import, and the cells that were corrected there.

Both lie in files beside the uploaded one, which stays as it came: the check reads it again and puts the corrected
cells in place, so that they pass the same parser, stand in the same summary and, where they are still wrong, in the
same failure workbook.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import orjson

from outpost.core.sheets.cells import Raw, as_text
from outpost.core.sheets.columns import CellError, Column, Layout, Sheet
from outpost.core.sheets.reading import TableReader
from outpost.exchange import files, rejected_rows

SHOWN = 500  # rows of one check that can be corrected on the screen; the workbook has all

Corrections = Mapping[int, Mapping[str, str]]
"""By the number of the row in the file: the corrected cells by the names of their columns."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected row: its number in the file, its cells by the names of their columns, what is wrong with them."""

    number: int
    cells: Mapping[str, str]
    faults: Sequence[CellError]

    def wrong(self, column: Column) -> str:
        """What is wrong with the cell of a column, in the reader's language; empty when nothing is."""
        said = (one.problem.render(**one.fields) for one in self.faults if one.column == column)
        return " ".join(said)

    @property
    def wrong_as_a_whole(self) -> list[str]:
        """What is wrong with the row and not with one of its cells."""
        return [one.message for one in self.faults if one.column is None]


def shown_rows(import_id: UUID, sheet: Sheet) -> list[RejectedRow]:
    """The first rejected rows of a check, in the order of the file, for the screen."""
    if not files.shown_file(import_id).is_file():
        return []
    layout = rejected_rows.layout_of(import_id, sheet)
    rows = islice(rejected_rows.of(import_id, sheet), SHOWN)
    return [RejectedRow(number, _by_column(cells, layout), found) for number, cells, found in rows]


def _by_column(cells: Sequence[Raw], layout: Layout) -> Mapping[str, str]:
    return {
        name: as_text(cells[place]) if place < len(cells) else "" for name, place in layout.positions.items()
    }


def correct(import_id: UUID, corrections: Corrections) -> None:
    """Add to the corrected cells of an import, on disk when this returns; the last word on a cell counts."""
    kept = {number: dict(cells) for number, cells in corrected(import_id).items()}
    for number, cells in corrections.items():
        kept.setdefault(number, {}).update(cells)
    path = files.corrected_file(import_id)
    fresh = files.private(path.with_suffix(".fresh"))
    with fresh.open("wb") as file:
        file.write(orjson.dumps(kept, option=orjson.OPT_NON_STR_KEYS))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def corrected(import_id: UUID) -> Corrections:
    """The cells of an import that were corrected on the screen."""
    path = files.corrected_file(import_id)
    found = orjson.loads(path.read_bytes()) if path.is_file() else {}
    return {int(number): cells for number, cells in found.items()}


def corrected_rows(import_id: UUID, table: TableReader) -> Iterator[tuple[int, Sequence[Raw]]]:
    """The numbered rows of the file with the corrected cells in place."""
    corrections = corrected(import_id)
    if not corrections:
        return table.rows()
    return (
        (number, _in_place(cells, corrections[number], table.layout) if number in corrections else cells)
        for number, cells in table.rows()
    )


def _in_place(cells: Sequence[Raw], corrections: Mapping[str, str], layout: Layout) -> Sequence[Raw]:
    """The cells of a row with some corrected; it has the width of the header then, however it came."""
    width = len(layout.headers)
    row = [*cells[:width], *[None] * (width - len(cells))]
    for name, text in corrections.items():
        row[layout.positions[name]] = text
    return row
