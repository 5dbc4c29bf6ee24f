"""Contracts 合同 in: a row is an employer under a contract.

Contract and project are merged first, from the same rows, and are taken back with it. What a file leaves blank stays.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.access.services.principals import Holder
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.core.sheets.columns import Sheet
from outpost.exchange import merge
from outpost.exchange.kinds import Difference, ImportKind, Setting
from outpost.exchange.target import Target
from outpost.regions import queries as regions
from outpost.regions.models import Region
from outpost.regions.points import degrees
from outpost.sites.actions import EDIT_SITES, SEE_SITES
from outpost.sites.columns.contracts import CONTRACTS as COLUMNS
from outpost.sites.columns.contracts import LEDGER
from outpost.sites.models import Contract, Employer, Project
from outpost.sites.seats import SEALED, SEATS
from outpost.sites.services.contract_merge import CONTRACTS, EMPLOYERS, PROJECTS, STAGING, merge_above
from outpost.sites.services.contract_rows import ContractParser
from outpost.sites.services.leads import put_in_charge

_UNDONE = """SELECT c.id, c.removed_at, c.{seat.sealed}, k.row ->> '{seat.sealed}' FROM audit_rowversion k
    JOIN sites_contract c ON c.id = (k.row ->> 'id')::uuid WHERE k.cause = %s AND k."table" = 'sites_contract'"""


class ContractImport(ImportKind):
    """A file of contracts in the towns within the actor's reach."""

    name: ClassVar[str] = "sites.contracts"
    action: ClassVar[str] = EDIT_SITES
    label = _("Contracts of construction sites")
    staging: ClassVar[Mapping[str, str]] = STAGING
    target: ClassVar[Target] = EMPLOYERS

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:  # noqa: ARG002 - as below
        return reverse("sites:supervision") if actor.may(SEE_SITES) else ""

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return LEDGER

    def parser(self, setting: Setting) -> ContractParser:
        """Raises Refusal NOT_FOUND for whoever reaches no place."""
        return ContractParser(setting.actor)

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
        """Merge projects and contracts. Raises CONTRACTS_CHANGED."""
        cause = str(setting.import_id)
        merge_above(staging, actor=setting.actor, at=setting.at, cause=cause, import_id=setting.import_id)

    def after_undo(self, setting: Setting) -> None:
        """Take contracts and projects back, too, unless another file rests on them meanwhile."""
        for target in (CONTRACTS, PROJECTS):
            merge.undo(target, import_id=setting.import_id, at=setting.at)
        cause = f"undo:{setting.import_id}"
        for seat in SEATS:
            named = [
                Holder(id_, "" if removed_at else seat.phone_in(id_, sealed), seat.phone_in(id_, former))
                for id_, removed_at, sealed, former in rows_of(_UNDONE.format(seat=seat), [cause])
            ]
            put_in_charge(seat, named, actor=setting.actor, at=setting.at, cause=cause)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:  # noqa: ARG002
        contract = Contract.objects.select_related("project__region").filter(id=after["contract_id"]).first()
        if contract is not None:
            old = _standing(contract)
        else:  # a new one, which says otherwise of its project
            old = _project(Project.objects.select_related("region").get(id=after["project_id"]))
        new = _staged(after)
        return [
            Difference(column.header(get_language()), old[column.name], new[column.name])
            for column in COLUMNS
            if column.name in old and new.get(column.name) and old[column.name] != new[column.name]
        ]


def _project(project: Project) -> dict[str, str]:
    return {
        "filing_number": project.filing_number,
        "project": project.name,
        "address": project.address,
        "longitude": degrees(project.longitude),
        "latitude": degrees(project.latitude),
        "town": project.region.name,
        "station": project.station,
    }


def _standing(contract: Contract) -> dict[str, str]:
    """A contract as the summary shows it, its lead masked."""
    return {
        **_project(contract.project),
        "number": contract.number,
        "general_contractor": contract.general_contractor,
        "general_contractor_kind": contract.general_contractor_kind,
        "supervision_company": contract.supervision_company,
        "agreed_workers": _number(contract.agreed_workers),
        **_masked(contract.id, {one: getattr(contract, one) for one in SEALED}),
    }


def _staged(row: Mapping[str, Any]) -> dict[str, str]:
    """A staged row in the same words; what it leaves out is empty."""
    texts = {column.name: row.get(column.name) or "" for column in COLUMNS if column.name != "employer"}
    town = Region.objects.get(code=row["region_id"]).name
    point = {name: degrees(row[name]) for name in ("longitude", "latitude")}
    told = {"town": town, "agreed_workers": _number(row["agreed_workers"])}
    return texts | point | told | _masked(row["contract_id"], row)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _masked(contract_id: UUID | str, row: Mapping[str, Any]) -> dict[str, str]:
    """Who sits in the seats of a contract, masked, by the columns of the file."""
    found = ((seat, seat.opened(contract_id, row[seat.sealed])) for seat in SEATS)
    return {k: v for seat, who in found for k, v in seat.stated(who and who.masked()).items()}
