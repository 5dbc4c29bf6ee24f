"""Table of what the gates of a site state, beside the stays that follow from it (`models`)."""

from django.db import models
from django.db.models import Q

from outpost.sites.vocabularies import Act, Checked


class GatePass(models.Model):
    """门岗记录: somebody entered or left by a gate's device, under the id of its entry.

    `stay` is what it became, null while it cannot hold: then it waits and is tried again whenever the gates send more.
    `code` says why it waits, or why it should be looked at; `failing` which conditions of entering did not hold by what
    was known of that instant, as pairs of a problem's code and its numbers. `listed_at`: how old the gate's list was.
    `device_id` is null of what was stated before it was kept.
    """

    id = models.UUIDField(primary_key=True)
    contract = models.ForeignKey("sites.Contract", on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey("sites.Registration", on_delete=models.PROTECT, related_name="+")
    act = models.TextField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    listed_at = models.DateTimeField()
    checked = models.TextField()
    device_id = models.UUIDField(null=True)
    member_id = models.UUIDField()
    stay = models.ForeignKey("sites.Stay", null=True, on_delete=models.PROTECT, related_name="+")
    code = models.TextField(blank=True, default="")
    failing = models.JSONField(default=list)

    class Meta:
        db_table = "sites_gatepass"
        constraints = [
            models.CheckConstraint(condition=Q(act__in=Act.codes()), name="sites_gatepass_act"),
            models.CheckConstraint(condition=Q(stay__isnull=False) | ~Q(code=""), name="sites_gatepass_why"),
            models.CheckConstraint(condition=Q(checked__in=Checked.codes()), name="sites_gatepass_checked"),
        ]
        indexes = [
            models.Index(fields=["registration", "occurred_at"], name="sites_gatepass_person"),
            models.Index(fields=["stay"], name="sites_gatepass_stay"),
            models.Index(
                fields=["contract", "occurred_at"],
                condition=Q(act=Act.ENTER) & ~Q(checked=Checked.CODE),
                name="sites_gatepass_weak",
            ),
        ]
