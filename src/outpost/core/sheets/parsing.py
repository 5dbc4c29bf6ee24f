"""The one parser of rows: of a file, of a line in a call, of what was typed into a form.

parse = RowParser(STAFF, zone())
row = parse.stated({"name": "张三", "phone": "1380013800"})   # or parse(cells in the order of the sheet)
row.values                                 # by column name; None where a cell is blank or wrong
row.faults                                 # everything that is wrong, each with its column

What was read of a cell is remembered where cells repeat from row to row, so that a row costs a few microseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from operator import itemgetter
from types import MappingProxyType
from typing import Any, TypeAlias

from outpost.core.errors import Faults, Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.cells import Raw, is_blank
from outpost.core.sheets.columns import CellError, Column, ColumnKind, Layout, Sheet

StatedCells: TypeAlias = Mapping[str, Raw]
"""What somebody states, as raw cells by the names of their columns; what is not named is not stated."""

Read: TypeAlias = Callable[[Any], Any]
_REMEMBERED = 1 << 17
_NAMES = frozenset({ColumnKind.IDENTIFIER, ColumnKind.KEY})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Row:
    """What one row says, by name. Not to be used further while there are faults."""

    values: dict[str, Any]
    faults: list[CellError]

    def checked(self) -> dict[str, Any]:
        """The values. Raises Faults, all that is wrong with the row."""
        if self.faults:
            raise Faults([fault.as_fault for fault in self.faults])
        return self.values


RowCheck: TypeAlias = Callable[[Sequence[Raw]], Row]
"""From the cells of a row, in the order of its sheet, to what it says."""


class RowParser:
    """Reads the rows of one sheet. One thread at a time.

    `zone` reads times without one. `checks`, by column, follow the column's own check: those that need the day or
    the database. `blanks`, by column, stand in for blank cells, and for cells that are not stated (None) where
    `unstated` does not name another value for them; None otherwise.
    """

    def __init__(
        self,
        sheet: Sheet,
        zone: tzinfo,
        *,
        checks: Mapping[str, Read] = _NOTHING,
        blanks: Mapping[str, Any] = _NOTHING,
        unstated: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self.sheet = sheet
        self._columns = {column.name: column for column in sheet.columns}
        self._nothing: dict[str, Any] = dict.fromkeys(self._columns)
        empty = {name: (blank := blanks.get(name), unstated.get(name, blank)) for name in self._columns}
        self._readers = [
            _reader(column, zone, checks.get(column.name), empty[column.name]) for column in sheet.columns
        ]

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """Read cells that stand in the order of the sheet's columns."""
        values = self._nothing.copy()  # filled in place: a dict that grows costs more
        faults: list[CellError] = []
        for name, read, raw in zip(self._columns, self._readers, cells, strict=True):
            try:
                values[name] = read(raw)
            except Refusal as refusal:
                faults.append(self.fault(name, refusal))
        return Row(values, faults)

    def stated(self, cells: StatedCells) -> Row:
        """Read cells by the names of their columns. Raises ValueError for a name that no column has: it is a mistake of
        the caller."""
        if unknown := cells.keys() - self._columns.keys():
            raise ValueError(f"sheet {self.sheet.name}: there is no column {sorted(unknown)}")
        return self([cells.get(name) for name in self._columns])

    def fault(self, column: str, refusal: Refusal) -> CellError:
        """A refusal as what is wrong with the cell of that column."""
        return CellError.of(self._columns[column], refusal)

    def complaint(self, column: str, problem: Problem) -> CellError:
        """A problem without fields as what is wrong with the cell of that column."""
        return CellError(self._columns[column], problem)


class FileCells:
    """From the cells of a file's row to those of the sheet, in its order; None is a column that the file lacks."""

    def __init__(self, layout: Layout) -> None:
        self._width = len(layout.headers)
        self._surplus = layout.surplus
        self._delimiter = layout.delimiter
        places = [layout.positions.get(column.name, self._width) for column in layout.sheet.columns]
        self._arrange = picker(places)

    def __call__(self, cells: Sequence[Raw]) -> Sequence[Raw]:
        """The last cells of a row shorter than the header are blank. Raises Refusal ROW_TOO_LONG when more stands
        beyond the header than the blanks that the header has there itself: such a row is shifted. Raises Refusal
        ROWS_SWALLOWED when a cell holds further rows."""
        width = self._width
        if self._delimiter and self._swallows(cells):
            raise Refusal(errors.ROWS_SWALLOWED)
        if len(cells) == width:
            return self._arrange([*cells, None])
        if len(cells) > width + self._surplus or not all(map(is_blank, cells[width:])):
            raise Refusal(errors.ROW_TOO_LONG, found=len(cells), expected=width)
        return self._arrange([*cells[:width], *[""] * (width - len(cells)), None])

    def _swallows(self, cells: Sequence[Raw]) -> bool:
        """Whether a line break in a cell is followed by what reads as a whole record."""
        least = max(1, self._width - 1)
        return any(
            line.count(self._delimiter) >= least
            for cell in cells
            if isinstance(cell, str) and "\n" in cell
            for line in cell.split("\n")[1:]
        )


def completed(stated: StatedCells, kept: StatedCells) -> StatedCells:
    """What is stated, and what is kept where it leaves a cell blank."""
    filled = {name: cell for name, cell in stated.items() if name not in kept or not is_blank(cell)}
    return {**kept, **filled}


def picker(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """From a mapping or a sequence to the tuple of what stands under these keys."""
    if len(keys) == 1:
        (key,) = keys
        return lambda found: (found[key],)
    return itemgetter(*keys)


class _Remembered(dict[Any, Any]):
    """What the cells of one column say, by their text."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, raw: Any) -> Any:
        value = self._read(raw)
        if type(raw) is str or raw is None:  # 1, 1.0 and True are one key, but not one text
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = value
        return value


def _reader(column: Column, zone: tzinfo, then: Read | None, empty: tuple[Any, Any]) -> Read:
    """From one cell to its value; raises Refusal. `empty`: the values of a blank and of an unstated cell."""
    blank, unstated = empty
    parse, check = column.parser(zone), column.check
    plain = column.max_length if column.kind in _NAMES else 0

    def read(raw: Raw) -> Any:
        if plain and type(raw) is str and raw.isascii() and raw.isalnum() and len(raw) <= plain:
            value: Any = raw  # as nearly all identifiers come
        else:
            value = "" if is_blank(raw) else parse(raw)
            if value == "":
                if column.required:
                    raise Refusal(errors.REQUIRED)
                return unstated if raw is None else blank
        if check is not None:
            value = check(value)
        return value if then is None else then(value)

    return _Remembered(read).__getitem__ if column.repeats else read
