"""The check of one row of a ledger: the same for a form, a file and a call.

A reader is made once for a category and a day; it looks nothing up in the database. Its rows hold the values of the
columns by name and, under FIELDS, the category's own fields that are filled in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.ledgers import LedgerColumn, blanks, plain
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row, RowParser, StatedCells
from outpost.core.stated import Stated
from outpost.fields.errors import FIELD_GONE
from outpost.people import rules as people
from outpost.people.rules import DocumentType
from outpost.regions.queries import Places
from outpost.regions.services import OrganizationEntry
from outpost.sentinel import errors
from outpost.sentinel.columns import ORGANIZATIONS, STAFF

FARTHEST_JOINING = timedelta(days=366)
FIELDS = "fields"
DOCUMENT = "document"


class TableReader:
    """What both ledgers share. `columns` are the built-in ones of the table.

    `stated`: the columns that a file has. Of the others it says nothing: their values are None, and FIELDS lacks them;
    a blank field stands there as None. Without `stated` everything is, as in a form: FIELDS has what is filled in.
    """

    def __init__(
        self, table: Sheet, columns: Iterable[LedgerColumn], stated: Collection[str] | None = None
    ) -> None:
        built_in = tuple(columns)
        names = {column.name for column in built_in}
        self._parser = RowParser(table, zone(), blanks=blanks(plain(built_in)))
        own = [column.name for column in table.columns if column.name not in names]
        self._names = {column.name for column in table.columns}
        self._own = own if stated is None else [name for name in own if name in stated]
        self._unstated = [] if stated is None else sorted(names - set(stated))
        self._keeps_blanks = stated is not None

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        return self._finished(self._parser(cells))

    def stated(self, cells: StatedCells) -> Row:
        """What was typed, by the names of the columns. Raises FIELD_GONE for one that the table no longer has."""
        if cells.keys() - self._names:
            raise Refusal(FIELD_GONE)
        return self._finished(self._parser.stated(cells))

    def complain(self, row: Row, column: str, refusal: Refusal) -> None:
        """Add what is wrong with one cell of the row."""
        row.faults.append(self._parser.fault(column, refusal))

    def _finished(self, row: Row) -> Row:
        values = row.values
        own = {name: values[name] for name in self._own}
        if not self._keeps_blanks:
            own = {name: value for name, value in own.items() if value is not None}
        values[FIELDS] = own
        for name in self._unstated:
            values[name] = None
        return row


class StaffReader(TableReader):
    """Reads staff rows; `today` is the local day. The person's checked document stands under DOCUMENT."""

    def __init__(self, table: Sheet, *, today: date, stated: Collection[str] | None = None) -> None:
        super().__init__(table, STAFF, stated)
        self._today = today
        self._farthest = today + FARTHEST_JOINING

    def _finished(self, row: Row) -> Row:
        row = super()._finished(row)
        self._read_document(row)
        joined_on = row.values["joined_on"]
        if joined_on is not None and joined_on > self._farthest:
            self.complain(row, "joined_on", Refusal(errors.JOINED_AHEAD))
        return row

    def _read_document(self, row: Row) -> None:
        number = row.values["document_number"]
        if number is None:
            return
        doc_type = row.values["document_type"] or DocumentType.RESIDENT_ID
        try:
            row.values[DOCUMENT] = people.normalise_document(doc_type, number, today=self._today)
        except Refusal as refusal:
            self.complain(row, "document_number", refusal)


def stated_of(values: Mapping[str, Any]) -> Stated:
    """Who a good row of staff states."""
    return Stated(values["name"], values["phone"], values["address"])


class OrganizationReader(TableReader):
    """Reads organisation rows; `places` holds the towns that the actor may enter. Town and grid become codes."""

    def __init__(self, table: Sheet, *, places: Places, stated: Collection[str] | None = None) -> None:
        super().__init__(table, ORGANIZATIONS, stated)
        self._places = places

    def _finished(self, row: Row) -> Row:
        row = super()._finished(row)
        town = self._place(row, "town", self._places.town)
        self._place(row, "grid", lambda text: self._places.grid(town, text) if town else "")
        return row

    def _place(self, row: Row, column: str, find: Callable[[str], str]) -> str:
        text, code = row.values[column], ""
        if text is not None:
            try:
                code = find(text)
            except Refusal as refusal:
                self.complain(row, column, refusal)
        row.values[column] = code
        return code


def organization_entry(values: dict[str, Any], name: str = "") -> OrganizationEntry:
    """The organisation that a good row states, under the name by which it is known already."""
    return OrganizationEntry(
        name=name or values["name"],
        region=values["town"],
        address=values["address"],
        principal_name=values["principal_name"],
        principal_phone=values["principal_phone"],
        grid=values["grid"] or "",
        social_credit_code=values["social_credit_code"] or "",
    )
