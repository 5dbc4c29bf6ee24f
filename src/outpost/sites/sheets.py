"""Contracts 合同 in: a row is an employer under a contract.

Contract and project are merged first, from the same rows, and are taken back with it. What a file leaves blank stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.access.errors import DUTIES_OF_PHONE
from outpost.access.queries import phones_standing_alone
from outpost.access.services.principals import Holder
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row
from outpost.core.stated import Stated, blob, name_hash, phone_hash, seal, unseal
from outpost.exchange import merge
from outpost.exchange.kinds import Difference, ImportKind, Setting
from outpost.exchange.target import Target, stays
from outpost.regions import queries as regions
from outpost.regions.models import Region
from outpost.regions.rules import REGION
from outpost.sites import errors
from outpost.sites.actions import EDIT_SITES
from outpost.sites.columns import CONTRACTS, LEDGER
from outpost.sites.models import Contract, Employer, Project, lead_context
from outpost.sites.reading import ContractReader
from outpost.sites.services import CONTRACT_KEY
from outpost.sites.services.leads import lead_phone, put_in_charge

_EMPLOYER_KEY = ("contract_id", "name")
_OF_PROJECT = ("project", "address", "region_id", "station")
_LEAD = ("sealed", "lead_name_hash", "lead_phone_hash")
_OF_CONTRACT = ("general_contractor", "general_contractor_kind", "supervision_company", *_LEAD)
_STAMPS: dict[str, Any] = {
    "stamps_new": ("created_at", "updated_at"),
    "stamps_replaced": ("updated_at",),
    "current": "t.removed_at IS NULL",
    "removed_stamp": "removed_at",
}
_PROJECTS = Target(
    table="sites_project",
    key=("filing_number",),
    columns=("id", "filing_number", "name", "address", "region_id", "station"),
    replaced=("name", "address", "region_id", "station"),
    compared=("name", "address", "region_id", "station"),
    becomes={"address": stays("address", "''")},
    held="EXISTS (SELECT FROM sites_contract c WHERE c.project_id = t.id AND c.removed_at IS NULL)",
    **_STAMPS,
)
_CONTRACTS = Target(
    table="sites_contract",
    key=CONTRACT_KEY,
    columns=("id", "number", "project_id", *_OF_CONTRACT),
    replaced=_OF_CONTRACT,
    compared=tuple(column for column in _OF_CONTRACT if column != "sealed"),
    becomes={
        "general_contractor_kind": stays("general_contractor_kind", "''"),
        "supervision_company": stays("supervision_company", "''"),
        **{column: stays(column) for column in _LEAD},
    },
    held="EXISTS (SELECT FROM sites_employer e WHERE e.contract_id = t.id AND e.removed_at IS NULL)",
    **_STAMPS,
)
_CHANGED = """EXISTS (SELECT FROM sites_contract c JOIN sites_project p ON p.id = c.project_id
    WHERE c.id = s.contract_id AND (s.project, coalesce(s.address, p.address), s.region_id, s.station,
      s.general_contractor, coalesce(s.general_contractor_kind, c.general_contractor_kind),
      coalesce(s.supervision_company, c.supervision_company),
      coalesce(s.lead_name_hash, c.lead_name_hash), coalesce(s.lead_phone_hash, c.lead_phone_hash))
    IS DISTINCT FROM (p.name, p.address, p.region_id, p.station, c.general_contractor, c.general_contractor_kind,
      c.supervision_company, c.lead_name_hash, c.lead_phone_hash))"""
_MEANWHILE = """SELECT EXISTS (SELECT FROM {rows} s JOIN sites_contract c
      ON c.id = s.contract_id AND c.removed_at IS NOT NULL
      OR c.number = s.number AND c.removed_at IS NULL AND (c.id, c.project_id) <> (s.contract_id, s.project_id))
    OR EXISTS (SELECT FROM {rows} s JOIN sites_project p
      ON p.filing_number = s.filing_number AND p.removed_at IS NULL AND p.id <> s.project_id)"""

# Of whom a file names otherwise than the ledger, or for a contract that comes back: a right that was taken back by hand
# is not given again by the next daily file.
_LEADS = """SELECT DISTINCT ON (s.contract_id) s.contract_id, s.sealed, c.sealed
  FROM {rows} s LEFT JOIN sites_contract c ON c.id = s.contract_id
 WHERE s.sealed IS NOT NULL
   AND (c.removed_at IS NOT NULL OR s.lead_phone_hash IS DISTINCT FROM c.lead_phone_hash)"""
_UNDONE = """SELECT c.id, c.removed_at, c.sealed, k.row ->> 'sealed' FROM audit_rowversion k
    JOIN sites_contract c ON c.id = (k.row ->> 'id')::uuid WHERE k.cause = %s AND k."table" = 'sites_contract'"""


class ContractImport(ImportKind):
    """A file of contracts in the towns within the actor's reach."""

    name: ClassVar[str] = "sites.contracts"
    action: ClassVar[str] = EDIT_SITES
    label = _("Contracts of construction sites")
    staging: ClassVar[Mapping[str, str]] = {
        "contract_id": "uuid NOT NULL",
        "name": "text NOT NULL",  # of the employer
        "project_id": "uuid NOT NULL",
        "filing_number": "text NOT NULL",
        "number": "text NOT NULL",
        "project": "text NOT NULL",
        "address": "text",
        "region_id": "text NOT NULL",
        "station": "text NOT NULL",
        "general_contractor": "text NOT NULL",
        "general_contractor_kind": "text",
        "supervision_company": "text",
        "sealed": "bytea",
        "lead_name_hash": "bytea",
        "lead_phone_hash": "bytea",
    }
    target: ClassVar[Target] = Target(
        table="sites_employer",
        key=_EMPLOYER_KEY,
        columns=_EMPLOYER_KEY,
        replaced=(),
        compared=(),
        generated={"id": "gen_random_uuid()"},
        differs=_CHANGED,
        restates=_CHANGED,
        **_STAMPS,
    )

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return LEDGER

    def parser(self, setting: Setting) -> "_Parser":
        """Raises Refusal NOT_FOUND for whoever reaches no place."""
        return _Parser(setting)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        """The towns that the rows state, and those in which their projects stand."""
        stated = f"SELECT region_id FROM {rows}"
        standing = f"SELECT p.region_id FROM {rows} s JOIN sites_project p ON p.id = s.project_id"
        towns = {code for (code,) in rows_of(f"{stated} UNION {standing}")}
        return towns <= regions.places(setting.actor.reach(EDIT_SITES)).allowed

    def may_undo(self, setting: Setting) -> bool:
        written = Employer.objects.filter(import_id=setting.import_id).values("contract")
        mine = Contract.objects.visible_to(setting.actor, EDIT_SITES)
        return not Contract.objects.filter(pk__in=written).exclude(pk__in=mine.values("pk")).exists()

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Merge projects and contracts. Raises CONTRACTS_CHANGED when somebody entered, moved or closed one of them
        since the check."""
        if rows_of(_MEANWHILE.format(rows=staging)) != [(False,)]:
            raise Refusal(errors.CONTRACTS_CHANGED)
        named = [
            Holder(id_, lead_phone(id_, sealed), lead_phone(id_, former))
            for id_, sealed, former in rows_of(_LEADS.format(rows=staging))
        ]
        put_in_charge(named, actor=setting.actor, at=setting.at, cause=str(setting.import_id))
        parts = (_PROJECTS, {"id": "project_id", "name": "project"}), (_CONTRACTS, {"id": "contract_id"})
        for target, called in parts:
            merge.merge_part(
                target, staging, self.staging, called, at=setting.at, import_id=setting.import_id
            )

    def after_undo(self, setting: Setting) -> None:
        """Take contracts and projects back, too, unless another file rests on them meanwhile."""
        for target in (_CONTRACTS, _PROJECTS):
            merge.undo(target, import_id=setting.import_id, at=setting.at)
        cause = f"undo:{setting.import_id}"
        named = [
            Holder(
                id_, "" if removed_at else lead_phone(id_, sealed), lead_phone(id_, former and blob(former))
            )
            for id_, removed_at, sealed, former in rows_of(_UNDONE, [cause])
        ]
        put_in_charge(named, actor=setting.actor, at=setting.at, cause=cause)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:  # noqa: ARG002
        contract = Contract.objects.select_related("project__region").get(id=after["contract_id"])
        old, new = _standing(contract), _staged(after)
        return [
            Difference(column.header(get_language()), old[column.name], new[column.name])
            for column in CONTRACTS
            if new.get(column.name) and old[column.name] != new[column.name]
        ]


class _Parser:
    """The check of one row: reads, finds the contract and the project that are meant, seals the lead."""

    def __init__(self, setting: Setting) -> None:
        reach = setting.actor.reach(EDIT_SITES)
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
        row = self._read(cells)
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
            **_lead(id_, values["lead_name"], values["lead_phone"]),
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
        elif values["lead_phone_hash"] in self._standing_alone:
            self._read.refuse(row, "lead_phone", DUTIES_OF_PHONE)
        elif not self._agrees(self._stated_projects, values, "filing_number", _OF_PROJECT):
            self._read.refuse(row, "filing_number", errors.PROJECT_TWICE)
        elif not self._agrees(
            self._stated, values, "number", tuple(one for one in _OF_CONTRACT if one != "sealed")
        ):
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


_PROJECT = ("filing_number", "id", "region_id")


def _lead(contract_id: UUID, name: str | None, phone: str | None) -> dict[str, bytes | None]:
    """What is staged of a project lead; nothing says nothing."""
    if name is None or phone is None:
        return dict.fromkeys(_LEAD)
    keys = ring()
    sealed = seal(keys, lead_context(contract_id), Stated(name, phone))
    return {
        "sealed": sealed,
        "lead_name_hash": name_hash(keys, name),
        "lead_phone_hash": phone_hash(keys, phone),
    }


def _standing(contract: Contract) -> dict[str, str]:
    """A contract as the summary shows it, its lead masked."""
    project = contract.project
    return {
        "filing_number": project.filing_number,
        "number": contract.number,
        "project": project.name,
        "address": project.address,
        "town": project.region.name,
        "station": project.station,
        "general_contractor": contract.general_contractor,
        "general_contractor_kind": contract.general_contractor_kind,
        "supervision_company": contract.supervision_company,
        **_masked(contract.id, contract.sealed),
    }


def _staged(row: Mapping[str, Any]) -> dict[str, str]:
    """A staged row in the same words; what it leaves out is empty."""
    texts = {column.name: row.get(column.name) or "" for column in CONTRACTS if column.name != "employer"}
    town = Region.objects.get(code=row["region_id"]).name
    return texts | {"town": town} | _masked(row["contract_id"], row["sealed"])


def _masked(contract_id: UUID | str, sealed: bytes | str | memoryview | None) -> dict[str, str]:
    if sealed is None:
        return {"lead_name": "", "lead_phone": ""}
    lead = unseal(ring(), lead_context(contract_id), blob(sealed)).masked()
    return {"lead_name": lead.name, "lead_phone": lead.phone}
