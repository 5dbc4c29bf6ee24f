"""Statistics of venues as files: numbers alone, nobody in particular."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core.actor import Actor
from outpost.core.clock import check_day
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.venues import flow, queries
from outpost.venues.actions import EXPORT_FLOW
from outpost.venues.models import Venue


class FlowExport(ExportKind):
    """The flow of a venue, a line for each hour and checkpoint of a range of days."""

    page: ClassVar[str] = "flow"
    views = (
        View("venues.flow", EXPORT_FLOW, gettext_lazy("Flow of a venue"), gettext_lazy("Export the flow")),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal NOT_FOUND for what is no day, UNKNOWN_VENUE out of reach."""
        kept = {name: params.get(name, "") for name in ("venue", "first", "last")}
        _days(kept)
        _venue(kept, actor)
        return kept

    def title(self, params: Mapping[str, str]) -> str:
        return f"{self.label}-{params['first']}-{params['last']}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [
            *(_("Venue"), _("Day"), _("Hour"), _("Checkpoint")),
            *(_("Check-ins"), _("Temperatures taken"), _("Abnormal temperatures")),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        venue = _venue(params, actor)
        for on, hour, checkpoint, counts in flow.flow_rows(venue, *_days(params)):
            counted = (counts.check_ins, counts.temperatures, counts.abnormal)
            yield venue.name, on, hour, checkpoint, *counted


def _days(params: Mapping[str, str]) -> tuple[date, date]:
    try:
        return check_day(date.fromisoformat(params["first"])), check_day(date.fromisoformat(params["last"]))
    except ValueError:
        raise Refusal(NOT_FOUND) from None


def _venue(params: Mapping[str, str], actor: Actor) -> Venue:
    return queries.venue_named(params["venue"], actor=actor, action=EXPORT_FLOW)
