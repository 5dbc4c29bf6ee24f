"""The statistics out: the two tables, and the organisations, people and samples behind their numbers.

People go out masked, in clear for a purpose, or as a principal's own staff.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing, ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ledgers import LedgerColumn, masks
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.figures.declared import Row, Statistic, Text
from outpost.figures.sheets import TableExport
from outpost.health.actions import SEE_FACTS
from outpost.people import seals as people
from outpost.people.rules import DocumentType
from outpost.regions.queries import principal_of
from outpost.sentinel import labels
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.columns import ORGANIZATIONS, STAFF
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import statistics
from outpost.sentinel.queries.statistics import Chosen, Grouping, lists
from outpost.sentinel.queries.statistics.ledger import Ledger
from outpost.sentinel.queries.statistics.lists import Asked
from outpost.sentinel.seals import open_staff
from outpost.sentinel.sheets.views import COMPANIES, EXPORT, OWN, PEOPLE, in_clear, masked


class StatisticsExport(ExportKind):
    """What all share: the days and the part of the ledger, as the pages have them in their addresses."""

    parameters: ClassVar[frozenset[str]]

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:  # noqa: ARG002 - by the contract
        """Raises Refusal: NOT_FOUND for what no page offers, RANGE_REVERSED."""
        kept = {name: text for name, text in params.items() if text and name in self.parameters}
        kept |= {"first": params.get("first") or params.get("last", ""), "last": params.get("last", "")}
        _days(kept)
        _chosen(kept)
        return kept

    def title(self, params: Mapping[str, str]) -> str:
        first, last = params.get("first") or params.get("last", ""), params.get("last", "")
        return f"{self.label}-{first}" + (f"-{last}" if first != last else "")


class _LedgerTableExport(TableExport, StatisticsExport):
    parameters: ClassVar[frozenset[str]] = frozenset({"by", "category", "with_empty"})

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        kept = super().check(params, actor)
        self.grouping(kept)
        return kept

    def grouping(self, params: Mapping[str, str]) -> str:
        return _by(params).label


class NatTableExport(_LedgerTableExport):
    """核酸数据统计 as a table."""

    page: ClassVar[str] = "nat_statistics"
    views = (
        View(
            "sentinel.nat_statistics",
            EXPORT,
            _("Test statistics"),
            _("Export the table"),
        ),
    )
    statistic: ClassVar[Statistic] = statistics.TESTS

    def counted(self, params: Mapping[str, str], actor: Actor) -> Sequence[Row]:
        return statistics.nat_statistics(*_days(params), actor=actor, **_grouped(params))


class VaccinationTableExport(_LedgerTableExport):
    """疫苗数据统计 as a table that adds up."""

    page: ClassVar[str] = "vaccination_statistics"
    views = (
        View(
            "sentinel.vaccination_statistics",
            EXPORT,
            _("Vaccination statistics"),
            _("Export the table"),
        ),
    )
    statistic: ClassVar[Statistic] = statistics.DOSES

    def counted(self, params: Mapping[str, str], actor: Actor) -> Sequence[Row]:
        return statistics.vaccination_statistics(_days(params)[1], actor=actor, **_grouped(params))


PERSON: Mapping[str, Text] = {
    "town": _("Town"),
    "organization": _("Organisation"),
    "category": _("Category"),
    "name": _("Full name"),
    "job_type": _("Job type"),
    "phone": _("Mobile number"),
    "document_type": _("Document type"),
    "document_number": _("ID number"),
}
LEFT: Mapping[str, Text] = {"left_on": _("Left the ledger on")}


class CountedExport(StatisticsExport):
    """What stands behind a number. The columns (name → header) are fixed, for a number may span categories.

    What the `ledger_columns` of these names mask is masked, unless the view is in clear.
    """

    parameters: ClassVar[frozenset[str]] = frozenset(
        {"category", "town", "organization", "department", "figure"}
    )
    sees: ClassVar[str] = SEE_STAFF
    columns: ClassVar[Mapping[str, Text]]
    ledger_columns: ClassVar[Sequence[LedgerColumn]] = STAFF

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        kept = super().check(params, actor)
        self.asked(kept)
        return kept

    def asked(self, params: Mapping[str, str]) -> Asked:
        """The number as the list takes it."""
        return Asked(*_days(params), _chosen(params), params.get("figure", ""))

    def ledger(self, params: Mapping[str, str], actor: Actor) -> Ledger:
        """What the actor may both see and take out."""
        return self.asked(params).ledger(actor, self.sees, self.action)

    @abstractmethod
    def found(self, params: Mapping[str, str], actor: Actor) -> Iterator[dict[str, Any]]:
        """The rows in clear, by the names of the columns."""

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - by the contract
        return [str(header) for header in self.columns.values()]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        hidden = {} if self.view.is_clear else masks(self.ledger_columns)
        for cells in self.found(params, actor):
            yield [hidden[name](cells[name]) if name in hidden else cells[name] for name in self.columns]


def _person(keys: KeyRing, member: StaffMember) -> dict[str, Any]:
    """The cells of PERSON and LEFT."""
    person, enrolment = member.person, member.enrolment
    stated = open_staff(keys, member.enrolment_id, member.person_id, member.sealed)
    document = people.open_identity(keys, person.person_id, person.doc_type, person.sealed)
    return {
        "town": enrolment.organization.region.name,
        "organization": enrolment.organization.name,
        "category": enrolment.category.name,
        "name": stated.name,
        "job_type": member.job_type,
        "phone": stated.phone,
        "document_type": DocumentType(person.doc_type).label,
        "document_number": document.number,
        "left_on": lists.left_on(member),
    }


class CountedStaffExport(CountedExport):
    """The people behind a number, masked or in clear."""

    page: ClassVar[str] = "counted_staff"
    rows_label = PEOPLE
    views = (
        View(
            *("sentinel.counted_own_staff", OWN, _("Own staff of a figure")),
            button=_("Export all"),
            is_clear=True,
        ),
        masked("sentinel.counted_staff", _("Staff of a figure, masked"), _("Export, masked")),
        in_clear(
            "sentinel.counted_staff_in_clear",
            _("Staff of a figure, identities in clear"),
            _("Export in clear"),
        ),
    )
    columns: ClassVar[Mapping[str, Text]] = {
        **PERSON,
        "joined_on": _("Joined on"),
        "samples": _("Tests in these days"),
        **{f"dose_{dose}": name for dose, name in labels.DOSE_NAMES.items()},
        **LEFT,
    }

    def found(self, params: Mapping[str, str], actor: Actor) -> Iterator[dict[str, Any]]:
        keys = ring()
        for members, facts in lists.all_staff(self.ledger(params, actor), params.get("figure", "")):
            for member in members:
                known = facts[member.id]
                doses = {f"dose_{n}": standing.label for n, standing in enumerate(known.doses, 1)}
                yield (
                    _person(keys, member)
                    | doses
                    | {
                        "joined_on": member.joined_on,
                        "samples": known.samples,
                    }
                )

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return lists.staff_count(self.ledger(params, actor), params.get("figure", ""))


class CountedSamplesExport(CountedExport):
    """The samples of a range, identities masked or in clear."""

    page: ClassVar[str] = "counted_samples"
    rows_label = ngettext_lazy("{n} sample", "{n} samples", "n")
    views = (
        masked("sentinel.counted_samples", _("Samples of a figure, masked"), _("Export, masked")),
        in_clear(
            "sentinel.counted_samples_in_clear",
            _("Samples of a figure, identities in clear"),
            _("Export in clear"),
        ),
    )
    columns: ClassVar[Mapping[str, Text]] = {
        **PERSON,
        "sampled_at": _("Sampled at"),
        "result": _("Result"),
        "laboratory": _("Laboratory"),
        **LEFT,
    }

    def found(self, params: Mapping[str, str], actor: Actor) -> Iterator[dict[str, Any]]:
        actor.require(SEE_FACTS)
        keys, zone = ring(), clock.zone()
        for member, sampled_at, result, laboratory in lists.all_samples(self.ledger(params, actor)):
            yield _person(keys, member) | {
                "sampled_at": sampled_at.astimezone(zone).replace(tzinfo=None),
                "result": result.label,
                "laboratory": laboratory,
            }

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return lists.sample_count(self.ledger(params, actor))


class CountedOrganizationsExport(CountedExport):
    """The organisations behind a number, principals masked or in clear."""

    page: ClassVar[str] = "counted_organizations"
    rows_label = COMPANIES
    views = (
        masked("sentinel.counted_organizations", _("Organisations of a figure, masked"), _("Export, masked")),
        in_clear(
            "sentinel.counted_organizations_in_clear",
            _("Organisations of a figure, principals in clear"),
            _("Export in clear"),
        ),
    )
    sees: ClassVar[str] = SEE_ORGANIZATIONS
    columns: ClassVar[Mapping[str, Text]] = {
        "town": _("Town"),
        "organization": _("Organisation"),
        "category": _("Category"),
        "principal_name": _("Person in charge"),
        "principal_phone": _("Phone of the principal"),
        "staff": _("Staff"),
        **LEFT,
    }
    ledger_columns: ClassVar[Sequence[LedgerColumn]] = ORGANIZATIONS

    def found(self, params: Mapping[str, str], actor: Actor) -> Iterator[dict[str, Any]]:
        for enrolment, staff in lists.all_organizations(self.ledger(params, actor)):
            organization = enrolment.organization
            principal = principal_of(organization)
            yield {
                "town": organization.region.name,
                "organization": organization.name,
                "category": enrolment.category.name,
                "principal_name": principal.name,
                "principal_phone": principal.phone,
                "staff": staff,
                "left_on": clock.local_day(enrolment.removed_at) if enrolment.removed_at else None,
            }

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return lists.organization_count(self.ledger(params, actor))


def _days(params: Mapping[str, str]) -> tuple[date, date]:
    """First and last day. Raises Refusal: NOT_FOUND for what is no day."""
    try:
        last = date.fromisoformat(params.get("last", ""))
        return date.fromisoformat(params.get("first") or params["last"]), last
    except ValueError:
        raise Refusal(NOT_FOUND) from None


def _chosen(params: Mapping[str, str]) -> Chosen:
    organization = params.get("organization", "")
    try:
        wanted = UUID(organization) if organization else None
    except ValueError:
        raise Refusal(NOT_FOUND) from None
    return Chosen(params.get("category", ""), params.get("town", ""), wanted, params.get("department", ""))


def _by(params: Mapping[str, str]) -> Grouping:
    try:
        return Grouping(params.get("by", "town"))
    except ValueError:
        raise Refusal(NOT_FOUND) from None


def _grouped(params: Mapping[str, str]) -> dict[str, Any]:
    """What a table is asked for besides its days."""
    return {"by": _by(params), "chosen": _chosen(params), "with_empty": bool(params.get("with_empty"))}
