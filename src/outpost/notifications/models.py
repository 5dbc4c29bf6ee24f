"""The inbox. A message is a template's name and its numbers; never a name, number or health state."""

from django.db import models

from outpost.core.ids import new_id


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
