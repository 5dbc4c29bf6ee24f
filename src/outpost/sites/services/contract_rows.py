"""One row of contracts as it is staged: read, sealed, and judged against the ledger and the rows before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from outpost.access.errors import DUTIES_OF_PHONE
from outpost.access.queries import phones_standing_alone
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.parsing import Row, StatedCells
from outpost.regions import queries as regions
from outpost.regions.rules import REGION
from outpost.sites import errors
from outpost.sites.actions import EDIT_SITES
from outpost.sites.models import Contract, Project
from outpost.sites.reading.contracts import ContractReader
from outpost.sites.seats import LEAD, SEATS, SUPERVISOR
from outpost.sites.services.contract_merge import OF_PROJECT, SAID

_PROJECT = ("filing_number", "id", "region_id")


class ContractParser:
    """The check of one row: reads, finds the contract and the project that are meant, seals who is named."""

    def __init__(self, actor: Actor) -> None:
        reach = actor.reach(EDIT_SITES)
        if not reach.everything and not reach.keys(REGION):
            raise Refusal(NOT_FOUND)
        places = regions.places(reach)
        self._allowed = places.allowed
        self._read = ContractReader(places)
        projects = Project.objects.filter(removed_at__isnull=True)
        self._projects = {number: (id_, town) for number, id_, town in projects.values_list(*_PROJECT)}
        contracts = Contract.objects.current().select_related("project")
        self._contracts = {one.number: (one.id, one.project.filing_number) for one in contracts}
        closed = Contract.objects.filter(closed_at__isnull=False).values_list("number", flat=True)
        self._closed = set(closed) - self._contracts.keys()
        self._standing_alone = phones_standing_alone()
        self._stated: dict[str, tuple[Any, ...]] = {}
        self._stated_projects: dict[str, tuple[Any, ...]] = {}

    def __call__(self, cells: Sequence[Raw]) -> Row:
        """A file's cells, in the order of the table."""
        return self._judged(self._read(cells))

    def stated(self, cells: StatedCells) -> Row:
        """What was typed or sent, by the names of the columns."""
        return self._judged(self._read.stated(cells))

    def _judged(self, row: Row) -> Row:
        if not row.faults:
            self._stage(row)
            self._judge(row)
        return row

    def _stage(self, row: Row) -> None:
        values = row.values
        project_id, _town = self._projects.setdefault(values["filing_number"], (new_id(), values["town"]))
        id_, _filed = self._contracts.setdefault(values["number"], (new_id(), values["filing_number"]))
        values |= {
            "contract_id": id_,
            "project_id": project_id,
            "region_id": values["town"],
            "name": values["employer"],
            **LEAD.staged(id_, values),
            **SUPERVISOR.staged(id_, values),
        }

    def _judge(self, row: Row) -> None:
        values, number = row.values, row.values["number"]
        _id, town = self._projects[values["filing_number"]]
        _contract, filed = self._contracts[number]
        if town not in self._allowed or self._projects[filed][1] not in self._allowed:
            self._read.refuse(row, "number", errors.FILED_ELSEWHERE)
        elif filed != values["filing_number"]:
            self._read.refuse(row, "filing_number", errors.OTHER_PROJECT, number=number, known=filed)
        elif number in self._closed:
            self._read.refuse(row, "number", errors.CONTRACT_CLOSED, number=number)
        elif clashing := [seat for seat in SEATS if values[seat.phone_hash] in self._standing_alone]:
            self._read.refuse(row, clashing[0].phone, DUTIES_OF_PHONE)
        elif not self._agrees(self._stated_projects, values, "filing_number", ("project", *OF_PROJECT)):
            self._read.refuse(row, "filing_number", errors.PROJECT_TWICE)
        elif not self._agrees(self._stated, values, "number", SAID):
            self._read.refuse(row, "number", errors.STATED_TWICE)

    def _agrees(
        self,
        stated: dict[str, tuple[Any, ...]],
        values: Mapping[str, Any],
        key: str,
        columns: tuple[str, ...],
    ) -> bool:
        """Whether a row says of its contract or project what the first one of the file said."""
        said = tuple(values[column] for column in columns)
        return stated.setdefault(values[key], said) == said
