"""Categories 类别, their rules and the fields that they add."""

from typing import Self

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.fields.models import ExtraField
from outpost.fields.specs import FieldKind
from outpost.regions.rules import DEPARTMENT
from outpost.sentinel.columns import Audience
from outpost.sentinel.rules import CATEGORY, TestingRule

WHOLE_RULE = Q(window_days__isnull=True, least_tests__isnull=True) | Q(
    window_days__gte=1, window_days__lte=31, least_tests__gte=1, least_tests__lte=31
)


class CategoryQuerySet(ScopedQuerySet["Category"]):
    scopes = (ScopeColumn(DEPARTMENT, "department_id"), ScopeColumn(CATEGORY, "code"))

    def in_use(self) -> Self:
        """The active ones, in the order of menus."""
        return self.filter(is_active=True).order_by("position", "code")


class Ruled(models.Model):
    """The columns of a testing rule, all null for one that is off."""

    window_days = models.SmallIntegerField(null=True)
    least_tests = models.SmallIntegerField(null=True)
    counts_days = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @property
    def rule(self) -> TestingRule | None:
        """The rule; None for one that is off."""
        return TestingRule.stored(self.window_days, self.least_tests, self.counts_days)

    def state_rule(self, rule: TestingRule | None, counts_days: bool) -> None:
        """Take over a rule; `counts_days` is kept of one that is off, too. The caller saves it."""
        self.window_days = rule.window_days if rule else None
        self.least_tests = rule.least_tests if rule else None
        self.counts_days = counts_days


class Category(Ruled):
    """哨点类别: a kind of risk post, its responsible department and its testing rule (null: off)."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    department = models.ForeignKey(
        "regions.Department", null=True, on_delete=models.PROTECT, related_name="+"
    )
    judges_new_joiners = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.SmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "sentinel_category"
        constraints = [models.CheckConstraint(condition=WHOLE_RULE, name="sentinel_category_rule_whole")]

    def __str__(self) -> str:
        return self.name


class JobRule(Ruled):
    """The testing rule of one job type 人员类别, in place of its category's (null: these staff are not tested)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="job_rules")
    job_type = models.TextField()

    class Meta:
        db_table = "sentinel_jobrule"
        ordering = ["job_type"]
        constraints = [
            models.UniqueConstraint(fields=["category", "job_type"], name="sentinel_jobrule_once"),
            models.CheckConstraint(condition=WHOLE_RULE & ~Q(job_type=""), name="sentinel_jobrule_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.job_type}"


class CategoryField(ExtraField):
    """An extra field of a category's organisations or staff."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="fields")
    audience = models.TextField()

    class Meta:
        db_table = "sentinel_categoryfield"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FieldKind.codes()), name="sentinel_field_kind"),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.codes()), name="sentinel_field_audience"
            ),
            models.UniqueConstraint(fields=["category", "audience", "code"], name="sentinel_field_once"),
        ]
