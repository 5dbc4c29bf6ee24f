"""The register of cases. A case is the only ground on which visits of a named person are read."""

from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.tracing.cases import Ending, Purpose, State, Window, state_of


class Case(models.Model):
    """流调病例: one person, the positive result on which it rests, and the window in which visits may be read.

    `asked_*`: who asked for it as it stands, also for its last window; `approved_*`: the second officer, empty while it
    waits. `worked_at`: when somebody last did anything with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person_id = models.UUIDField()
    source = models.TextField()
    record_id = models.TextField()
    sampled_at = models.DateTimeField()
    purpose = models.TextField()
    ground = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_label = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(blank=True, default="")
    approved_label = models.TextField(blank=True, default="")
    worked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(blank=True, default="")
    closed_label = models.TextField(blank=True, default="")
    ending = models.TextField(blank=True, default="")

    class Meta:
        db_table = "tracing_case"
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.codes()), name="tracing_case_purpose"),
            models.CheckConstraint(condition=Q(ending__in=["", *Ending.codes()]), name="tracing_case_ending"),
            models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="tracing_case_window"),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | (~Q(approved_by="") & ~Q(approved_by=F("asked_by"))),
                name="tracing_case_two_people",
            ),
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(closed_at__isnull=True), name="tracing_case_one_open"
            ),
        ]

    @property
    def state(self) -> State:
        return state_of(self.approved_at, self.closed_at)

    @property
    def window(self) -> Window:
        return Window(self.begins_at, self.ends_at)
