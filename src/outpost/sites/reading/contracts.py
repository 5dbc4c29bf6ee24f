"""The check of one row of the ledger of contracts."""

from collections.abc import Sequence

from outpost.core.clock import zone
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.parsing import Row, RowParser, StatedCells
from outpost.regions import points
from outpost.regions.errors import HALF_A_POINT
from outpost.regions.queries import Places
from outpost.sites import errors
from outpost.sites.columns.contracts import LEDGER
from outpost.sites.seats import SEATS


class ContractReader:
    """Reads rows; `places` holds the towns that the actor may enter. Towns become codes; without an employer the
    general contractor is one."""

    def __init__(self, places: Places) -> None:
        self._parser = RowParser(LEDGER, zone(), checks={"town": places.town})

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        return self._finished(self._parser(cells))

    def stated(self, cells: StatedCells) -> Row:
        """What was typed or sent, by the names of the columns."""
        return self._finished(self._parser.stated(cells))

    def _finished(self, row: Row) -> Row:
        values = row.values
        values["employer"] = values["employer"] or values["general_contractor"]
        if not row.faults and points.is_half(values):
            self.refuse(row, "longitude", HALF_A_POINT)
        halves = [seat for seat in SEATS if (values[seat.name] is None) != (values[seat.phone] is None)]
        if halves and not row.faults:
            self.refuse(row, halves[0].phone, errors.LEAD_HALF)
        return row

    def refuse(self, row: Row, column: str, problem: Problem, **found: str) -> None:
        """Say that the cell of that column cannot stand."""
        row.faults.append(self._parser.fault(column, Refusal(problem, **found)))
