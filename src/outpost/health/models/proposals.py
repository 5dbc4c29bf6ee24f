"""What is proposed about somebody before the command decides."""

from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.health.rules import Disposition, Ground, ProposalOutcome


class DispositionProposal(models.Model):
    """处置建议: an abnormal report of daily health, or an officer who would let somebody in again, proposes; another
    officer confirms or drops it, with a ground. One waits for a person at a time.

    `source`: where it came from, such as `site:<contract>`; empty for an officer's. `begins_at`, `means`: from when and
    where, as proposed; once confirmed, as it was set. `begins_at` is null for from the second word on.
    `stated_last_on`: the last day, as whoever proposed it stated it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person_id = models.UUIDField()
    disposition = models.TextField()
    ground_kind = models.TextField(default=Ground.STATED.value)
    ground = models.TextField()
    source = models.TextField(blank=True, default="")
    begins_at = models.DateTimeField(null=True)
    means = models.TextField(blank=True, default="")
    stated_last_on = models.DateField(null=True)
    asked_by = models.TextField()
    asked_label = models.TextField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")
    decided_label = models.TextField(blank=True, default="")
    outcome = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        db_table = "health_dispositionproposal"
        constraints = [
            models.CheckConstraint(
                condition=Q(disposition__in=Disposition.codes()), name="health_proposal_disposition"
            ),
            models.CheckConstraint(
                condition=Q(ground_kind__in=Ground.codes()), name="health_proposal_ground"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *ProposalOutcome.codes()]), name="health_proposal_outcome"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="health_proposal_two",
            ),
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(decided_at__isnull=True), name="health_proposal_one_waits"
            ),
        ]
        indexes = [models.Index(fields=["person_id", "asked_at"], name="health_proposal_person")]

    @property
    def because(self) -> str:
        return Ground(self.ground_kind).with_text(self.ground)
