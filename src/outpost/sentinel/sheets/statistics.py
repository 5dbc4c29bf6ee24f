"""The statistics out: the two tables, and the organisations, people and samples behind their numbers.

People go out masked, in clear for a purpose, or as a principal's own staff.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, cast
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.masking import mask_document, mask_name, mask_phone
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.health.actions import SEE_FACTS
from outpost.people import seals as people
from outpost.people.rules import DocumentType
from outpost.regions.queries import principal_of
from outpost.sentinel import labels
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
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


class _TableExport(StatisticsExport):
    parameters: ClassVar[frozenset[str]] = frozenset({"by", "category", "with_empty"})

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        kept = super().check(params, actor)
        _by(kept)
        return kept


class NatTableExport(_TableExport):
    """核酸数据统计 as a table."""

    page: ClassVar[str] = "nat_statistics"
    views = (
        View(
            "sentinel.nat_statistics",
            EXPORT,
            gettext_lazy("Test statistics"),
            gettext_lazy("Export the table"),
        ),
    )

    def headers(self, params: Mapping[str, str]) -> list[str]:
        return [
            str(labels.GROUPINGS[_by(params)]),
            *(
                _("Number of organisations"),
                _("Number of staff"),
                _("Tested"),
                _("Not tested"),
                _("Samples"),
                _("Rate %"),
            ),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        rows = statistics.nat_statistics(
            *_days(params),
            by=_by(params),
            actor=actor,
            chosen=_chosen(params),
            with_empty=_with_empty(params),
        )
        for row in [*rows, statistics.nat_total(rows)]:
            name = row.group if row.key else _("Total")
            yield name, row.organizations, row.staff, row.tested, row.untested, row.samples, row.rate


class VaccinationTableExport(_TableExport):
    """疫苗数据统计 as a table that adds up."""

    page: ClassVar[str] = "vaccination_statistics"
    views = (
        View(
            "sentinel.vaccination_statistics",
            EXPORT,
            gettext_lazy("Vaccination statistics"),
            gettext_lazy("Export the table"),
        ),
    )

    def headers(self, params: Mapping[str, str]) -> list[str]:
        figures = (
            *(_("May be given"), _("People vaccinated"), _("Vaccination rate")),
            *(_("Shown by a later dose"), _("Not due yet"), _("Does not apply")),
        )
        of_doses = [
            _("{dose}: {figure}").format(dose=dose, figure=figure)
            for dose in labels.DOSE_NAMES.values()
            for figure in figures
        ]
        return [
            str(labels.GROUPINGS[_by(params)]),
            _("Number of organisations"),
            _("Number of staff"),
            *of_doses,
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        rows = statistics.vaccination_statistics(
            _days(params)[1],
            by=_by(params),
            actor=actor,
            chosen=_chosen(params),
            with_empty=_with_empty(params),
        )
        for row in [*rows, statistics.vaccination_total(rows)]:
            doses = (
                (dose.eligible, dose.done, dose.rate, dose.by_later, dose.not_due, dose.not_applicable)
                for dose in row.doses
            )
            name = row.group if row.key else _("Total")
            yield name, row.organizations, row.staff, *(cell for dose in doses for cell in dose)


class CountedExport(StatisticsExport):
    """What stands behind a number. The columns are fixed, for a number may span categories."""

    parameters: ClassVar[frozenset[str]] = frozenset(
        {"category", "town", "organization", "department", "figure"}
    )
    sees: ClassVar[str] = SEE_STAFF

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
    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]: ...

    def person(self, member: StaffMember) -> tuple[Cell, ...]:
        """The cells of PERSON."""
        keys = ring()
        stated = open_staff(keys, member.enrolment_id, member.person_id, member.sealed)
        person = member.person
        document = people.open_identity(keys, person.person_id, person.doc_type, person.sealed)
        organization = member.enrolment.organization
        return (
            organization.region.name,
            organization.name,
            member.enrolment.category.name,
            stated.name if self.view.is_clear else mask_name(stated.name),
            member.job_type,
            stated.phone if self.view.is_clear else mask_phone(stated.phone),
            DocumentType(person.doc_type).label,
            document.number if self.view.is_clear else mask_document(document.number),
        )


def _person_headers() -> list[str]:
    return [
        *(_("Town"), _("Organisation"), _("Category"), _("Full name"), _("Job type")),
        *(_("Mobile number"), _("Document type"), _("ID number")),
    ]


class CountedStaffExport(CountedExport):
    """The people behind a number, masked or in clear."""

    page: ClassVar[str] = "counted_staff"
    rows_label = PEOPLE
    views = (
        View(
            *("sentinel.counted_own_staff", OWN, gettext_lazy("Own staff of a figure")),
            button=gettext_lazy("Export all"),
            is_clear=True,
        ),
        masked(
            "sentinel.counted_staff",
            gettext_lazy("Staff of a figure, masked"),
            gettext_lazy("Export, masked"),
        ),
        in_clear(
            "sentinel.counted_staff_in_clear",
            gettext_lazy("Staff of a figure, identities in clear"),
            gettext_lazy("Export in clear"),
        ),
    )

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - by the contract
        doses = map(str, labels.DOSE_NAMES.values())
        return [*_person_headers(), _("Joined on"), _("Tests in these days"), *doses, _("Left the ledger on")]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        figure = params.get("figure", "")
        for members, facts in lists.all_staff(self.ledger(params, actor), figure):
            for member in members:
                found = facts[member.id]
                doses = (dose.label for dose in found.doses)
                yield *self.person(member), member.joined_on, found.samples, *doses, lists.left_on(member)

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return lists.staff_count(self.ledger(params, actor), params.get("figure", ""))


class CountedSamplesExport(CountedExport):
    """The samples of a range, identities masked or in clear."""

    page: ClassVar[str] = "counted_samples"
    rows_label = ngettext_lazy("{n} sample", "{n} samples", "n")
    views = (
        masked(
            "sentinel.counted_samples",
            gettext_lazy("Samples of a figure, masked"),
            gettext_lazy("Export, masked"),
        ),
        in_clear(
            "sentinel.counted_samples_in_clear",
            gettext_lazy("Samples of a figure, identities in clear"),
            gettext_lazy("Export in clear"),
        ),
    )

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - by the contract
        facts = (_("Sampled at"), _("Result"), _("Laboratory"), _("Left the ledger on"))
        return [*_person_headers(), *facts]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        actor.require(SEE_FACTS)
        zone = clock.zone()
        for member, sampled_at, result, laboratory in lists.all_samples(self.ledger(params, actor)):
            local = sampled_at.astimezone(zone).replace(tzinfo=None)
            label = result.label
            yield *self.person(member), local, label, laboratory, lists.left_on(member)

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return lists.sample_count(self.ledger(params, actor))


class CountedOrganizationsExport(CountedExport):
    """The organisations behind a number, principals masked or in clear."""

    page: ClassVar[str] = "counted_organizations"
    rows_label = COMPANIES
    views = (
        masked(
            "sentinel.counted_organizations",
            gettext_lazy("Organisations of a figure, masked"),
            gettext_lazy("Export, masked"),
        ),
        in_clear(
            "sentinel.counted_organizations_in_clear",
            gettext_lazy("Organisations of a figure, principals in clear"),
            gettext_lazy("Export in clear"),
        ),
    )
    sees: ClassVar[str] = SEE_ORGANIZATIONS

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - by the contract
        return [
            *(_("Town"), _("Organisation"), _("Category"), _("Person in charge")),
            *(_("Phone of the principal"), _("Staff"), _("Left the ledger on")),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        for enrolment, staff in lists.all_organizations(self.ledger(params, actor)):
            organization = enrolment.organization
            principal = principal_of(organization)
            yield (
                organization.region.name,
                organization.name,
                enrolment.category.name,
                principal.name if self.view.is_clear else mask_name(principal.name),
                principal.phone if self.view.is_clear else mask_phone(principal.phone),
                staff,
                clock.local_day(enrolment.removed_at) if enrolment.removed_at else None,
            )

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


def _by(params: Mapping[str, Any]) -> Grouping:
    by = params.get("by", "town")
    if by not in statistics.GROUPINGS:
        raise Refusal(NOT_FOUND)
    return cast(Grouping, by)


def _with_empty(params: Mapping[str, str]) -> bool:
    return bool(params.get("with_empty"))
