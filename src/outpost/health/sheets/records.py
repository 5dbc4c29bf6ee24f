"""The check of one record, a row of a file or a line of a call.

A parser keeps what it read from cells that repeat from row to row (days, results, laboratories), so that a row costs
a few microseconds.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from outpost.core.clock import local_day, zone
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import cells
from outpost.core.sheets import errors as sheet_errors
from outpost.core.sheets.columns import CellError, Column, Sheet
from outpost.health import errors, queries, rules
from outpost.health.sheets.columns import LONGEST_NUMBER, TESTS, VACCINATIONS
from outpost.people import rules as people
from outpost.people.rules import DocumentType

EARLIEST_YEAR = 2000  # no record of these kinds is older; a spreadsheet's "1900-01-01" is a mistake
CLOCKS_DIFFER = timedelta(hours=1)  # a laboratory's clock may be fast

Reader = Callable[[Any], Any]

_REMEMBERED = 1 << 17
_SELDOM_TWICE = frozenset({"record_id", "document_number"})


class _Memo(dict[Any, Any]):
    """What the cells of one column say, by their text: most columns repeat a few texts from row to row."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, raw: Any) -> Any:
        value = self._read(raw)
        if type(raw) is str or raw is None:  # 1, 1.0 and True are one key, but not one text
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = value
        return value


class RecordParser(ABC):
    """The check of one row: its cells in the order of the sheet in, the staged values or all its errors out.

    Made for one file or call that came in at the instant `at`. One thread at a time.
    """

    sheet: ClassVar[Sheet]
    blanks: ClassVar[Mapping[str, Any]] = {"document_type": DocumentType.RESIDENT_ID, "status": None}

    def __init__(self, *, at: datetime) -> None:
        self._today = local_day(at)
        self._latest = _iso(at + CLOCKS_DIFFER)
        self._pseudonym = ring().pseudonym_text
        self._columns = {column.name: column for column in self.sheet.columns}
        self._readers = [self._reader(column) for column in self.sheet.columns]
        self._wrong: list[CellError] = []

    def __call__(self, row: Sequence[Any]) -> tuple[Any, ...] | list[CellError]:
        if self._wrong:
            self._wrong = []
        try:
            values = [read(raw) for read, raw in zip(self._readers, row, strict=True)]
        except Refusal:
            values = list(map(self._read, self.sheet.columns, self._readers, row))
        staged = self._record(values)
        return self._wrong or staged

    @abstractmethod
    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The staged values of a row; complains about what its cells say together. Wrong cells are None."""

    @abstractmethod
    def _finishers(self) -> dict[str, Reader]:
        """By column: what becomes of a value that its column has accepted; raises Refusal."""

    def _reader(self, column: Column) -> Reader:
        """From a raw cell to its staged value; raises Refusal."""
        # A number is read together with the type of its document.
        parse = _trimmed if column.name == "document_number" else column.parser(zone())
        blank = self.blanks.get(column.name, "")
        finish = self._finishers().get(column.name)

        def read(raw: Any) -> Any:
            value = "" if raw is None or raw == "" else parse(raw)
            if value == "":
                if column.required:
                    raise Refusal(sheet_errors.REQUIRED)
                return blank
            if column.check is not None:
                value = column.check(value)
            return value if finish is None else finish(value)

        return read if column.name in _SELDOM_TWICE else _Memo(read).__getitem__

    def _read(self, column: Column, read: Reader, raw: Any) -> Any:
        try:
            return read(raw)
        except Refusal as refusal:
            self._wrong.append(CellError.of(column, refusal))
            return None

    def _complain(self, name: str, problem: Problem) -> None:
        self._wrong.append(CellError(self._columns[name], problem))

    def _person(self, doc_type: DocumentType | None, raw: Any) -> str | None:
        """The pseudonym of the row's person. The first lines are the way of nearly all rows."""
        if (
            doc_type is DocumentType.RESIDENT_ID
            and type(raw) is str
            and people.is_resident_id(raw, self._today)
        ):
            return self._pseudonym("resident_id", raw)
        if doc_type is None or raw is None:
            return None
        try:
            number = cells.identifier(raw, LONGEST_NUMBER)
            document = people.normalise_document(doc_type, number, today=self._today)
        except Refusal as refusal:
            self._wrong.append(CellError.of(self._columns["document_number"], refusal))
            return None
        return self._pseudonym(document.doc_type, document.number)

    def _instant(self, ahead: Problem) -> Reader:
        """An instant as ISO text in UTC, which sorts like the time and is copied as it is."""

        def finish(instant: datetime) -> str:
            written = _iso(instant)
            if written > self._latest:
                raise Refusal(ahead)
            _not_too_long_ago(instant)
            return written

        return finish


class TestParser(RecordParser):
    """Checks one test record; staged as `services.TEST_STAGING`."""

    __test__ = False
    sheet = TESTS
    blanks = {**RecordParser.blanks, "result_at": None, "result": rules.TestResult.PENDING.value}

    def _finishers(self) -> dict[str, Reader]:
        return {
            "status": _is_withdrawn,
            "sampled_at": self._instant(errors.SAMPLED_AHEAD),
            "result_at": self._instant(errors.RESULT_AHEAD),
        }

    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        source, record_id, doc_type, number, _name, sampled_at, result_at, *rest = values
        if result_at is not None and sampled_at is not None and result_at < sampled_at:
            self._complain("result_at", errors.RESULT_BEFORE_SAMPLE)
        return (source, record_id, self._person(doc_type, number), sampled_at, result_at, *rest)


class VaccinationParser(RecordParser):
    """Checks one vaccination record against the list of vaccines; staged as `services.VACCINATION_STAGING`."""

    sheet = VACCINATIONS

    def __init__(self, *, at: datetime) -> None:
        self._products = queries.products()
        super().__init__(at=at)

    def _finishers(self) -> dict[str, Reader]:
        return {"status": _is_withdrawn, "product": self._product, "given_on": self._day}

    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        source, record_id, doc_type, number, _name, *rest = values
        return (source, record_id, self._person(doc_type, number), *rest)

    def _product(self, name: str) -> str:
        """The code of a vaccine by any of its names."""
        found = rules.find_product(name, self._products)
        if found is None:
            known = "、".join(product.name for product in self._products)
            raise Refusal(errors.PRODUCT_UNKNOWN, value=name, products=known)
        return found.code

    def _day(self, given_on: date) -> date:
        if given_on > self._today:
            raise Refusal(errors.GIVEN_AHEAD)
        _not_too_long_ago(given_on)
        return given_on


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ", "seconds")


def _not_too_long_ago(day: date) -> None:
    if day.year < EARLIEST_YEAR:
        raise Refusal(errors.TOO_LONG_AGO, year=EARLIEST_YEAR)


def _is_withdrawn(status: str) -> bool:
    return status == "withdrawn"


def _trimmed(raw: Any) -> Any:
    return raw.strip() if isinstance(raw, str) else raw
