"""Reads of the flow 人流: how many checked in, were measured, abnormal, from afar, by hour, day and checkpoint.

All but people is read from the rollup that the lane keeps with each check-in; the lists in `queries` are the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import Sum

from outpost.core.db import rows_of
from outpost.venues.models import Checkpoint, Flow, MemberFlow, Venue
from outpost.venues.queries import members

HOURS = range(24)
LONGEST = 62
"""Days of a range on a page or in its file; the flow itself is kept longer."""
KNOWN_FROM = timedelta(days=14)
"""How far back somebody had come who returns: as long as a citizen sees their own check-ins."""


@dataclass(frozen=True, slots=True)
class Counts:
    """打卡, 测温, 异常, 异地 (of check-ins by phone alone), 测量失败, 未放行 (of inspectors alone)."""

    check_ins: int = 0
    temperatures: int = 0
    abnormal: int = 0
    remote: int = 0
    failed: int = 0
    turned_away: int = 0

    def __add__(self, other: Self) -> "Counts":
        return Counts(
            self.check_ins + other.check_ins,
            self.temperatures + other.temperatures,
            self.abnormal + other.abnormal,
            self.remote + other.remote,
            self.failed + other.failed,
            self.turned_away + other.turned_away,
        )


NOBODY = Counts()
_INSPECTED = ("check_ins", "temperatures", "abnormal", "failed", "turned_away")
_COUNTED = ("check_ins", "temperatures", "abnormal", "remote")


@dataclass(frozen=True, slots=True)
class CheckpointFlow:
    """How many came by a checkpoint on the day, and on all days that are kept."""

    id: UUID
    name: str
    today: int
    all: int


@dataclass(frozen=True, slots=True)
class InspectorFlow:
    """What an inspector (masked) did on the day, and on all days that are kept."""

    name: str
    today: Counts
    all: Counts

    def report(self) -> dict[str, Any]:
        """JSON-ready: check-ins, like those of a checkpoint, and temperatures beside."""
        return {
            "name": self.name,
            "today": self.today.check_ins,
            "all": self.all.check_ins,
            "temperatures_today": self.today.temperatures,
            "temperatures": self.all.temperatures,
            "failed": self.all.failed,
            "turned_away": self.all.turned_away,
        }


@dataclass(frozen=True, slots=True)
class DayFlow:
    """The flow of a venue on a local day. `people`: each once, however often they came; `returning`: those of them who
    had come on one of the days before (`KNOWN_FROM`)."""

    on: date
    hours: tuple[Counts, ...]
    people: int
    returning: int
    checkpoints: tuple[CheckpointFlow, ...]
    inspectors: tuple[InspectorFlow, ...]

    @property
    def total(self) -> Counts:
        return sum(self.hours, NOBODY)

    @property
    def turned_away(self) -> int:
        """How many the inspectors did not let in; nobody is named."""
        return sum(one.today.turned_away for one in self.inspectors)

    def report(self, venue: Venue) -> dict[str, Any]:
        """JSON-ready, as `outpost report flow` prints it."""
        total = self.total
        return {
            "venue": venue.name,
            "date": self.on.isoformat(),
            "hours": [{"hour": hour, "check_ins": self.hours[hour].check_ins} for hour in HOURS],
            "check_ins": total.check_ins,
            "people": self.people,
            "returning": self.returning,
            "temperatures": total.temperatures,
            "abnormal": total.abnormal,
            "remote": total.remote,
            "turned_away": self.turned_away,
            "checkpoints": [
                {"name": one.name, "today": one.today, "all": one.all} for one in self.checkpoints
            ],
            "inspectors": [one.report() for one in self.inspectors],
        }


def day_flow(venue: Venue, on: date) -> DayFlow:
    """The flow of a venue in reach on a day."""
    mine = Flow.objects.filter(venue_id=venue.id)
    hours: defaultdict[int, Counts] = defaultdict(lambda: NOBODY)
    today = Counter[UUID]()
    for hour, checkpoint_id, *counted in mine.filter(day=on).values_list("hour", "checkpoint_id", *_COUNTED):
        hours[hour] += Counts(*counted)
        today[checkpoint_id] += counted[0]
    return DayFlow(
        on,
        tuple(hours[hour] for hour in HOURS),
        people_on(venue.id, on),
        returning_on(venue.id, on),
        tuple(_checkpoints(venue, today)),
        tuple(_inspectors(venue, on)),
    )


def people_on(venue_id: UUID, on: date) -> int:
    """How many people came to a venue on a day; who they were is not told."""
    return int(rows_of("SELECT venues_people_on(%s, %s)", [venue_id, on])[0][0])


def returning_on(venue_id: UUID, on: date) -> int:
    """How many of them had come on one of the days before; nobody is told who, or when."""
    found = rows_of("SELECT venues_returning_on(%s, %s, %s)", [venue_id, on, on - KNOWN_FROM])
    return int(found[0][0])


def _checkpoints(venue: Venue, today: Counter[UUID]) -> Iterator[CheckpointFlow]:
    """The open ones, and those closed by now by which somebody came."""
    flow = Flow.objects.filter(venue_id=venue.id).values("checkpoint_id")
    came = dict(flow.annotate(n=Sum("check_ins")).values_list("checkpoint_id", "n"))
    for one in Checkpoint.objects.filter(venue=venue):
        if one.closed_at is None or one.id in came:
            yield CheckpointFlow(one.id, one.name, today[one.id], came.get(one.id, 0))


def _inspectors(venue: Venue, on: date) -> Iterator[InspectorFlow]:
    """Who inspects here, and who has left by now and did so."""
    today, all_days = defaultdict[UUID, Counts](lambda: NOBODY), defaultdict[UUID, Counts](lambda: NOBODY)
    rows = MemberFlow.objects.filter(venue_id=venue.id).values("member_id", "day")
    found = rows.annotate(*map(Sum, _INSPECTED)).values_list(
        "member_id", "day", *(f"{name}__sum" for name in _INSPECTED)
    )
    for member_id, day, *counted in found:
        counts = Counts(**dict(zip(_INSPECTED, counted, strict=True)))
        all_days[member_id] += counts
        if day == on:
            today[member_id] += counts
    working = [one.id for one in members.members_of(venue)]
    names = members.names({*working, *all_days})
    for member_id in dict.fromkeys((*working, *all_days)):
        yield InspectorFlow(names.get(member_id, "–"), today[member_id], all_days[member_id])


def daily_flow(venue: Venue, first: date, last: date) -> list[tuple[date, Counts]]:
    """The flow of every day of a range, the last first."""
    found = Flow.objects.filter(venue_id=venue.id, day__range=(first, last)).values("day")
    by_day = {
        day: Counts(*counted)
        for day, *counted in found.annotate(*map(Sum, _COUNTED)).values_list(
            "day", *(f"{name}__sum" for name in _COUNTED)
        )
    }
    days = (last - timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, by_day.get(day, NOBODY)) for day in days]


def flow_rows(venue: Venue, first: date, last: date) -> Iterator[tuple[date, int, str, Counts]]:
    """Day, hour, checkpoint and how many: what the file of the flow holds, in its order."""
    names = dict(Checkpoint.objects.filter(venue=venue).values_list("id", "name"))
    found = Flow.objects.filter(venue_id=venue.id, day__range=(first, last)).order_by("day", "hour")
    for day, hour, checkpoint_id, *counted in found.values_list("day", "hour", "checkpoint_id", *_COUNTED):
        yield day, hour, names[checkpoint_id], Counts(*counted)


def inspected_rows(venue: Venue, first: date, last: date) -> Iterator[tuple[date, str, str, Counts]]:
    """Day, inspector (masked), checkpoint and how many: what the file by inspector holds, in its order."""
    places = dict(Checkpoint.objects.filter(venue=venue).values_list("id", "name"))
    found = MemberFlow.objects.filter(venue_id=venue.id, day__range=(first, last))
    names = members.names(set(found.values_list("member_id", flat=True)))
    for one in found.order_by("day", "member_id", "checkpoint_id"):
        counts = Counts(**{name: getattr(one, name) for name in _INSPECTED})
        yield one.day, names.get(one.member_id, ""), places.get(one.checkpoint_id, ""), counts
