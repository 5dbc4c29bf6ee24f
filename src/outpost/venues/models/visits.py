"""Check-ins and the flow that follows from them, which grow; what was abnormal or does not agree."""

from django.db import models
from django.db.models import Q

from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.health.daily import method_label
from outpost.regions.rules import REGION
from outpost.venues.models.ledger import Checkpoint, Venue
from outpost.venues.rules import VENUE, CheckInSource, Outcome


class CheckIn(models.Model):
    """打卡: a person's visit. `day` is the local day of the visit, by which the table is partitioned.

    `occurred_at` is the phone's time, `received_at` the server's, `left_at` stated. `is_remote` 异地: the phone was
    known to be far from the venue; where it was is not kept. SQL: migrations 0002, 0006.
    """

    pk = models.CompositePrimaryKey("venue_id", "day", "id")
    venue_id = models.UUIDField()
    day = models.DateField()
    id = models.UUIDField()
    checkpoint_id = models.UUIDField()
    person_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    left_at = models.DateTimeField(null=True)
    source = models.TextField(default=CheckInSource.PHONE, db_default=CheckInSource.PHONE.value)
    is_remote = models.BooleanField(default=False, db_default=False)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "venues_checkin"


class CheckInId(models.Model):
    """The id that a phone gave to a check-in, with the digest of its content: by it a repetition is told, whatever its
    venue and day. It outlives a gate's longest silence (`rules.KEPT_IDS`)."""

    id = models.UUIDField(primary_key=True)
    digest = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "venues_checkinid"


class Conflict(models.Model):
    """打卡冲突: what came later under the id of a check-in and says something else. It counts nowhere; it is kept for
    whoever looks into it."""

    pk = models.CompositePrimaryKey("id", "digest")
    id = models.UUIDField()
    digest = models.BinaryField()
    venue_id = models.UUIDField()
    checkpoint_id = models.UUIDField()
    person_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)

    class Meta:
        db_table = "venues_conflict"
        indexes = [models.Index(fields=["venue_id", "-received_at"], name="venues_conflict_venue")]


class AbnormalQuerySet(ScopedQuerySet["Abnormal"]):
    scopes = (ScopeColumn(REGION, "venue__region__code"), ScopeColumn(VENUE, "venue_id"))


class Taken(models.Model):
    """How the readings at a gate were taken (`health.daily.Method`, "": nobody said), how many seconds after the first
    the second was, and which reading before the first failed."""

    method = models.TextField(default="", db_default="")
    second_method = models.TextField(default="", db_default="")
    second_after = models.IntegerField(null=True)
    failed = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    failed_method = models.TextField(default="", db_default="")

    class Meta:
        abstract = True

    @property
    def method_label(self) -> str:
        return method_label(self.method)

    @property
    def second_label(self) -> str:
        return method_label(self.second_method)

    @property
    def failed_label(self) -> str:
        return method_label(self.failed_method)

    @property
    def waited_minutes(self) -> int | None:
        return None if self.second_after is None else self.second_after // 60


class Abnormal(Taken):
    """体温异常 at a gate, by the id of the gate's entry: both readings, and what became of it (`Outcome`)."""

    id = models.UUIDField(primary_key=True)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="+")
    member_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    day = models.DateField()
    occurred_at = models.DateTimeField()
    first = models.DecimalField(max_digits=3, decimal_places=1)
    second = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    isolated = models.BooleanField(null=True)
    noted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(blank=True, default="")
    outcome = models.TextField(blank=True, default="")

    objects = AbnormalQuerySet.as_manager()

    class Meta:
        db_table = "venues_abnormal"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Outcome.codes()]), name="venues_abnormal_outcome"
            ),
        ]
        indexes = [models.Index(fields=["venue", "-occurred_at"], name="venues_abnormal_venue")]


class MemberFlow(models.Model):
    """How many an inspector checked in at a checkpoint on a local day, measured, found abnormal, failed to measure,
    turned away."""

    pk = models.CompositePrimaryKey("venue_id", "day", "member_id", "checkpoint_id")
    venue_id = models.UUIDField()
    day = models.DateField()
    member_id = models.UUIDField()
    checkpoint_id = models.UUIDField()
    check_ins = models.IntegerField()
    temperatures = models.IntegerField()
    abnormal = models.IntegerField()
    failed = models.IntegerField(default=0, db_default=0)
    turned_away = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "venues_memberflow"

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day} {self.member_id}"


class Flow(models.Model):
    """人流 of an hour of a local day at a checkpoint: check-ins, those from afar, temperatures, abnormal ones."""

    pk = models.CompositePrimaryKey("venue_id", "day", "hour", "checkpoint_id")
    venue_id = models.UUIDField()
    day = models.DateField()
    hour = models.SmallIntegerField()
    checkpoint_id = models.UUIDField()
    check_ins = models.IntegerField()
    temperatures = models.IntegerField(default=0, db_default=0)
    abnormal = models.IntegerField(default=0, db_default=0)
    remote = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "venues_flow"

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day} {self.hour}"
