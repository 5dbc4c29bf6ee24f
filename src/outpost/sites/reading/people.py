"""The check of one pre-registration: the same for a form and a file; and of who comes along."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row, RowParser, StatedCells
from outpost.people import rules as people
from outpost.people.rules import DocumentType
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.columns.families import FAMILIES, OF_WORKER
from outpost.sites.columns.people import REGISTER
from outpost.sites.models import Contract
from outpost.sites.queries import contracts
from outpost.sites.vocabularies import Relation


class RegistrationReader:
    """Reads rows of people for one contract. Employers, those within the actor's reach, become ids; `document` is the
    checked one."""

    def __init__(
        self,
        contract: Contract,
        today: date,
        *,
        actor: Actor,
        action: str = REGISTER_PEOPLE,
        sheet: Sheet = REGISTER,
    ) -> None:
        self._today = today
        mine = contracts.employers_seen(contract, actor=actor, action=action)
        self._employers = {one.name: one.id for one in mine}
        blanks = {"document_type": DocumentType.RESIDENT_ID, "phone": ""}
        self._parser = RowParser(sheet, zone(), checks={"employer": self._employer}, blanks=blanks)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        return _finished(self._parser(cells), self._parser, self._today)

    def stated(self, cells: StatedCells) -> Row:
        """What was typed, by the names of the columns."""
        return _finished(self._parser.stated(cells), self._parser, self._today)

    def _employer(self, name: str) -> Any:
        if name not in self._employers:
            raise Refusal(errors.UNKNOWN_EMPLOYER, found=name, known="、".join(self._employers))
        return self._employers[name]


class FamilyReader:
    """Reads who comes along; `document` is the checked one, `worker_document` that of whom a file names beside them.
    A birth certificate stands for a child."""

    def __init__(self, today: date, sheet: Sheet = FAMILIES) -> None:
        self._today, resident = today, DocumentType.RESIDENT_ID
        blanks = {"document_type": resident, "phone": "", OF_WORKER + "document_type": resident}
        self._parser = RowParser(sheet, zone(), blanks=blanks)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        row = self._parser(cells)
        read_document(self._parser, row, today=self._today, of=OF_WORKER)
        return self._compared(row)

    def stated(self, cells: StatedCells) -> Row:
        """What was typed, by the names of the columns."""
        return self._compared(self._parser.stated(cells))

    def _compared(self, row: Row) -> Row:
        row = _finished(row, self._parser, self._today)
        is_certificate = row.values.get("document_type") is DocumentType.BIRTH_CERTIFICATE
        if is_certificate and row.values.get("relation") not in (None, Relation.CHILD, Relation.OTHER):
            row.faults.append(self._parser.complaint("relation", errors.CHILD_ALONE))
        return row


def _finished(row: Row, parser: RowParser, today: date) -> Row:
    read_document(parser, row, today=today)
    return row


def read_document(parser: RowParser, row: Row, *, today: date, of: str = "") -> None:
    """Put the checked document of a row beside its cells, or say what is wrong with its number. `of`: with what the
    names of its columns begin."""
    kind, number = row.values.get(of + "document_type"), row.values.get(of + "document_number")
    if kind is not None and number is not None:
        try:
            row.values[of + "document"] = people.normalise_document(kind, number, today=today)
        except Refusal as refusal:
            row.faults.append(parser.fault(of + "document_number", refusal))
