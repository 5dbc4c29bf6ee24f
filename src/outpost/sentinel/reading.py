"""The check of one row of a ledger: the same for a form, a file and a call.

A reader is made once for a category and a day; it holds the columns' ready checks and looks nothing up in the
database. It returns what was read, or everything that is wrong, cell by cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.sheets import errors as sheet_errors
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Column, ColumnKind, RowParser, Sheet
from outpost.people import rules as people
from outpost.people.rules import Document, DocumentType
from outpost.regions.queries import Places
from outpost.regions.services import OrganizationEntry
from outpost.sentinel import errors
from outpost.sentinel.fields import FieldValue
from outpost.sentinel.seals import Stated

FARTHEST_JOINING = timedelta(days=366)
STAFF_BASE = 10  # columns before the category's own
ORGANIZATION_BASE = 7


@dataclass(frozen=True, slots=True)
class StaffRead:
    """A staff member as stated. `organization`, `joined_on` and `duty` are None where nothing was said."""

    organization: str | None
    town: str
    document: Document
    stated: Stated
    joined_on: date | None
    duty: str | None


@dataclass(frozen=True, slots=True)
class OrganizationRead:
    """An organisation as stated, with the category's extra fields."""

    entry: OrganizationEntry
    fields: Mapping[str, FieldValue]


_REMEMBERED = 1 << 16
_UNIQUE = frozenset({"phone", "document_number", "address", "principal_phone"})


def _reader(column: Column) -> Callable[[Raw], Any]:
    """From one cell to its value, None when blank; raises Refusal. Where cells repeat from row to row, the value is
    remembered: that makes most of a row cost nothing."""
    parse, check, limit = column.parser(zone()), column.check, column.max_length
    is_identifier = column.kind is ColumnKind.IDENTIFIER

    def read(raw: Raw) -> Any:
        is_clean = is_identifier and isinstance(raw, str) and raw.isascii() and raw.isalnum()
        value = raw if is_clean and len(str(raw)) <= limit else "" if raw is None or raw == "" else parse(raw)
        if value != "":
            return value if check is None else check(value)
        if column.required:
            raise Refusal(sheet_errors.REQUIRED)
        return None

    return read if column.name in _UNIQUE else lru_cache(_REMEMBERED, typed=True)(read)


class TableReader:
    """What both ledgers share: cells in the order of the table → values by name, or errors."""

    def __init__(self, table: Sheet, base: int) -> None:
        self.table = table
        self._parse = RowParser(table.match([column.zh for column in table.columns]), zone())
        self._columns = {column.name: column for column in table.columns}
        self._readers = [_reader(column) for column in table.columns]
        self._extra = [column.name for column in table.columns[base:]]

    def values(self, cells: Sequence[Raw]) -> tuple[dict[str, Any], list[CellError]]:
        """The values by column name, and what is wrong with the cells each by itself."""
        try:
            found = [read(raw) for read, raw in zip(self._readers, cells, strict=True)]
        except Refusal:
            row = self._parse(0, cells)
            return row.values, list(row.errors)
        return dict(zip(self._columns, found, strict=True)), []

    def own_fields(self, values: Mapping[str, Any]) -> dict[str, FieldValue]:
        """The category's own fields, those that are filled in."""
        return {name: value for name in self._extra if (value := values[name]) is not None}

    def error(self, column: str, refusal: Refusal) -> CellError:
        return CellError.of(self._columns[column], refusal)

    def cells(self, values: Mapping[str, Raw]) -> list[Raw]:
        """Typed values by column name in the order of the table."""
        return [values.get(column.name) for column in self.table.columns]


class StaffReader(TableReader):
    """Reads staff rows; `today` is the local day."""

    def __init__(self, table: Sheet, *, today: date) -> None:
        super().__init__(table, STAFF_BASE)
        self._today = today
        self._farthest = today + FARTHEST_JOINING

    def read(self, cells: Sequence[Raw]) -> StaffRead | list[CellError]:
        """What the cells say, or what is wrong with them."""
        values, wrong = self.values(cells)
        document = self._document(values, wrong)
        joined_on = values["joined_on"]
        if joined_on is not None and joined_on > self._farthest:
            wrong.append(self.error("joined_on", Refusal(errors.JOINED_AHEAD)))
        if wrong or document is None:
            return wrong
        stated = Stated(
            values["name"],
            values["phone"],
            values["address"],
            values["job_type"] or "",
            self.own_fields(values),
        )
        return StaffRead(
            values["organization"], values["town"] or "", document, stated, joined_on, values["duty"]
        )

    def _document(self, values: Mapping[str, Any], wrong: list[CellError]) -> Document | None:
        number = values["document_number"]
        if number is None:
            return None
        doc_type = values["document_type"] or DocumentType.RESIDENT_ID
        try:
            return people.normalise_document(doc_type, number, today=self._today)
        except Refusal as refusal:
            wrong.append(self.error("document_number", refusal))
            return None


class OrganizationReader(TableReader):
    """Reads organisation rows; `places` holds the towns that the actor may enter."""

    def __init__(self, table: Sheet, *, places: Places) -> None:
        super().__init__(table, ORGANIZATION_BASE)
        self._places = places

    def read(self, cells: Sequence[Raw]) -> OrganizationRead | list[CellError]:
        """What the cells say, or what is wrong with them."""
        values, wrong = self.values(cells)
        town = self._place("town", values, wrong, self._places.town)
        grid = ""
        if town:
            grid = self._place("grid", values, wrong, lambda text: self._places.grid(town, text))
        if wrong:
            return wrong
        entry = OrganizationEntry(
            name=values["name"],
            region=town,
            address=values["address"],
            principal_name=values["principal_name"],
            principal_phone=values["principal_phone"],
            grid=grid,
            social_credit_code=values["social_credit_code"] or "",
        )
        return OrganizationRead(entry, self.own_fields(values))

    def _place(
        self, column: str, values: Mapping[str, Any], wrong: list[CellError], find: Callable[[str], str]
    ) -> str:
        text = values[column]
        if text is None:
            return ""
        try:
            return find(text)
        except Refusal as refusal:
            wrong.append(self.error(column, refusal))
            return ""


def refuse(wrong: Sequence[CellError]) -> Refusal:
    """The first mistake of a row typed by hand, as a refusal whose field `column` names the cell."""
    first = wrong[0]
    return Refusal(first.problem, **{**first.fields, "column": _name(first.column)})


def _name(column: Column | None) -> str:
    return column.name if column is not None else ""
