"""Tables of the arrivals feed 共享公安: its one state, its records, the log of what left."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.sites.models.prevention import OfContract
from outpost.sites.rules.arrivals import ArrivalEvent, Way

THE_FEED = 1
REQUEST = ("asked_by", "asked_at", "asked_url")
"""Columns of the feed: who wants it on, to which address."""
TURN = ("failures", "failing_since", "next_at", "code", "lease", "leased_until")
"""Columns of the feed: how sending goes on."""


def arrival_context(event_id: UUID | str) -> str:
    """What a sealed record is bound to."""
    return f"sites.arrival:{event_id}"


class ArrivalFeed(models.Model):
    """The state of the feed; one row. On, it writes records and sends them to `agreed_url` (empty: to nobody, the peer
    fetches).

    `numbered`: the last number that was given; `delivered`: the last that the peer took. `failures` in a row, since
    `failing_since`, the last one by `code`; `next_at`: not tried before. `lease`: whose turn it
    is until `leased_until`.
    """

    id = models.SmallIntegerField(primary_key=True, default=THE_FEED)
    is_on = models.BooleanField(default=False)
    agreed_url = models.TextField(blank=True, default="")
    switched_at = models.DateTimeField(null=True)
    asked_by = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField(null=True)
    asked_url = models.TextField(blank=True, default="")
    numbered = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    code = models.TextField(blank=True, default="")
    next_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "sites_arrivalfeed"
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_FEED), name="sites_arrivalfeed_one"),
            models.CheckConstraint(
                condition=Q(delivered__lte=models.F("numbered")), name="sites_arrivalfeed_order"
            ),
        ]

    def __str__(self) -> str:
        return "arrivals"


class ArrivalQuerySet(OfContract["Arrival"]):
    def waiting(self) -> Self:
        """Those without a number yet, in the order in which they were written."""
        return self.filter(number__isnull=True).order_by("entry")


class Arrival(models.Model):
    """A record 来沪人员: what happened to a pre-registration, as it goes out. `sealed` holds its fixed content.
    `family_member_id`: it tells of one of a family, who comes with `registration_id`; null: of that one.

    `entry` orders what was written; of two acts on one person the later one stands behind. `number` is given at
    delivery, so that no reader meets a number before the ones below it.
    """

    entry = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(default=new_id, unique=True)
    contract = models.ForeignKey("sites.Contract", on_delete=models.PROTECT, related_name="+")
    registration_id = models.UUIDField()
    family_member_id = models.UUIDField(null=True)
    person_id = models.UUIDField()
    event = models.TextField()
    occurred_at = models.DateTimeField()
    sealed = models.BinaryField()
    number = models.BigIntegerField(null=True, unique=True)
    delivered_at = models.DateTimeField(null=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        db_table = "sites_arrival"
        constraints = [
            models.CheckConstraint(condition=Q(event__in=ArrivalEvent.codes()), name="sites_arrival_event"),
        ]
        indexes = [
            models.Index(fields=["registration_id", "-entry"], name="sites_arrival_last"),
            models.Index(
                fields=["family_member_id", "-entry"],
                name="sites_arrival_last_of_family",
                condition=Q(family_member_id__isnull=False),
            ),
            models.Index(fields=["occurred_at"], name="sites_arrival_day"),
            models.Index(fields=["entry"], name="sites_arrival_waiting", condition=Q(number__isnull=True)),
        ]

    def __str__(self) -> str:
        return str(self.event_id)

    @property
    def sealing_context(self) -> str:
        return arrival_context(self.event_id)


class ArrivalRun(models.Model):
    """One line of the log: from which number on records left, up to which, how many, by which way; `code` says what
    stopped it. `who` is the token or account that took them."""

    id = models.UUIDField(primary_key=True, default=new_id)
    way = models.TextField()
    who = models.TextField(blank=True, default="")
    first = models.BigIntegerField()
    last = models.BigIntegerField(null=True)
    records = models.IntegerField(default=0)
    code = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sites_arrivalrun"
        constraints = [models.CheckConstraint(condition=Q(way__in=Way.codes()), name="sites_arrivalrun_way")]
        indexes = [models.Index(fields=["-started_at"], name="sites_arrivalrun_log")]
