"""The check of one record, a row of a file or a line of a call: whose it is, and what it says."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar

from django.conf import settings

from outpost.core.actor import EVERYTHING, Reach
from outpost.core.clock import local_day, zone
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import ColumnKind, Sheet
from outpost.core.sheets.parsing import Read, Row, RowParser, StatedCells
from outpost.core.stated import name_hash
from outpost.core.whole_days import is_whole_day
from outpost.health import errors, rules
from outpost.health.columns import TESTS, VACCINATIONS
from outpost.health.queries import vaccinations
from outpost.people import rules as people
from outpost.people.rules import DocumentType

EARLIEST_YEAR = 2000  # no record of these kinds is older; a spreadsheet's "1900-01-01" is a mistake
CLOCKS_DIFFER = timedelta(hours=1)  # a laboratory's clock may be fast
_RESIDENT_ID = DocumentType.RESIDENT_ID  # looked up once, not once a row
NO_NAME = b""
NO_SOURCES: Mapping[str, str] = MappingProxyType({})
_WITHDRAWN = {"active": False, "withdrawn": True}  # of the others it stays as it is
_TEXTS = frozenset({ColumnKind.TEXT, ColumnKind.IDENTIFIER, ColumnKind.KEY})


class PersonParser(ABC):
    """The check of what a row says of a person: the staged values, and all that is wrong with it.

    Made for one file or call that came in at the instant `at`. One thread at a time.
    """

    sheet: Sheet
    blanks: ClassVar[Mapping[str, Any]] = {"document_type": _RESIDENT_ID}

    def __init__(self, *, at: datetime) -> None:
        self._today = local_day(at)
        self._latest = _iso((at + CLOCKS_DIFFER).replace(microsecond=0))
        self._keys = ring()
        self._pseudonym = self._keys.pseudonym_text
        texts = {
            column.name: ""
            for column in self.sheet.columns
            if column.kind in _TEXTS and column.name != "name"
        }
        self._name_column = next(column for column in self.sheet.columns if column.name == "name")
        unstated = dict.fromkeys([*texts, "result"])
        self._parser = RowParser(
            self.sheet,
            zone(),
            checks={"name": self._name, **self._checks()},
            blanks={**texts, **self.blanks},
            unstated={**unstated, "document_type": _RESIDENT_ID},
        )

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """The cells of a file's row, in the order of the sheet."""
        return self._finished(self._parser(cells))

    def stated(self, cells: StatedCells) -> Row:
        """The fields of a line."""
        return self._finished(self._parser.stated(cells))

    @abstractmethod
    def _checks(self) -> dict[str, Read]:
        """By column: what becomes of a value that its column has accepted; raises Refusal."""

    @abstractmethod
    def _compare(self, row: Row) -> None:
        """Complain of what the cells of a row say together, and add what is staged of it. Wrong cells are None."""

    def _finished(self, row: Row) -> Row:
        self._compare(row)
        values = row.values
        if (
            row.faults and not self._name_column.required
        ):  # it only shows whose facts these are: it rejects no row
            row.faults = [fault for fault in row.faults if fault.column is not self._name_column]
        values["name_hash"] = values["name"]
        values["person_id"] = self._person(row)
        return row

    def _name(self, name: str) -> bytes:
        """What tells a name from another; one that is no name equals none."""
        try:
            return name_hash(self._keys, people.normalise_name(name))
        except Refusal:
            return NO_NAME

    def _person(self, row: Row) -> str | None:
        """The pseudonym of the row's person. The first lines are the way of nearly all rows."""
        values = row.values
        doc_type, number = values["document_type"], values["document_number"]
        if doc_type is None or number is None:
            return None
        if doc_type is _RESIDENT_ID and people.is_resident_id(number, self._today):
            return self._pseudonym("resident_id", number)
        try:
            document = people.normalise_document(doc_type, number, today=self._today)
        except Refusal as refusal:
            row.faults.append(self._parser.fault("document_number", refusal))
            return None
        return self._pseudonym(document.doc_type, document.number)

    def _instant(self, ahead: Problem) -> Read:
        """An instant as ISO text in UTC, which sorts like the time and is copied as it is."""

        def finish(instant: datetime) -> str:
            written = _iso(instant)
            if written > self._latest and not (is_whole_day(instant) and local_day(instant) <= self._today):
                raise Refusal(ahead)
            not_too_long_ago(instant)
            return written

        return finish


