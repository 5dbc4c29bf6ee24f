"""Reads of the arrivals feed: how it stands, the counts of each day, what left, the records of a day in clear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from outpost.core.actor import Actor
from outpost.core.clock import day_span, local_day, zone
from outpost.core.crypto import ring
from outpost.sites.actions import SEE_ARRIVALS
from outpost.sites.models.arrivals import THE_FEED, Arrival, ArrivalFeed, ArrivalQuerySet, ArrivalRun
from outpost.sites.rules.arrivals import ArrivalEvent, Way

DAYS_SHOWN, RUNS_SHOWN = 14, 50


@dataclass(frozen=True, slots=True)
class FeedState:
    """How the feed stands. `waiting`: records that the peer has not taken; `waiting_since`: the oldest of them."""

    feed: ArrivalFeed
    waiting: int
    waiting_since: datetime | None

    @property
    def peer(self) -> str:
        """Host and path of the address that was agreed to; what is behind a question mark stays out of sight."""
        return _shown(self.feed.agreed_url)

    @property
    def asked_peer(self) -> str:
        return _shown(self.feed.asked_url)

    @property
    def has_moved(self) -> bool:
        """Whether another address is configured than the one that was agreed to."""
        return self.feed.is_on and self.feed.agreed_url != settings.OUTPOST_ARRIVALS_URL


def feed() -> ArrivalFeed:
    """The state of the feed, never asked for yet: off."""
    return ArrivalFeed.objects.filter(id=THE_FEED).first() or ArrivalFeed()


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if url else ""


def state() -> FeedState:
    """Of the whole district: numbers alone."""
    found = feed()
    waiting = Arrival.objects.filter(Q(number__isnull=True) | Q(number__gt=found.delivered))
    oldest = waiting.order_by("occurred_at").values_list("occurred_at", flat=True).first()
    return FeedState(found, waiting.count(), oldest)


@dataclass(frozen=True, slots=True)
class DayCounts:
    """对账: what happened on a day, and how much of it the peer has taken, for both sides to compare."""

    on: date
    registered: int = 0
    changed: int = 0
    withdrawn: int = 0
    delivered: int = 0

    @property
    def records(self) -> int:
        return self.registered + self.changed + self.withdrawn

    @property
    def is_whole(self) -> bool:
        return self.delivered == self.records


def daily_counts(first: date, last: date, *, actor: Actor) -> list[DayCounts]:
    """The days of a range on which something happened, the last first, within the actor's reach."""
    begins_at, ends_at = day_span(first, last)
    mine = Arrival.objects.visible_to(actor, SEE_ARRIVALS)
    found = mine.filter(occurred_at__gte=begins_at, occurred_at__lt=ends_at)
    of = {event.value: Count("entry", filter=Q(event=event.value)) for event in ArrivalEvent}
    days = found.annotate(on=TruncDate("occurred_at", tzinfo=zone())).values("on")
    counted = days.annotate(**of, delivered=Count("delivered_at")).order_by("-on")
    return [DayCounts(**row) for row in counted]


def recent_counts(*, actor: Actor, at: datetime) -> list[DayCounts]:
    today = local_day(at)
    return daily_counts(today - timedelta(days=DAYS_SHOWN - 1), today, actor=actor)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the log."""

    run: ArrivalRun

    @property
    def way(self) -> Way:
        return Way(self.run.way)


def runs() -> list[RunRow]:
    """The last lines of the log, the latest first."""
    return [RunRow(one) for one in ArrivalRun.objects.order_by("-started_at")[:RUNS_SHOWN]]


def of_day(on: date, *, actor: Actor, action: str) -> ArrivalQuerySet:
    """The numbered records of what happened on a day, in their order."""
    begins_at, ends_at = day_span(on, on)
    mine = Arrival.objects.visible_to(actor, action)
    return mine.filter(occurred_at__gte=begins_at, occurred_at__lt=ends_at, number__isnull=False).order_by(
        "number"
    )


def in_clear(found: Sequence[Arrival] | ArrivalQuerySet) -> Iterator[tuple[Arrival, Mapping[str, str]]]:
    """These records with what they say of their people; whoever calls keeps the look first."""
    keys = ring()
    for one in found:
        yield one, orjson.loads(keys.open(one.sealed, one.sealing_context))["person"]
