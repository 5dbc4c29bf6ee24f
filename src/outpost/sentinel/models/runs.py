"""What matches found, kept as it was."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.sentinel.models.categories import Category
from outpost.sentinel.models.ledger import Enrolment, StaffMember


class MatchRun(models.Model):
    """One match of one category for the dawn of day `on`, kept with its rules and the age of its data."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="runs")
    on = models.DateField()
    window_days = models.SmallIntegerField(null=True)
    least_tests = models.SmallIntegerField(null=True)
    counts_days = models.BooleanField()
    job_rules = models.JSONField(default=list)  # the columns of `JobRule` by name
    judges_new_joiners = models.BooleanField()
    data_as_of_at = models.DateTimeField()
    staff = models.IntegerField()
    judged = models.IntegerField()
    missed = models.IntegerField()
    newly_missed = models.IntegerField(default=0)
    newly_met = models.IntegerField(default=0)
    is_latest = models.BooleanField(default=True)

    class Meta:
        db_table = "sentinel_matchrun"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "on"], condition=Q(is_latest=True), name="sentinel_matchrun_latest_once"
            ),
        ]
        indexes = [models.Index(fields=["on", "category"], name="sentinel_matchrun_day")]

    def __str__(self) -> str:
        return f"{self.category_id} {self.on}"


class MatchFinding(models.Model):
    """A staff member who missed the rule in a run, with the evidence; `job_type` is empty where the category's held."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="findings", db_index=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    job_type = models.TextField(blank=True, default="")
    found = models.SmallIntegerField()
    samples = ArrayField(models.DateTimeField())
    last_sampled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sentinel_matchfinding"
        constraints = [models.UniqueConstraint(fields=["run", "staff"], name="sentinel_finding_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.staff_id}"


class MatchCount(models.Model):
    """How the staff of one organisation stood in a run: what every scope and grouping sums up."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="counts", db_index=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    staff = models.IntegerField()
    judged = models.IntegerField()
    missed = models.IntegerField()

    class Meta:
        db_table = "sentinel_matchcount"
        constraints = [models.UniqueConstraint(fields=["run", "enrolment"], name="sentinel_matchcount_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.enrolment_id}"