class RecordParser(PersonParser):
    """The check of a record that its source knows by an id.

    `reach` is that of the right to deliver of whoever brings it; `sources` are spelt as `queries.sources` says.
    """

    def __init__(
        self, *, at: datetime, reach: Reach = EVERYTHING, sources: Mapping[str, str] = NO_SOURCES
    ) -> None:
        mine = rules.sources_within(reach, district=settings.OUTPOST_REGION)
        self._mine = None if mine is None else {one.casefold() for one in mine}
        self._spelt = sources
        super().__init__(at=at)

    def _checks(self) -> dict[str, Read]:
        return {"source": self._source}

    def _finished(self, row: Row) -> Row:
        status = row.values["status"]
        row.values["is_withdrawn"] = _WITHDRAWN.get(status)
        row.values["is_corrected"] = status == "corrected"
        return super()._finished(row)

    def _source(self, source: str) -> str:
        """A source as it is spelt in the records that are there. Raises SOURCE_NOT_YOURS."""
        if source in rules.OWN_SOURCES or (self._mine is not None and source not in self._mine):
            raise Refusal(errors.SOURCE_NOT_YOURS)
        return self._spelt.get(source, source)


class TestParser(RecordParser):
    """Checks one test record; staged as `services.TEST_STAGING`."""

    __test__ = False
    sheet = TESTS
    blanks = {**RecordParser.blanks, "result": rules.TestResult.PENDING.value}

    def _checks(self) -> dict[str, Read]:
        return {
            **super()._checks(),
            "sampled_at": self._instant(errors.SAMPLED_AHEAD),
            "result_at": self._instant(errors.RESULT_AHEAD),
        }

    def _compare(self, row: Row) -> None:
        values = row.values
        result_at, sampled_at = values["result_at"], values["sampled_at"]
        if result_at is not None and sampled_at is not None and _is_before(result_at, sampled_at):
            row.faults.append(self._parser.complaint("result_at", errors.RESULT_BEFORE_SAMPLE))


class VaccinationParser(RecordParser):
    """Checks one vaccination record against the list of vaccines; staged as `services.VACCINATION_STAGING`."""

    sheet = VACCINATIONS

    def __init__(
        self, *, at: datetime, reach: Reach = EVERYTHING, sources: Mapping[str, str] = NO_SOURCES
    ) -> None:
        self._products = vaccinations.products()
        super().__init__(at=at, reach=reach, sources=sources)

    def _checks(self) -> dict[str, Read]:
        return {**super()._checks(), "product": self._product, "given_on": self._day}

    def _compare(self, row: Row) -> None:
        values = row.values
        values["product_id"] = values["product"]
        born_on, given_on = people.born_on(values["document_number"] or ""), values["given_on"]
        if born_on is not None and given_on is not None and given_on < born_on:
            row.faults.append(self._parser.complaint("given_on", errors.GIVEN_BEFORE_BIRTH))

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
        not_too_long_ago(given_on)
        return given_on


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ")


def _is_before(one: str, other: str) -> bool:
    """Whether an instant lies before another, both as ISO text; a whole day compares as a day."""
    if one >= other:
        return False
    instants = [datetime.fromisoformat(written) for written in (one, other)]
    if not any(map(is_whole_day, instants)):
        return True
    return local_day(instants[0]) < local_day(instants[1])


def not_too_long_ago(day: date) -> None:
    """Raises Refusal TOO_LONG_AGO."""
    if day.year < EARLIEST_YEAR:
        raise Refusal(errors.TOO_LONG_AGO, year=EARLIEST_YEAR)
