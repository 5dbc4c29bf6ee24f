"""The check of one row of the ledger of venues: the same for a form and a file."""

from collections.abc import Collection, Sequence
from typing import Any

from outpost.core.clock import zone
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Sheet
from outpost.core.sheets.parsing import Row, RowParser, StatedCells
from outpost.regions import errors, points
from outpost.regions.queries import Places
from outpost.venues.columns import VENUES

_ALL = frozenset(column.name for column in VENUES)


class VenueReader:
    """Reads rows; `places` holds the towns that the actor may enter, `stated` the columns that a file has (a form has
    all). Towns become codes."""

    def __init__(self, sheet: Sheet, *, places: Places, stated: Collection[str] = _ALL) -> None:
        blanks: dict[str, Any] = {
            "social_credit_code": "" if "social_credit_code" in stated else None,
            "checkpoints": (),
        }
        self._parser = RowParser(sheet, zone(), checks={"town": places.town}, blanks=blanks)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        return self._finished(self._parser(cells))

    def stated(self, cells: StatedCells) -> Row:
        """What was typed, by the names of the columns."""
        return self._finished(self._parser.stated(cells))

    def complaint(self, column: str, problem: Problem) -> CellError:
        """A problem without fields as what is wrong with the cell of that column."""
        return self._parser.complaint(column, problem)

    def fault(self, column: str, refusal: Refusal) -> CellError:
        """A refusal as what is wrong with the cell of that column."""
        return self._parser.fault(column, refusal)

    def _finished(self, row: Row) -> Row:
        values = row.values
        if not row.faults and points.is_half(values):
            row.faults.append(self.complaint("longitude", errors.HALF_A_POINT))
        return row
