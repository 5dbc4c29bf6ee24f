"""The statistics out: the two tables, and the organisations, people and samples behind their numbers.

People go out masked, in clear for a purpose, or as a principal's own staff.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from outpost.core.actor import Actor
from outpost.core.errors import as_not_found
from outpost.exchange.kinds import ExportKind, View
from outpost.figures.declared import Row, Statistic
from outpost.figures.lists import CountedList, Opened
from outpost.figures.sheets import CountedExport, TableExport
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import statistics
from outpost.sentinel.queries.statistics import Chosen, Grouping, lists
from outpost.sentinel.queries.statistics.lists import Asked
from outpost.sentinel.sheets.views import COMPANIES, EXPORT, OWN, PEOPLE, masked_and_clear


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
    views = (View("sentinel.nat_statistics", EXPORT, _("Test statistics"), _("Export the table")),)
    statistic: ClassVar[Statistic] = statistics.TESTS

    def counted(self, params: Mapping[str, str], actor: Actor) -> Sequence[Row]:
        return statistics.nat_statistics(*_days(params), actor=actor, **_grouped(params))


class VaccinationTableExport(_LedgerTableExport):
    """疫苗数据统计 as a table that adds up."""

    page: ClassVar[str] = "vaccination_statistics"
    views = (
        View("sentinel.vaccination_statistics", EXPORT, _("Vaccination statistics"), _("Export the table")),
    )
    statistic: ClassVar[Statistic] = statistics.DOSES

    def counted(self, params: Mapping[str, str], actor: Actor) -> Sequence[Row]:
        return statistics.vaccination_statistics(_days(params)[1], actor=actor, **_grouped(params))


class _CountedExport(CountedExport, StatisticsExport):
    """What stands behind a number of the ledger. The columns are fixed, for a number may span categories."""

    parameters: ClassVar[frozenset[str]] = frozenset(
        {"category", "town", "organization", "department", "figure"}
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        kept = super().check(params, actor)
        _asked(kept)
        return kept

    def opened(self, params: Mapping[str, str], actor: Actor) -> Opened:
        is_clear = self.view.is_clear
        return lists.opened(self.of, _asked(params), actor=actor, also=self.action, is_clear=is_clear)

    def people(self, params: Mapping[str, str], actor: Actor) -> Iterable[UUID]:
        opened = self.opened(params, actor)
        for found in opened.reader.streamed(opened.statement.rows):
            staff = StaffMember.objects.filter(id__in={row[0] for row in found})
            yield from staff.values_list("person_id", flat=True)


class CountedStaffExport(_CountedExport):
    """The people behind a number, masked or in clear."""

    of: ClassVar[CountedList] = lists.STAFF
    page: ClassVar[str] = lists.STAFF.name
    rows_label = PEOPLE
    views = (
        View("sentinel.counted_own_staff", OWN, _("Own staff of a figure"), _("Export all"), is_clear=True),
        *masked_and_clear(
            "sentinel.counted_staff",
            _("Staff of a figure, masked"),
            _("Staff of a figure, identities in clear"),
        ),
    )


class CountedSamplesExport(_CountedExport):
    """The samples of a range, identities masked or in clear."""

    of: ClassVar[CountedList] = lists.SAMPLES
    page: ClassVar[str] = lists.SAMPLES.name
    rows_label = ngettext_lazy("{n} sample", "{n} samples", "n")
    views = masked_and_clear(
        "sentinel.counted_samples",
        _("Samples of a figure, masked"),
        _("Samples of a figure, identities in clear"),
    )


class CountedOrganizationsExport(_CountedExport):
    """The organisations behind a number, principals masked or in clear."""

    of: ClassVar[CountedList] = lists.ORGANIZATIONS
    page: ClassVar[str] = lists.ORGANIZATIONS.name
    rows_label = COMPANIES
    views = masked_and_clear(
        "sentinel.counted_organizations",
        _("Organisations of a figure, masked"),
        _("Organisations of a figure, principals in clear"),
    )


def _asked(params: Mapping[str, str]) -> Asked:
    """The number as the list takes it. Raises Refusal NOT_FOUND."""
    return Asked(*_days(params), _chosen(params), params.get("figure", ""))


def _days(params: Mapping[str, str]) -> tuple[date, date]:
    """First and last day. Raises Refusal: NOT_FOUND for what is no day."""
    with as_not_found():
        last = date.fromisoformat(params.get("last", ""))
        return date.fromisoformat(params.get("first") or params["last"]), last


def _chosen(params: Mapping[str, str]) -> Chosen:
    organization = params.get("organization", "")
    with as_not_found():
        wanted = UUID(organization) if organization else None
    return Chosen(params.get("category", ""), params.get("town", ""), wanted, params.get("department", ""))


def _by(params: Mapping[str, str]) -> Grouping:
    with as_not_found():
        return Grouping(params.get("by", "town"))


def _grouped(params: Mapping[str, str]) -> dict[str, Any]:
    """What a table is asked for besides its days."""
    return {"by": _by(params), "chosen": _chosen(params), "with_empty": bool(params.get("with_empty"))}
