"""Who is told at nine, and what is done about who missed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.alerts.follow_ups import FollowUpRow, FollowUpState
from outpost.alerts.recipients import AlertMedium
from outpost.alerts.rounds import RoundRow
from outpost.core.ids import new_id
from outpost.sentinel.models.categories import Category
from outpost.sentinel.models.ledger import StaffMember


class AlertSetting(models.Model):
    """告警设置: whether the match of a category is told at nine, to whom, and by which media beside the inbox."""

    category = models.OneToOneField(
        Category, primary_key=True, on_delete=models.CASCADE, related_name="alert"
    )
    is_on = models.BooleanField(default=False)
    tells_department = models.BooleanField(default=True)
    tells_towns = models.BooleanField(default=True)
    tells_principals = models.BooleanField(default=False)
    media = ArrayField(models.TextField(), default=list)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "sentinel_alertsetting"
        constraints = [
            models.CheckConstraint(
                condition=Q(media__contained_by=AlertMedium.codes()), name="sentinel_alert_media"
            ),
        ]

    def __str__(self) -> str:
        return self.category_id


class AlertRecipient(models.Model):
    """高级推送人员 of a category; without a category a member of the command group 专班, who gets the summary."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="seniors")
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        db_table = "sentinel_alertrecipient"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "user"], nulls_distinct=False, name="sentinel_recipient_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.user_id}"


class AlertRound(RoundRow):
    """The messages of nine o'clock of one day."""

    class Meta:
        db_table = "sentinel_alertround"


class FollowUp(FollowUpRow):
    """跟进 of one person found by the match of one day. `is_employers`: what the employer answered about somebody of
    whom nothing shows to them, and all that they are shown of it (docs/adr/0022-whose-facts-a-principal-sees.md)."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="follow_ups")
    is_employers = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "sentinel_followup"
        constraints = [
            models.UniqueConstraint(fields=["staff", "on", "is_employers"], name="sentinel_followup_once"),
            models.CheckConstraint(
                condition=Q(state__in=tuple(FollowUpState.codes())), name="sentinel_followup_state"
            ),
        ]
        indexes = [models.Index(fields=["on"], name="sentinel_followup_day")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.on}"

    @property
    def sealing_context(self) -> str:
        return f"sentinel.follow_up:{self.id}"
