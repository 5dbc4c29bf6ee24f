"""What decides a pass: dispositions, its facts and rules, risk areas; objections."""

from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.health.models.records import of_import
from outpost.health.models.rule_sets import ProposedRules
from outpost.health.rules import Disposition, Ground, Outcome, RiskLevel


class DispositionRecord(models.Model):
    """处置: what the command decided about a person from an instant on, and on which ground.

    It counts once a second officer has agreed, or at once where the operator entered it at the server (`agreed_at`,
    `agreed_by`). A later one takes its place; none is rewritten into another. `stated_ends_at`: until when somebody
    stated that it lasts, beside the end that its rule computes and that alone holds (`lifting.StatedEnd`).
    """

    pk = models.CompositePrimaryKey("person_id", "started_at")
    person_id = models.UUIDField()
    started_at = models.DateTimeField()
    disposition = models.TextField()
    means = models.TextField(blank=True, default="")
    ground_kind = models.TextField(default=Ground.STATED.value)
    ground = models.TextField(blank=True, default="")
    stated_ends_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                condition=Q(ground_kind__in=Ground.codes()), name="health_disposition_ground"
            ),
            models.CheckConstraint(
                condition=Q(stated_ends_at__isnull=True) | Q(stated_ends_at__gt=F("started_at")),
                name="health_disposition_span",
            ),
        ]
        indexes = [of_import("health_disposition_import")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.disposition}"

    @property
    def because(self) -> str:
        return Ground(self.ground_kind).with_text(self.ground)


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
