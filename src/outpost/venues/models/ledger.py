"""Venues and what belongs to them, which is small: their kind, checkpoints, codes, who manages and inspects."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.core.vocabulary import is_chinese
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.venues.rules import VENUE


class Kind(models.Model):
    """场所类型, with how long people usually stay (minutes), and the department that answers for its venues."""

    code = models.TextField(primary_key=True)
    name = models.TextField(unique=True)
    name_en = models.TextField(blank=True, default="")
    usual_minutes = models.SmallIntegerField()
    position = models.SmallIntegerField()
    department = models.ForeignKey(
        "regions.Department", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "venues_kind"
        ordering = ["position"]
        constraints = [models.CheckConstraint(condition=Q(usual_minutes__gte=1), name="venues_kind_stay")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The word in the reader's language."""
        return self.name if is_chinese(get_language()) else self.name_en or self.name


def manager_context(venue_id: UUID | str) -> str:
    """What the sealed manager of a venue is bound to."""
    return f"venues.venue:{venue_id}"


class VenueQuerySet(ScopedQuerySet["Venue"]):
    scopes = (
        ScopeColumn(REGION, "region__code"),
        ScopeColumn(DEPARTMENT, "kind__department_id"),
        ScopeColumn(VENUE, "id"),
    )

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Venue(models.Model):
    """场所. `sealed` holds the manager's name and phone: a venue has exactly one, and nobody manages two."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField()
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    social_credit_code = models.TextField(blank=True, default="")
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+")
    address = models.TextField()
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    sealed = models.BinaryField()
    manager_name_hash = models.BinaryField()
    manager_phone_hash = models.BinaryField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        db_table = "venues_venue"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"],
                condition=Q(removed_at__isnull=True),
                name="venues_venue_name_once_in_town",
            ),
            models.UniqueConstraint(
                fields=["manager_phone_hash"],
                condition=Q(removed_at__isnull=True),
                name="venues_venue_one_a_manager",
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False),
                name="venues_venue_whole_point",
            ),
        ]
        indexes = [models.Index(fields=["import_id"], name="venues_venue_import")]

    def __str__(self) -> str:
        return self.name


class Checkpoint(models.Model):
    """检测点: an entrance of a venue."""

    id = models.UUIDField(primary_key=True, default=new_id)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="checkpoints")
    name = models.TextField()
    position = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "venues_checkpoint"
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "name"], condition=Q(closed_at__isnull=True), name="venues_checkpoint_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VenueCode(models.Model):
    """场所码: what is printed at a checkpoint. Its id, 122 random bits, is all that a poster carries, signed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="codes")
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "venues_venuecode"
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint"], condition=Q(revoked_at__isnull=True), name="venues_venuecode_one_lives"
            ),
        ]


class HandOver(models.Model):
    """更换管理员: whom a manager has named to take the venue over. It counts once the holder of that phone says so.

    `sealed` holds the name and phone of who is named; `former_phone_hash` is the manager's who named them.
    """

    WAITING, AGREED, DECLINED, WITHDRAWN = "waiting", "agreed", "declined", "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="hand_overs")
    sealed = models.BinaryField()
    phone_hash = models.BinaryField()
    former_phone_hash = models.BinaryField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    state = models.TextField(default=WAITING)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "venues_handover"
        constraints = [
            models.UniqueConstraint(
                fields=["venue"], condition=Q(state="waiting"), name="venues_handover_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "agreed", "declined", "withdrawn"]),
                name="venues_handover_state",
            ),
        ]
        indexes = [models.Index(fields=["phone_hash"], name="venues_handover_phone")]

    @property
    def sealing_context(self) -> str:
        return f"venues.hand_over:{self.id}"


class Member(models.Model):
    """检测员: who checks people at a venue, joined by its 申报码. `sealed` holds name and phone; the right is a grant
    of the phone's account, which ends with `removed_at`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="members")
    sealed = models.BinaryField()
    phone_hash = models.BinaryField()
    joined_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "venues_member"
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "phone_hash"],
                condition=Q(removed_at__isnull=True),
                name="venues_member_joins_once",
            ),
        ]
        indexes = [models.Index(fields=["phone_hash"], name="venues_member_phone")]

    @property
    def sealing_context(self) -> str:
        return f"venues.member:{self.id}"


class JoinCode(models.Model):
    """申报码: whoever signs in and opens it becomes a member, until it expires, is renewed, or there are `most`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="join_codes")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    most = models.SmallIntegerField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "venues_joincode"
        constraints = [
            models.UniqueConstraint(
                fields=["venue"], condition=Q(revoked_at__isnull=True), name="venues_joincode_one_lives"
            ),
        ]
