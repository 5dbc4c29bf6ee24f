"""Entering and leaving: stays, what was said at the gate, exceptions, rules for places."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.sites.models.contracts import OF_CONTRACT, Contract
from outpost.sites.models.people import Registration
from outpost.sites.rules.entering import EMPLOYER
from outpost.sites.vocabularies import Checked, Way


class StayQuerySet(ScopedQuerySet["Stay"]):
    scopes = (*OF_CONTRACT, ScopeColumn(EMPLOYER, "registration__employer"))

    def inside(self, at: datetime | None = None) -> Self:
        """Who is on site now; at an instant: who was, from entering until just before leaving."""
        if at is None:
            return self.filter(left_at__isnull=True)
        return self.filter(Q(left_at__isnull=True) | Q(left_at__gt=at), entered_at__lte=at)


class Stay(models.Model):
    """在场: from entering 进场 to leaving 退场. A person is on one site at a time, whatever is registered.

    `is_inferred`: nobody saw them leave; they entered another site. `checked`: how it was made sure who entered.
    `recalled_at`: since when those in charge have been told that the person is to leave; null while none is to.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="stays")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    checked = models.TextField()
    is_inferred = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        db_table = "sites_stay"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(left_at__isnull=True), name="sites_stay_one_site"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="sites_stay_order"
            ),
            models.CheckConstraint(condition=Q(checked__in=Checked.codes()), name="sites_stay_checked"),
        ]
        indexes = [
            models.Index(fields=["person_id", "entered_at"], name="sites_stay_person"),
            models.Index(fields=["contract"], condition=Q(left_at__isnull=True), name="sites_stay_inside"),
            models.Index(
                fields=["contract", "entered_at"], condition=Q(checked=Checked.WORD), name="sites_stay_weak"
            ),
        ]


class Passage(models.Model):
    """进出记录: one entry or exit as it was stated, by hand or by file. `Stay` follows from it; who is only inferred to
    have left has none. By it a file that comes again changes nothing."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    way = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sites_passage"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "occurred_at", "way", "contract"], name="sites_passage_once"
            ),
            models.CheckConstraint(condition=Q(way__in=Way.codes()), name="sites_passage_way"),
        ]
        indexes = [
            models.Index(
                fields=["import_id"], name="sites_passage_import", condition=Q(import_id__isnull=False)
            )
        ]


class SiteException(models.Model):
    """例外进场: two officers let somebody enter until a day, though a condition fails. It lifts no order.

    It counts once another officer has agreed (`agreed_at`); `ended_at`: it was taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="exceptions")
    reason = models.TextField()
    last_day = models.DateField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    agreed_by = models.TextField(blank=True, default="")
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sites_exception"
        constraints = [
            models.UniqueConstraint(
                fields=["registration"], condition=Q(ended_at__isnull=True), name="sites_exception_once"
            ),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True) | ~Q(agreed_by=F("asked_by")), name="sites_exception_two"
            ),
        ]


class PlaceRuleRow(models.Model):
    """出发地规则: what those need who set out from a place (`rules.PlaceRule`), from a day until another. What a rule
    was stays: it is ended, not changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    place = models.TextField(blank=True)
    isolation_days = models.PositiveSmallIntegerField()
    tests = models.PositiveSmallIntegerField()
    begins_on = models.DateField()
    ends_on = models.DateField(null=True)
    added_by = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        db_table = "sites_placerule"
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(ends_on__isnull=True), name="sites_placerule_once"
            ),
        ]

    def __str__(self) -> str:
        return self.place
