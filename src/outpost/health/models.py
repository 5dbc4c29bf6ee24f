"""Tables of health facts. A fact is known by its source and the source's own record id."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.health.daily import Method
from outpost.health.exposure_tables import Exposure  # noqa: F401 - with its neighbours, tables of this app
from outpost.health.proposal_tables import DispositionProposal  # noqa: F401 - a table of this app
from outpost.health.question_tables import Question  # noqa: F401 - with its neighbours, tables of this app
from outpost.health.rule_set_tables import LiftingRuleSet, OrderTerm, ProposedRules  # noqa: F401 - as those above
from outpost.health.rules import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    Disposition,
    Outcome,
    RiskLevel,
    TestResult,
)


def _of_import(name: str) -> models.Index:
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
            _of_import("health_testrecord_import"),
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
            _of_import("health_vaccination_import"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.record_id}"


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
            _of_import("health_declaration_import"),
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
            _of_import("health_dailyreport_import"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"


class DispositionRecord(models.Model):
    """处置: what the command decided about a person from an instant on, and on which ground.

    It counts once a second officer has agreed, or at once where the operator entered it at the server (`agreed_at`,
    `agreed_by`). A later one takes its place; none is rewritten into another.
    """

    pk = models.CompositePrimaryKey("person_id", "started_at")
    person_id = models.UUIDField()
    started_at = models.DateTimeField()
    disposition = models.TextField()
    means = models.TextField(blank=True, default="")
    ground = models.TextField(blank=True, default="")
    name_hash = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.TextField(blank=True, default="")
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "health_disposition"
        constraints = [
            models.CheckConstraint(
                condition=Q(disposition__in=Disposition.codes()), name="health_disposition_known"
            ),
        ]
        indexes = [_of_import("health_disposition_import")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.disposition}"


class PassFactsRow(models.Model):
    """All that the pass of a person is decided from (`passes.PassFacts`), kept true by `pass_facts`; nobody without.

    No colour stands here or anywhere: it is decided when it is asked for.
    """

    person_id = models.UUIDField(primary_key=True)
    negative_at = models.DateTimeField(null=True)
    positive_at = models.DateTimeField(null=True)
    declared_at = models.DateTimeField(null=True)
    has_symptoms = models.BooleanField(null=True)
    was_in_risk_area = models.BooleanField(null=True)
    disposition = models.TextField(null=True)
    disposed_at = models.DateTimeField(null=True)
    former_disposition = models.TextField(null=True)
    former_disposed_at = models.DateTimeField(null=True)
    exposed_at = models.DateTimeField(null=True)
    exposed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_passfacts"
        indexes = [
            models.Index(  # whom an order or a positive test may hold (`journeys.HELD`): few of all
                fields=["person_id"],
                name="health_passfacts_held",
                condition=Q(disposed_at__isnull=False) | Q(positive_at__isnull=False),
            ),
        ]


class PassRuleSet(ProposedRules):
    """A set of rules for the pass (`passes.RuleSet`): the highest version holds until `expires_at`, then the built-in
    set again. `trial`: whose pass would have changed (`rule_sets.Change`)."""

    expires_at = models.DateTimeField()

    class Meta:
        db_table = "health_passruleset"


class Objection(models.Model):
    """申诉: somebody objects to their pass. The answer corrects a record or says why it stands; it sets no colour.

    `condition` and `since` are what the pass said. `sealed`: what the person wrote; `sealed_answer`: the officer's.
    """

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    condition = models.TextField()
    since = models.DateTimeField(null=True)
    sealed = models.BinaryField()
    raised_at = models.DateTimeField()
    raised_by = models.TextField()
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(blank=True, default="")
    outcome = models.TextField(blank=True, default="")
    sealed_answer = models.BinaryField(null=True)

    class Meta:
        db_table = "health_objection"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Outcome.codes()]), name="health_objection_outcome"
            ),
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(answered_at__isnull=True), name="health_objection_one_open"
            ),
        ]
        indexes = [models.Index(fields=["answered_at", "due_at"], name="health_objection_due")]


class RiskArea(models.Model):
    """风险地区: marks declared travel, and changes nobody's pass by itself. Ended, never rewritten."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField()
    level = models.TextField()
    begins_on = models.DateField()
    ends_on = models.DateField(null=True)
    added_by = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        db_table = "health_riskarea"
        constraints = [
            models.CheckConstraint(condition=Q(level__in=RiskLevel.codes()), name="health_riskarea_level"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(ends_on__isnull=True), name="health_riskarea_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
