"""The inbox, and what is delivered outside. A message is a template's name and its numbers; never a name, number or
health state."""

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.notifications import rules
from outpost.notifications.recipients import PERSONAL


class InboxMessage(models.Model):
    """One message to one account, rendered in the reader's language when it is shown."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+")
    template = models.TextField()
    params = models.JSONField(default=dict)
    link = models.TextField(blank=True, default="")
    dedupe_key = models.TextField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_inboxmessage"
        constraints = [
            models.UniqueConstraint(fields=["user", "dedupe_key"], name="notifications_inbox_once"),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="notifications_inbox_user")]

    def __str__(self) -> str:
        return self.template


class Channel(models.Model):
    """A way out that an administrator has set up. What is secret in its settings is sealed and never shown again.

    A removed one is off and shown nowhere; it goes for good, with its secrets, when it cannot be put back any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    medium = models.TextField()
    name = models.TextField()
    is_on = models.BooleanField(default=False)
    per_minute = models.IntegerField()
    settings = models.JSONField(default=dict)
    sealed_secrets = models.BinaryField()
    paused_until_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    # Who wants it on and since when, where a second word is needed (`services.second_word`).
    asked_by = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_channel"
        constraints = [
            models.UniqueConstraint(
                fields=["medium"],
                condition=Q(is_on=True, medium__in=sorted(m.value for m in PERSONAL)),
                name="notifications_channel_one_on",
            ),
            models.CheckConstraint(condition=Q(per_minute__gt=0), name="notifications_channel_rate"),
        ]

    @property
    def sealing_context(self) -> str:
        return f"notifications.channel:{self.id}"


class Message(models.Model):
    """What is to be delivered outside, written in the transaction of its cause; the dedupe key makes it one.

    `sealed_params` holds what must not be readable (a passcode) and goes as soon as the message has gone.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    template = models.TextField()
    params = models.JSONField(default=dict)
    sealed_params = models.BinaryField(null=True)
    link = models.TextField(blank=True, default="")
    dedupe_key = models.TextField(unique=True)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "notifications_message"
        indexes = [models.Index(fields=["created_at"], name="notifications_message_age")]

    def __str__(self) -> str:
        return self.template

    @property
    def sealing_context(self) -> str:
        return f"notifications.message:{self.id}"


class Delivery(models.Model):
    """One message to one recipient by one channel.

    `recipient_key` tells recipients of a message apart: an account's id, a phone's keyed hash, empty for a group.
    An account's address is read when it is sent; a phone without account lies sealed here until it was sent.
    `next_at` is when the delivery is due: the next attempt, or while it is being sent, the end of its worker's lease.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.TextField()
    user = models.ForeignKey("access.User", on_delete=models.SET_NULL, null=True, related_name="+")
    recipient_key = models.TextField()
    sealed_address = models.BinaryField(null=True)
    masked_address = models.TextField(blank=True, default="")
    state = models.TextField(default=rules.DeliveryState.WAITING.value)
    attempts = models.SmallIntegerField(default=0)
    unknowns = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    code = models.TextField(blank=True, default="")
    peer_id = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notifications_delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel", "recipient_key"], name="notifications_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(s.value for s in rules.DeliveryState)),
                name="notifications_delivery_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(s.value for s in rules.OPEN), next_at__isnull=False)
                | Q(state__in=sorted(s.value for s in rules.FINAL), next_at__isnull=True),
                name="notifications_delivery_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "next_at"],
                name="notifications_delivery_next",
                condition=Q(next_at__isnull=False),
            ),
            models.Index(fields=["channel", "-started_at"], name="notifications_delivery_rate"),
            models.Index(fields=["-created_at"], name="notifications_delivery_log"),
        ]

    @property
    def sealing_context(self) -> str:
        return f"notifications.delivery:{self.id}"
