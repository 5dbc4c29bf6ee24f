"""The columns of a testing rule: of a category, of one of its job types."""

from django.db import models

from outpost.sentinel.rules import TestingRule


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
