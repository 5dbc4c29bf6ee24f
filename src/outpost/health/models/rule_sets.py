"""Rule sets on the word of two: what those of the pass and of lifting share; the sets of lifting; what an order was
told when they changed."""

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.health.lifting import EXPOSED, Running


class ProposedRules(models.Model):
    """Rules proposed by one officer, in force on the word of a second.

    `trial`: what would have changed when it was proposed, as counts. `version` is given when it is agreed to.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.IntegerField(null=True, unique=True)
    rules = models.JSONField()
    reason = models.TextField()
    trial = models.JSONField()
    asked_by = models.TextField()
    asked_label = models.TextField()
    asked_at = models.DateTimeField()
    decided_by = models.TextField(blank=True, default="")
    decided_label = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.version or self.id)


class LiftingRuleSet(ProposedRules):
    """What dispositions ask for before they are lifted (`lifting.Rules`): the highest version holds of those that are
    set from then on. `running`: what it says of those that run already."""

    running = models.TextField()

    class Meta:
        db_table = "health_liftingruleset"
        constraints = [
            models.CheckConstraint(condition=Q(running__in=Running.codes()), name="health_lifting_running")
        ]


class OrderTerm(models.Model):
    """处置期限: what one disposition asks for from now on, version 2 and later; as it was set, it asks for what the
    rules of that moment say. The order itself is never rewritten.

    `base_on`: the day after which its days are counted, where that is another than the one on which it began.
    `cause`: what the new rules said of it, or that an exposure was stated later; `waits`: an officer has yet to decide
    what it goes by, and until then it goes by what stands here. `ground`: the officer's. `tells`: whoever it is about
    has still to be told that its end moved (`services.moved_ends`).
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person_id = models.UUIDField()
    started_at = models.DateTimeField()
    version = models.SmallIntegerField()
    rule_version = models.IntegerField()
    days = models.SmallIntegerField()
    tests = models.SmallIntegerField()
    base_on = models.DateField(null=True)
    cause = models.TextField()
    waits = models.BooleanField(default=False)
    tells = models.BooleanField(default=False, db_default=False)
    ground = models.TextField(blank=True, default="")
    set_by = models.TextField()
    set_label = models.TextField()
    set_at = models.DateTimeField()

    class Meta:
        db_table = "health_orderterm"
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=[*Running.codes(), EXPOSED]), name="health_orderterm_cause"
            ),
            models.UniqueConstraint(
                fields=["person_id", "started_at", "version"], name="health_orderterm_version"
            ),
        ]
        indexes = [
            models.Index(fields=["set_at"], condition=Q(waits=True), name="health_orderterm_waits"),
            models.Index(fields=["set_at"], condition=Q(tells=True), name="health_orderterm_tells"),
        ]
