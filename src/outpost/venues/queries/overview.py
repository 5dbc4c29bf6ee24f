"""What a town, a bureau, the district sees of its venues: who is busy, who fell silent, what is unlike itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Q, Sum

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.vocabulary import Vocabulary, Word
from outpost.figures.declared import rate
from outpost.venues.actions import SEE_CHECK_INS
from outpost.venues.models import Flow, Venue
from outpost.venues.rules import Unlike, has_many_remote, unlike

WEEKS = 4
SINCE = 7 * WEEKS
"""Days that are looked at: a venue without a check-in for longer was silent for at least as long."""
ACTIVE_DAYS = 7
"""A venue with a check-in in these days takes part: coverage."""


@dataclass(frozen=True, slots=True)
class VenueState:
    """A venue today. `so_far`: check-ins of the hours that are over, `usual` their mean on this weekday before (None
    where nothing came yet); `silent_days` without a check-in, SINCE for longer."""

    venue: Venue
    check_ins: int
    abnormal: int
    remote: int
    so_far: int
    usual: int | None
    last_on: date | None
    silent_days: int

    @property
    def name(self) -> str:
        return self.venue.name

    @property
    def unlike(self) -> Unlike | None:
        """Remote ones first: where a picture of the code goes round, the rise follows from it."""
        return (
            Unlike.REMOTE if has_many_remote(self.remote, self.check_ins) else unlike(self.so_far, self.usual)
        )

    @property
    def is_active(self) -> bool:
        return self.silent_days < ACTIVE_DAYS


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the venues of a kind or a town, how many take part. `key` as the filter of the list has it."""

    key: str
    name: str
    venues: int
    active: int

    @property
    def share(self) -> str:
        return rate(self.active, self.venues)


class Look(Vocabulary):
    """What a list of venues may be narrowed to."""

    TODAY = Word("today", "今日有打卡", "With check-ins today")
    SILENT_3 = Word("silent_3", "静默 3 天及以上", "Silent for 3 days or more")
    SILENT_7 = Word("silent_7", "静默 7 天及以上", "Silent for 7 days or more")
    SILENT_14 = Word("silent_14", "静默 14 天及以上", "Silent for 14 days or more")
    ABNORMAL = Word("abnormal", "今日有体温异常", "With abnormal temperatures today")
    UNLIKE = Word("unlike", "与往常不同", "Unlike the same weekday before")
    REMOTE = Word("remote", "今日有异地打卡", "With remote check-ins today")

    def shows(self, one: VenueState) -> bool:
        """Whether a venue is meant."""
        name, _sign, days = self.value.partition("_")
        if name == "silent":
            return one.silent_days >= int(days)
        return {
            "today": one.check_ins > 0,
            "abnormal": one.abnormal > 0,
            "unlike": one.unlike is not None,
            "remote": one.remote > 0,
        }[name]


def venue_states(
    *, actor: Actor, at: datetime, town: str = "", kind: str = "", action: str = SEE_CHECK_INS
) -> list[VenueState]:
    """The venues within the actor's reach, the busiest first."""
    found = Venue.objects.visible_to(actor, action).current().select_related("kind", "region")
    narrowed = {key: value for key, value in (("region", town), ("kind", kind)) if value}
    venues = list(found.filter(**narrowed))
    counted = _counted(at)
    states = [_state(venue, counted.get(venue.id, {}), clock.local_day(at)) for venue in venues]
    return sorted(states, key=lambda one: (-one.check_ins, one.name))


def _counted(at: datetime) -> dict[Any, dict[str, Any]]:
    """By venue what the flow says of the last weeks, in one reading."""
    local = at.astimezone(clock.zone())
    today, is_over = local.date(), Q(hour__lt=local.hour)
    weekdays = Q(day__in=_weekdays(today))
    flow = Flow.objects.filter(day__range=(today - timedelta(days=SINCE), today)).values("venue_id")
    counted = flow.annotate(
        today=Sum("check_ins", filter=Q(day=today)),
        feverish=Sum("abnormal", filter=Q(day=today)),
        from_afar=Sum("remote", filter=Q(day=today)),
        so_far=Sum("check_ins", filter=Q(day=today) & is_over),
        before=Sum("check_ins", filter=weekdays & is_over),
        first_on=Min("day"),
        last_on=Max("day"),
    )
    return {one["venue_id"]: dict(one) for one in counted}


def _weekdays(today: date) -> list[date]:
    return [today - timedelta(weeks=n) for n in range(1, WEEKS + 1)]


def _state(venue: Venue, found: Mapping[str, Any], today: date) -> VenueState:
    first_on, last_on = found.get("first_on"), found.get("last_on")
    known = [day for day in _weekdays(today) if first_on is not None and day >= first_on]
    return VenueState(
        venue,
        check_ins=found.get("today") or 0,
        abnormal=found.get("feverish") or 0,
        remote=found.get("from_afar") or 0,
        so_far=found.get("so_far") or 0,
        usual=round((found.get("before") or 0) / len(known)) if known else None,
        last_on=last_on,
        silent_days=SINCE if last_on is None else (today - last_on).days,
    )


def coverage_by_kind(states: Iterable[VenueState]) -> list[Coverage]:
    """In the order of kinds."""
    ordered = sorted(states, key=lambda one: one.venue.kind.position)
    return _coverage((one.venue.kind.code, one.venue.kind.label, one) for one in ordered)


def coverage_by_town(states: Iterable[VenueState]) -> list[Coverage]:
    """In the order of towns."""
    ordered = sorted(states, key=lambda one: one.venue.region.code)
    return _coverage((one.venue.region.code, one.venue.region.name, one) for one in ordered)


def _coverage(found: Iterable[tuple[str, str, VenueState]]) -> list[Coverage]:
    groups: dict[tuple[str, str], list[bool]] = {}
    for key, name, one in found:
        groups.setdefault((key, name), []).append(one.is_active)
    return [Coverage(key, name, len(active), sum(active)) for (key, name), active in groups.items()]


def report(states: Sequence[VenueState], *, on: date, silent: int | None) -> dict[str, Any]:
    """JSON-ready, as `outpost report venues` prints it; `silent` leaves only those without a check-in for so long."""
    shown = [one for one in states if silent is None or one.silent_days >= silent]
    return {
        "date": on.isoformat(),
        "silent": silent,
        "venues": len(states),
        "active": sum(one.is_active for one in states),
        "rows": [
            {
                "venue": one.name,
                "kind": one.venue.kind.name,
                "town": one.venue.region.name,
                "check_ins": one.check_ins,
                "abnormal": one.abnormal,
                "remote": one.remote,
                "so_far": one.so_far,
                "usual": one.usual,
                "last_on": one.last_on,
                "silent_days": one.silent_days,
            }
            for one in shown
        ],
        "kinds": _as_json(coverage_by_kind(states)),
        "towns": _as_json(coverage_by_town(states)),
    }


def _as_json(found: Iterable[Coverage]) -> list[dict[str, Any]]:
    return [
        {"group": one.name, "venues": one.venues, "active": one.active, "rate": one.share} for one in found
    ]
