"""Alerts as files: who missed a category's rule on a day, and the summary of all categories."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, as_not_found
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.compliance import Standing, compliance, total_of
from outpost.sentinel.queries.missed import PLACES, missed_in, number_in, people
from outpost.sentinel.sheets.views import OWN, PEOPLE, in_clear, masked


class _DayExport(ExportKind):
    """A file of one day's match; parameter `on`, an ISO date; `also` names those that narrow it."""

    also: ClassVar[tuple[str, ...]] = ()

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Keep the day. Raises Refusal NOT_FOUND for what is none, or out of reach."""
        kept = {name: params[name] for name in ("category", "on", *self.also) if params.get(name)}
        with as_not_found():
            self.standings(kept, actor)
        return kept

    def standings(self, params: Mapping[str, str], actor: Actor) -> list[Standing]:
        """The day's standings, of one category or of all, as far as this file's right reaches."""
        codes = [params["category"]] if "category" in params else None
        on = date.fromisoformat(params.get("on", ""))
        return compliance(on, actor=actor, at=clock.now(), categories=codes, action=self.action)


class MissedExport(_DayExport):
    """Who missed, identities masked or in clear."""

    page: ClassVar[str] = "missed"
    also: ClassVar[tuple[str, ...]] = PLACES
    rows_label = PEOPLE
    views = (
        View(
            *("sentinel.own_missed", OWN, gettext_lazy("Own staff who missed the rule")),
            button=gettext_lazy("Excel list"),
            is_clear=True,
        ),
        in_clear(
            "sentinel.missed_in_clear",
            gettext_lazy("Missed the rule, identities in clear"),
            gettext_lazy("Excel list in clear"),
        ),
        masked(
            "sentinel.missed", gettext_lazy("Missed the rule, masked"), gettext_lazy("Excel list, masked")
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """As for every day, of one category. Raises Refusal NOT_FOUND without it."""
        if not params.get("category"):
            raise Refusal(NOT_FOUND)
        return super().check(params, actor)

    def title(self, params: Mapping[str, str]) -> str:
        name = categories.known_category(params["category"]).name
        return _("Missed the rule-{category}-{on}").format(category=name, on=params["on"])

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - the same for every category
        return [
            _("Name of the enterprise"),
            _("Full name"),
            _("Mobile number"),
            _("Person in charge"),
            _("Phone of the principal"),
            _("Time of the last test"),
        ]

    def count(self, params: Mapping[str, str], actor: Actor) -> int:
        return sum(number_in(standing, **_places(params)) for standing in self.standings(params, actor))

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        for standing in self.standings(params, actor):
            wanted = missed_in(standing, **_places(params)).values_list("id", flat=True)
            for one in people(standing, staff=list(wanted), is_clear=self.view.is_clear):
                yield (
                    *(one.organization, one.name, one.phone),
                    *(one.principal, one.principal_phone, one.last_sampled_at),
                )

    def people(self, params: Mapping[str, str], actor: Actor) -> Iterable[UUID]:
        places = _places(params)
        for standing in self.standings(params, actor):
            yield from missed_in(standing, **places).values_list("person_id", flat=True)


def _places(params: Mapping[str, str]) -> dict[str, str]:
    return {name: params[name] for name in PLACES if name in params}


class SummaryExport(_DayExport):
    """The summary of all categories with its total, as the command group gets it: no identities."""

    page: ClassVar[str] = "compliance"
    views = (
        View(
            *("sentinel.alert_summary", SEE_COMPLIANCE, gettext_lazy("Summary of all categories")),
            button=gettext_lazy("Excel summary"),
        ),
    )

    def title(self, params: Mapping[str, str]) -> str:
        return _("Missed tests, summary-{on}").format(on=params["on"])

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - always the same
        return [
            _("Kind of sentinel staff"),
            _("Responsible department"),
            _("Total number of staff"),
            _("Not tested as required"),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        standings = self.standings(params, actor)
        for standing in standings:
            department = standing.category.department
            name = department.name if department else None
            yield standing.category.name, name, standing.staff, standing.missed
        total = total_of(standings)
        yield _("Total"), None, total.staff, total.missed
