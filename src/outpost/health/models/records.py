"""What is delivered about people: tests, vaccinations; and each person's latest samples."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.health.rules import TestResult


def of_import(name: str) -> models.Index:
    """What an undo finds its rows by. Rows of calls belong to no import and cost nothing here."""
    return models.Index(fields=["import_id"], name=name, condition=Q(import_id__isnull=False))


class TestRecord(models.Model):
    """核酸记录: one nucleic acid test (kind `nat`) of a person.

    A withdrawn record stays but no longer counts; neither does one that repeats what another says of the same sample
    (`health.latest`). `received_at` is when its present version came in, `name_hash` the keyed hash of the name that it
    came with (`core.stated.name_hash`), null without one.
    """

    __test__ = False  # the name of the field, not a test class

    pk = models.CompositePrimaryKey("source", "record_id")
    source = models.TextField()
    record_id = models.TextField()
    person_id = models.UUIDField()
    kind = models.TextField(db_default="nat")
    sampled_at = models.DateTimeField()
    result_at = models.DateTimeField(null=True)
    result = models.TextField(default=TestResult.PENDING.value)
    laboratory = models.TextField(blank=True, default="")
    sampling_point = models.TextField(blank=True, default="")
    tube = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)
    is_repeated = models.BooleanField(default=False, db_default=False)
    name_hash = models.BinaryField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "health_testrecord"
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=TestResult.codes()), name="health_testrecord_result_known"
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "sampled_at"], name="health_testrecord_person"),
            of_import("health_testrecord_import"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.record_id}"


class LatestSamples(models.Model):
    """The latest samples of a person by their times, newest first: what the nightly match reads instead of history.

    Always what the records say (at most `rules.LATEST_KEPT`, each sample once, however often it was reported); nobody
    without. `name_hashes`: of all names that the person's records came with.
    """

    person_id = models.UUIDField(primary_key=True)
    sampled_at = ArrayField(models.DateTimeField())
    name_hashes = ArrayField(models.BinaryField(), default=list, db_default=[])

    class Meta:
        db_table = "health_latestsamples"


class Product(models.Model):
    """A vaccine: doses of its primary series, least days between them, days until a booster (none: never)."""

    code = models.TextField(primary_key=True)
    name = models.TextField(unique=True)
    name_en = models.TextField(blank=True, default="")
    synonyms = ArrayField(models.TextField(), default=list)
    doses = models.SmallIntegerField()
    least_days = models.SmallIntegerField()
    booster_after_days = models.SmallIntegerField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "health_product"

    def __str__(self) -> str:
        return self.name


class Vaccination(models.Model):
    """疫苗记录: one dose given to a person; `name_hash` as of test records."""

    pk = models.CompositePrimaryKey("source", "record_id")
    source = models.TextField()
    record_id = models.TextField()
    person_id = models.UUIDField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    dose = models.SmallIntegerField()
    given_on = models.DateField()
    site = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)
    name_hash = models.BinaryField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "health_vaccination"
        constraints = [
            models.CheckConstraint(condition=Q(dose__gte=1, dose__lte=9), name="health_vaccination_dose"),
        ]
        indexes = [
            models.Index(fields=["person_id", "dose"], name="health_vaccination_person"),
            of_import("health_vaccination_import"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.record_id}"
