"""The table of exposures, beside the other facts (`models`)."""

from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.health.rules import ExposureKind


class Exposure(models.Model):
    """暴露: that somebody was where a case was, or near one, on which ground; for a rule of the pass it counts from
    `begins_at` until `ends_at`.

    Those of one `batch_id` were stated together, in an open case (`case_id`) or by an officer. They count once a second
    officer agrees, and no longer once one withdraws them; no row is rewritten.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    batch_id = models.UUIDField()
    person_id = models.UUIDField()
    kind = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ground = models.TextField()
    case_id = models.UUIDField(null=True)
    stated_by = models.TextField()
    stated_label = models.TextField()
    stated_at = models.DateTimeField()
    agreed_by = models.TextField(blank=True, default="")
    agreed_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(blank=True, default="")

    class Meta:
        db_table = "health_exposure"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ExposureKind.codes()), name="health_exposure_kind"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="health_exposure_span"),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True) | ~Q(agreed_by=F("stated_by")),
                name="health_exposure_two_officers",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id"], name="health_exposure_person"),
            models.Index(fields=["batch_id"], name="health_exposure_batch"),
        ]
