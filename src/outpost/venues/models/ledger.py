"""Venues and what belongs to them, which is small: their kind, checkpoints, codes, who manages and inspects."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import get_language

from outpost.core.actor import Actor, Reach
from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet, condition
from outpost.core.vocabulary import is_chinese
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.venues.rules import HAND_OVER_WAITS, VENUE, Answer


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


def _below(reach: Reach) -> Q:
    is_open = Q(Exists(Venue.objects.current().filter(id=OuterRef("head_id"))))
    return condition([ScopeColumn(VENUE, "head_id")], reach) & is_open


class VenueQuerySet(ScopedQuerySet["Venue"]):
    scopes = (
        ScopeColumn(REGION, "region__code"),
        ScopeColumn(DEPARTMENT, "kind__department_id"),
        ScopeColumn(VENUE, "id"),
    )

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)

    def entered_by(self, actor: Actor, action: str) -> Self:
        """Those that a bureau or the manager of a chain's head may enter in bulk: of its kinds, or below that head as
        long as it is open."""
        reach = actor.reach(action)
        of_kind = condition([ScopeColumn(DEPARTMENT, "kind__department_id")], reach) & Q(head_id__isnull=True)
        return self.filter(of_kind | _below(reach))

    def below(self, actor: Actor, action: str) -> Self:
        """The branches of the heads that the actor manages, as long as those are open."""
        return self.filter(_below(actor.reach(action)))

    def asking(self) -> Self:
        """Those whose named managers may be asked: entered by a bureau, or below the open head of a chain that may
        have branches."""
        heads = Venue.objects.current().filter(id=OuterRef("head_id"), most_branches__gt=0)
        return self.filter(Q(head_id__isnull=True) | Exists(heads))

    def answered(self, at: datetime) -> Self:
        """Each with its `answer` (rules.Answer): what whoever stands in the ledger as manager has said."""
        named = OuterRef("manager_phone_hash")
        asked = HandOver.objects.filter(venue=OuterRef("pk"), former_phone_hash=named, phone_hash=named)
        newest = asked.order_by("-asked_at", F("decided_at").desc(nulls_first=True))
        last = {name: Subquery(newest.values(name)[:1]) for name in ("state", "asked_at", "reminders")}
        is_waiting = Q(asked_state=HandOver.WAITING)
        answer = Case(
            When(confirmed_at__isnull=False, then=Value(Answer.GIVEN.value)),
            When(asked_state=HandOver.DECLINED, then=Value(Answer.DECLINED.value)),
            When(is_waiting, last_asked_at__gt=at - HAND_OVER_WAITS, then=Value(Answer.WAITS.value)),
            When(is_waiting, then=Value(Answer.SILENT.value)),
            default=Value(Answer.UNASKED.value),
            output_field=models.TextField(),
        )
        said = {"asked_state": last["state"], "last_asked_at": last["asked_at"]}
        return self.annotate(**said, reminders=last["reminders"]).annotate(answer=answer)


class Venue(models.Model):
    """场所. `sealed` holds the manager's name and phone: a venue has exactly one, and nobody manages two.

    Until `confirmed_at` they are only named and manage nothing: several venues may wait for one person, who can say yes
    to one. `head_id`: the venue of a chain 连锁 whose manager entered this one. `most_branches`: how many of those a
    manager may enter, by the word of an officer. `checks_out`: who came may say when they leave 离开打卡.
    """

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
    confirmed_at = models.DateTimeField(null=True)
    head_id = models.UUIDField(null=True)
    most_branches = models.SmallIntegerField(default=0, db_default=0)
    checks_out = models.BooleanField(default=False, db_default=False)
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
                condition=Q(confirmed_at__isnull=False, removed_at__isnull=True),
                name="venues_venue_one_a_manager",
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False),
                name="venues_venue_whole_point",
            ),
        ]
        indexes = [
            models.Index(fields=["import_id"], name="venues_venue_import"),
            models.Index(fields=["head_id"], condition=Q(head_id__isnull=False), name="venues_venue_head"),
        ]

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
    """更换管理员: who is named to manage a venue. It counts once the holder of that phone says so.

    `sealed` holds the name and phone of who is named; `former_phone_hash` is of who stood in the ledger then: the
    manager who named them, or, in a venue that waits for its first manager, the named one. `reminders`: how many times
    they were reminded without anybody's doing.
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
    reminders = models.SmallIntegerField(default=0, db_default=0)

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
