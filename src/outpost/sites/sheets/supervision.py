"""监督查询 as JSON and as a file: the contracts within reach, one a row."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import ContractQuerySet
from outpost.sites.queries import people
from outpost.sites.queries.contracts import (
    ContractRow,
    behind,
    contract_numbered,
    contract_rows,
    contracts,
    headline,
)
from outpost.sites.vocabularies import Figure

FILTERS = ("number", "project", "general_contractor", "station", "town", "figure")


def narrowed(values: Mapping[str, str], *, actor: Actor, on: date) -> ContractQuerySet:
    """The contracts within the actor's reach that the filter of the page wants."""
    figure = Figure(values["figure"]) if values.get("figure") else None
    return behind(contracts(values, actor=actor), figure, actor=actor, on=on)


class SupervisionExport(ExportKind):
    """The contracts that the page shows: companies and numbers, nobody in particular."""

    page: ClassVar[str] = "contracts"
    views = (
        View(
            "sites.supervision",
            SEE_SITES,
            gettext_lazy("Supervision of construction sites"),
            gettext_lazy("Export the table"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:  # noqa: ARG002 - as every kind
        asked = {name: params[name] for name in FILTERS if params.get(name)}
        if asked.get("figure", Figure.ON_SITE) not in Figure.codes():
            raise Refusal(NOT_FOUND)
        return asked

    def title(self, params: Mapping[str, str]) -> str:  # noqa: ARG002 - as every kind
        return f"{self.label}-{clock.local_day(clock.now())}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [
            *(_("Contract number"), _("Filing number"), _("Project"), _("General contractor")),
            *(_("Kind of general contractor"), _("Supervision station"), _("Employers"), _("Pre-registered")),
            *(_("On site"), _("Have entered"), _("Not reported today")),
            *(_("Workers by the contract"), _("Reported today"), _("Not registered of them")),
            _("Addresses to clear up"),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        today = clock.local_day(clock.now())
        found = narrowed(params, actor=actor, on=today).order_by("number")
        for row in contract_rows(found, actor=actor, on=today):
            contract, project = row.contract, row.contract.project
            whose = (contract.general_contractor, contract.general_contractor_kind, project.station)
            counted = (row.employers, row.registered, row.on_site, row.people, row.unreported)
            stated = (_said(contract.agreed_workers), row.reported, _lacking(row))
            yield (
                contract.number,
                project.filing_number,
                project.name,
                *whose,
                *counted,
                *stated,
                row.addresses,
            )


def _lacking(row: ContractRow) -> Cell:
    """Blank for whoever does not see all people of the contract."""
    return _said(row.unregistered) if row.is_whole else None


def _said(number: int | None) -> Cell:
    """A number that a contract may not state."""
    return _("not stated") if number is None else number


def report(*, actor: Actor, at: datetime, station: str = "") -> dict[str, Any]:
    """JSON-ready, as `outpost report sites` prints it."""
    found = contracts({"station": station} if station else {}, actor=actor)
    today = clock.local_day(at)
    total = headline(found, actor=actor, on=today)
    return {
        "contracts": total.contracts,
        "general_contractors": total.general_contractors,
        "employers": total.employers,
        "registered": total.registered,
        "on_site": total.on_site,
        "unreported": total.unreported,
        "addresses": total.addresses,
        "agreed_workers": total.agreed,
        "unregistered": total.unregistered,
        "not_stated": total.not_stated,
        "rows": [_as_json(row) for row in contract_rows(found.order_by("number"), actor=actor, on=today)],
    }


def site_people(number: str, *, actor: Actor, at: datetime) -> dict[str, Any]:
    """JSON-ready, as `outpost report site-people` prints it: who was on the site at an instant, masked, counted by
    employer and roll. Raises Refusal UNKNOWN_CONTRACT."""
    contract = contract_numbered(number, actor=actor, action=SEE_SITES)
    rows = [_person(one) for one in people.inside_rows(people.inside(contract, at, actor=actor))]
    counted = Counter((row["employer"], row["roll"]) for row in rows)
    return {
        "contract": contract.number,
        "at": at.astimezone(clock.zone()).isoformat(timespec="seconds"),
        "on_site": len(rows),
        "by_employer": [
            {"employer": employer, "roll": roll, "on_site": n}
            for (employer, roll), n in sorted(counted.items())
        ],
        "rows": rows,
    }


def _person(one: people.InsideRow) -> dict[str, Any]:
    entered = one.stay.entered_at.astimezone(clock.zone()).isoformat(timespec="seconds")
    registration = one.stay.registration
    return {
        "name": one.person.name,
        "document_number": one.person.number,
        "employer": registration.employer.name,
        "roll": registration.roll,
        "entered_at": entered,
        "checked": one.stay.checked,
    }


def _as_json(row: ContractRow) -> dict[str, Any]:
    contract = row.contract
    return {
        "contract": contract.number,
        "filing_number": contract.project.filing_number,
        "project": contract.project.name,
        "general_contractor": contract.general_contractor,
        "general_contractor_kind": contract.general_contractor_kind,
        "station": contract.project.station,
        "employers": row.employers,
        "pre_registered": row.registered,
        "on_site": row.on_site,
        "people": row.people,
        "unreported": row.unreported,
        "agreed_workers": contract.agreed_workers,
        "reported": row.reported,
        "unregistered": row.unregistered,
        "addresses": row.addresses,
    }
