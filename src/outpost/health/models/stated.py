"""What is stated about health: declarations, daily reports."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.health.daily import Method, Report
from outpost.health.models.records import of_import
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE


class Declaration(models.Model):
    """健康申报: what somebody declared of their health and travel, known by its source and the source's record id.

    `id` is what its sealed texts are bound to (`sealing.declaration_id`). `sealed`: phone, home and the
    place it was sent from, as one text; `stated_hash` tells it from another. `answers`: by the codes of the
    district's own questions (`question_tables`). What was not stated is empty or null.
    """

    pk = models.CompositePrimaryKey("source", "record_id")
    source = models.TextField()
    record_id = models.TextField()
    id = models.UUIDField()
    person_id = models.UUIDField()
    declared_at = models.DateTimeField()
    destination = models.TextField(blank=True, default="")
    departure = models.TextField(blank=True, default="")
    travelled_on = models.DateField(null=True)
    travel_mode = models.TextField(blank=True, default="")
    vehicle = models.TextField(blank=True, default="")
    stopovers = models.TextField(blank=True, default="")
    was_in_risk_area = models.BooleanField(null=True)
    temperature = models.DecimalField(null=True, max_digits=3, decimal_places=1)
    symptoms = ArrayField(models.TextField(), null=True)
    answers = models.JSONField(null=True)
    sealed = models.BinaryField(null=True)
    stated_hash = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)
    name_hash = models.BinaryField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "health_declaration"
        constraints = [
            models.CheckConstraint(
                condition=Q(temperature__isnull=True)
                | Q(temperature__gte=LOWEST_TEMPERATURE, temperature__lte=HIGHEST_TEMPERATURE),
                name="health_declaration_temperature",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "declared_at"], name="health_declaration_person"),
            models.Index(fields=["id"], name="health_declaration_id"),
            of_import("health_declaration_import"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.record_id}"


class DailyReport(models.Model):
    """每日健康: how somebody was at an instant, as whoever looks after them says. A later report takes nothing away.

    `symptoms` is empty where they are said to have none. `source`: what reported, such as `site:<contract>`. `method`:
    how the temperature was taken, "" where nobody said. `is_contradictory`: symptoms and temperature contradict each
    other, and whoever reported stays with both.
    """

    pk = models.CompositePrimaryKey("person_id", "reported_at")
    person_id = models.UUIDField()
    reported_at = models.DateTimeField()
    day = models.DateField()
    temperature = models.DecimalField(null=True, max_digits=3, decimal_places=1)
    method = models.TextField(default="")
    symptoms = ArrayField(models.TextField())
    is_contradictory = models.BooleanField(default=False)
    source = models.TextField()
    reported_by = models.TextField()
    received_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "health_dailyreport"
        constraints = [
            models.CheckConstraint(
                condition=Q(temperature__isnull=True)
                | Q(temperature__gte=LOWEST_TEMPERATURE, temperature__lte=HIGHEST_TEMPERATURE),
                name="health_dailyreport_temperature",
            ),
            models.CheckConstraint(
                condition=Q(method__in=["", *Method.codes()]), name="health_dailyreport_method"
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "day"], name="health_dailyreport_day"),
            models.Index(
                fields=["-reported_at"],
                condition=Q(is_contradictory=True),
                name="health_dailyreport_contradicts",
            ),
            of_import("health_dailyreport_import"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"

    @property
    def report(self) -> Report:
        """As it is judged."""
        return Report(
            self.reported_at, self.temperature, tuple(self.symptoms), self.method, self.is_contradictory
        )
