"""Statistics of venues as files: numbers alone, nobody in particular."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.clock import check_day
from outpost.core.errors import NOT_FOUND, Refusal, as_not_found
from outpost.core.sheets.writing import Cell, Table
from outpost.exchange.kinds import ExportKind, View
from outpost.venues.actions import EXPORT_FLOW
from outpost.venues.models import Venue
from outpost.venues.queries import flow, venues
from outpost.venues.queries.overview import Look, venue_states

Row: TypeAlias = tuple[Cell, ...]


class FlowExport(ExportKind):
    """The flow of a venue, a line for each hour and checkpoint of a range of days."""

    page: ClassVar[str] = "flow"
    views = (
        View(
            "venues.flow",
            EXPORT_FLOW,
            gettext_lazy("Hours of a venue"),
            gettext_lazy("Export by hour and checkpoint"),
        ),
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
        return [_("Venue"), _("Day"), _("Hour"), _("Checkpoint"), *_counted_headers()]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        venue = _venue(params, actor)
        for on, hour, checkpoint, counts in flow.flow_rows(venue, *_days(params)):
            yield venue.name, on, hour, checkpoint, *_counted(counts)


class InspectedExport(FlowExport):
    """What each inspector of a venue did, a line for each checkpoint and day of a range."""

    views = (
        View(
            "venues.inspected",
            EXPORT_FLOW,
            gettext_lazy("Numbers by inspector"),
            gettext_lazy("Export by inspector"),
        ),
    )

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [_("Venue"), _("Day"), _("Inspector"), _("Checkpoint"), *_inspected_headers()]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        venue = _venue(params, actor)
        for on, name, checkpoint, counts in flow.inspected_rows(venue, *_days(params)):
            yield venue.name, on, name, checkpoint, *_inspected(counts)


class DayExport(FlowExport):
    """检测统计 as its page shows it: a sheet for each of its tables, of the last day of a range and of all its days."""

    views = (
        View(
            "venues.day",
            EXPORT_FLOW,
            gettext_lazy("Visitor statistics"),
            gettext_lazy("Export the statistics"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal NOT_FOUND for what is no day and more days than the page shows, UNKNOWN_VENUE."""
        kept = super().check(params, actor)
        first, last = _days(kept)
        if not timedelta() <= last - first < timedelta(days=flow.LONGEST):
            raise Refusal(NOT_FOUND)
        return kept

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        """What all of its sheets hold."""
        people = (_("People"), _("Had come in the 14 days before"))
        inspected = (_("Failed measurements"), _("Turned away"))
        return [
            *(_("Day"), _("Hour"), _("Checkpoint"), _("Inspector")),
            *(*people, *_counted_headers(), *inspected),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        """What stands above the tables of the page, and of when it is."""
        venue, (_first, last), at = _venue(params, actor), _days(params), clock.now()
        found = flow.day_flow(venue, last)
        total = found.total
        yield _("Venue"), venue.name
        yield _("Day"), last
        yield _("As of"), at.astimezone(clock.zone()).replace(tzinfo=None)
        yield _("Check-ins"), total.check_ins
        yield _("People"), found.people
        yield _("Had come in the 14 days before"), found.returning
        yield _("Temperatures taken"), total.temperatures
        yield _("Abnormal temperatures"), total.abnormal
        yield _("Remote check-ins"), total.remote
        if found.inspectors:
            yield _("Turned away at the gate"), found.turned_away

    def tables(self, params: Mapping[str, str], actor: Actor) -> Iterator[Table]:
        venue, (first, last) = _venue(params, actor), _days(params)
        found = flow.day_flow(venue, last)
        yield Table(self.title(params), [_("Figure"), _("Value")], self.rows(params, actor))
        hours: Iterator[Row] = (
            (f"{hour:02}:00", *_counted(counts)) for hour, counts in enumerate(found.hours)
        )
        yield Table(_("By hour"), [_("Hour"), *_counted_headers()], hours)
        days: Iterator[Row] = ((on, *_counted(counts)) for on, counts in flow.daily_flow(venue, first, last))
        yield Table(_("Day by day"), [_("Day"), *_counted_headers()], days)
        places: Iterator[Row] = ((one.name, one.today, one.all) for one in found.checkpoints)
        yield Table(_("By checkpoint"), [_("Checkpoint"), _("On the day"), _("In all")], places)
        yield Table(_("By inspector"), _inspector_headers(), map(_inspector, found.inspectors))


def _counted_headers() -> list[str]:
    return [_("Check-ins"), _("Temperatures taken"), _("Abnormal temperatures"), _("Remote check-ins")]


def _counted(counts: flow.Counts) -> tuple[int, ...]:
    return counts.check_ins, counts.temperatures, counts.abnormal, counts.remote


def _inspector_headers() -> list[str]:
    of_day, in_all = _("On the day"), _("In all")
    return [
        _("Inspector"),
        *(f"{name} · {when}" for when in (of_day, in_all) for name in _inspected_headers()),
    ]


def _inspected_headers() -> list[str]:
    measured = (_("Check-ins"), _("Temperatures taken"), _("Abnormal temperatures"))
    return [*measured, _("Failed measurements"), _("Turned away")]


def _inspected(counts: flow.Counts) -> tuple[int, ...]:
    return counts.check_ins, counts.temperatures, counts.abnormal, counts.failed, counts.turned_away


def _inspector(one: flow.InspectorFlow) -> Row:
    return one.name, *_inspected(one.today), *_inspected(one.all)


class OverviewExport(ExportKind):
    """The venues as they are just now, those that the page shows."""

    page: ClassVar[str] = "venue_states"
    views = (
        View(
            "venues.overview",
            EXPORT_FLOW,
            gettext_lazy("Venues at a glance"),
            gettext_lazy("Export the table"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:  # noqa: ARG002 - as every kind
        """Raises Refusal NOT_FOUND for a look that there is not."""
        kept = {name: params[name] for name in ("look", "town", "kind") if params.get(name)}
        if kept.get("look", Look.TODAY) not in set(Look):
            raise Refusal(NOT_FOUND)
        return kept

    def title(self, params: Mapping[str, str]) -> str:  # noqa: ARG002 - as every kind
        return f"{self.label}-{clock.local_day(clock.now())}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [
            *(_("Venue"), _("Kind of venue"), _("Town"), _("Check-ins today"), _("In whole hours")),
            *(_("Usual by now"), _("Against usual"), _("Abnormal temperatures"), _("Last check-in")),
            _("Remote check-ins"),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        narrowed = {key: value for key, value in params.items() if key != "look"}
        for one in venue_states(actor=actor, at=clock.now(), action=self.action, **narrowed):
            if "look" not in params or Look(params["look"]).shows(one):
                change = one.unlike.label if one.unlike else ""
                place = (one.name, one.venue.kind.label, one.venue.region.name)
                yield (
                    *place,
                    one.check_ins,
                    one.so_far,
                    one.usual,
                    change,
                    one.abnormal,
                    one.last_on,
                    one.remote,
                )


def _days(params: Mapping[str, str]) -> tuple[date, date]:
    with as_not_found():
        return check_day(date.fromisoformat(params["first"])), check_day(date.fromisoformat(params["last"]))


def _venue(params: Mapping[str, str], actor: Actor) -> Venue:
    return venues.venue_named(params["venue"], actor=actor, action=EXPORT_FLOW)
