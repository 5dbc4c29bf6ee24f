"""检测统计: the flow of one venue by hour, day and checkpoint; each number opens the check-ins that it counts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.days import RangeForm
from outpost.pages.doors import PageRequest, door
from outpost.venues.actions import SEE_CHECK_INS, SEE_FLOW, SEE_VENUES
from outpost.venues.models import Venue
from outpost.venues.queries import flow, venues
from outpost.venues.queries.check_ins import ABNORMAL, MEASURED
from outpost.venues.queries.flow import Counts
from outpost.venues.rules import Mark


class Number(NamedTuple):
    """A number and the list that it opens; none where there is none."""

    value: int
    url: str = ""


class Line(NamedTuple):
    """An hour or a day with its numbers. `url` opens the day."""

    name: Any
    numbers: Sequence[Number]
    url: str = ""


class Table(NamedTuple):
    """Lines below one another; `most` check-ins of one of them end the bars."""

    lines: Sequence[Line]
    most: int


@door(SEE_FLOW)
@require_GET
def flow_page(request: PageRequest, venue_id: UUID) -> HttpResponse:
    """The flow of the last day of a range by hour and checkpoint, and by day over the range."""
    venue = venues.venue_row(venue_id, actor=request.actor, action=SEE_FLOW).venue
    opens = venue if request.actor.may(SEE_CHECK_INS) else None
    at = clock.now()
    first, last = _days(request, clock.local_day(at))
    found = flow.day_flow(venue, last)
    hours = enumerate(found.hours)
    days = flow.daily_flow(venue, first, last)
    context = {
        "venue": venue,
        "form": RangeForm({"first": first, "last": last}),
        "on": last,
        "at": at,
        "trail": [{"url": _above(request, venue), "label": venue.name}],
        "tiles": _numbers(opens, found.total, on=last),
        "people": found.people,
        "returning": found.returning,
        "turned_away": found.turned_away,
        "hours": _table(
            Line(f"{hour:02}:00", _numbers(opens, counts, on=last, hour=hour)) for hour, counts in hours
        ),
        "days": _table(
            Line(on, _numbers(opens, counts, on=on), address("venues:flow", venue.id, last=on))
            for on, counts in days
        ),
        "checkpoints": [
            (one, _opened(opens, one.today, on=last, checkpoint=one.id)) for one in found.checkpoints
        ],
        "inspectors": found.inspectors,
        "exports": exports_for(request.actor, "flow", {"venue": venue.id, "first": first, "last": last}),
    }
    return render(request, "venues/flow.html", context)


def _above(request: PageRequest, venue: Venue) -> str:
    """The venue's page; an inspector's own, who has none of the venue."""
    may_see = request.actor.may(SEE_VENUES)
    return reverse("venues:venue", args=[venue.id]) if may_see else reverse("venues:work")


def _days(request: PageRequest, today: date) -> tuple[date, date]:
    """First and last day: none ahead, and not too many. Raises Refusal DAY_OUT_OF_RANGE."""
    first, last = (min(clock.check_day(day), today) for day in RangeForm(request.GET).days(today))
    return max(first, last - timedelta(days=flow.LONGEST - 1)), last


def _table(lines: Iterable[Line]) -> Table:
    found = list(lines)
    return Table(found, max((line.numbers[0].value for line in found), default=0) or 1)


def _numbers(opens: Venue | None, counts: Counts, **narrowed: Any) -> list[Number]:
    return [
        _opened(opens, counts.check_ins, **narrowed),
        _opened(opens, counts.temperatures, **narrowed, temperature=MEASURED),
        _opened(opens, counts.abnormal, **narrowed, temperature=ABNORMAL),
        _opened(opens, counts.remote, **narrowed, mark=Mark.REMOTE.value),
    ]


def _opened(opens: Venue | None, value: int, **narrowed: Any) -> Number:
    """`opens`: the venue whose check-ins the reader may see one by one."""
    return Number(value, address("venues:check_ins", opens.id, **narrowed) if value and opens else "")
