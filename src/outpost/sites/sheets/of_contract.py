"""What all files about the people of one contract share: the choice of the contract, the reading of a document and a
time, how tries are counted. Who is not registered is put aside by the merge's judge, once tries were counted (T11)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.core.clock import local_day, zone
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Column, Sheet
from outpost.core.sheets.parsing import Row, RowParser
from outpost.core.whole_days import is_whole_day
from outpost.exchange.kinds import Difference, Parameter, Setting
from outpost.exchange.tried import TriedImport
from outpost.health.queries.journeys import rows_undeclared
from outpost.people.rules import DocumentType
from outpost.people.seals import person_id_of
from outpost.people.staged import mask_of
from outpost.sites import errors
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import Contract
from outpost.sites.queries import contracts as queries
from outpost.sites.reading.people import read_document
from outpost.sites.services.passing import check_time
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS

_MOST_CHOICES = 2000


class ContractFile(TriedImport):
    """A file for the contract that the parameter names; its staging holds `contract_id`, `person_id` and `mask`.
    `table`: the same for every contract. `page`: the route of its list."""

    table: ClassVar[Sheet]
    page: ClassVar[str] = "sites:registrations"

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - as every kind
        return self.table

    def parameters(self, actor: Actor) -> Sequence[Parameter]:
        found = queries.contracts_to_choose(actor=actor, action=self.action)[:_MOST_CHOICES]
        return (Parameter("contract", _("Contract"), tuple(found)),)

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:
        number = params.get("contract", "")
        found = queries.contract_numbered(number, actor=actor, action=SEE_SITES)
        return reverse(self.page, args=[found.id])

    def contract(self, setting: Setting) -> Contract:
        """Raises Refusal UNKNOWN_CONTRACT for one that is not within the actor's reach."""
        number = setting.params.get("contract", "")
        return queries.contract_numbered(number, actor=setting.actor, action=self.action)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        """By the contract: whoever is not the actor's there is put aside by the merge's judge, as if unregistered."""
        named = {id_ for (id_,) in rows_of(f"SELECT DISTINCT contract_id FROM {rows}")}
        return Contract.objects.visible_to(setting.actor, self.action).has_all(named)

    def reaches_people(self, stated: Iterable[tuple[UUID, UUID]], setting: Setting) -> bool:
        """Whether the actor reaches all these, each a contract, closed or not, and a person registered there."""
        under = defaultdict(set)
        for contract_id, person_id in stated:
            under[contract_id].add(person_id)
        contracts = Contract.objects.visible_to(setting.actor, self.action).in_bulk(list(under))
        return contracts.keys() == under.keys() and all(
            queries.people_reached(contract, under[id_], actor=setting.actor, action=self.action)
            == under[id_]
            for id_, contract in contracts.items()
        )


def differences_of(
    columns: Iterable[Column], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Difference]:
    """What a row that is known changes, by what is shown of each column."""
    return [
        Difference(column.header(get_language()), old[column.name], new[column.name])
        for column in columns
        if column.name in new and new[column.name] is not None and old[column.name] != new[column.name]
    ]


def undeclared_rows(staging: str, setting: Setting) -> list[int]:
    """The rows of who has not declared under this number and name within the days that count."""
    return rows_undeclared(staging, since=setting.at - timedelta(days=DECLARED_WITHIN_DAYS))


class TimedParser:
    """The check of a row that says of somebody by number what was so at a time."""

    def __init__(self, sheet: Sheet, contract: Contract, setting: Setting, *, time: str) -> None:
        self.contract, self.setting, self.keys = contract, setting, ring()
        blanks = {"document_type": DocumentType.RESIDENT_ID}
        self.read = RowParser(sheet, zone(), checks={time: self._time}, blanks=blanks)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self.read(cells)
        read_document(self.read, row, today=local_day(self.setting.at))
        self.compare(row)
        if not row.faults:
            document = row.values["document"]
            row.values["person_id"] = person_id_of(self.keys, document)
            row.values |= {"contract_id": self.contract.id, "mask": mask_of(self.keys, document)}
            self.stage(row.values)
        return row

    def compare(self, row: Row) -> None:
        """Complain of what the cells say together."""

    def stage(self, values: dict[str, Any]) -> None:
        """Add what else is staged."""

    def _time(self, occurred_at: datetime) -> datetime:
        """Raises Refusal: TIME_OF_DAY_MISSING, PASSED_WHEN."""
        if is_whole_day(occurred_at):
            raise Refusal(errors.TIME_OF_DAY_MISSING)
        check_time(occurred_at, at=self.setting.at)
        return occurred_at
