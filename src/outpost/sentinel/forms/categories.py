"""Forms of categories and their rules."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.regions.models import Department
from outpost.sentinel.columns import JOB_TYPE
from outpost.sentinel.models import Category, JobRule, Ruled
from outpost.sentinel.queries.editing import NAMES
from outpost.sentinel.rules import LONGEST_WINDOW, MOST_TESTS, OFF, PRESETS
from outpost.sentinel.services.categories import LONGEST_NAME, CategoryEntry, JobRuleEntry

OTHER = "other"
LONGEST_CODE = 40
RULE_INPUTS = {"rule": ("rule", "window_days", "least_tests")}
"""The inputs of a rule, which is one thing to whoever edits it."""


class RuleForm(forms.Form):
    """A testing rule. `rule` is one of the presets as "window/least", "other" with its two numbers, or "off"."""

    off_label = _("Off")

    rule = forms.ChoiceField(label=NAMES["rule"], widget=forms.RadioSelect)
    window_days = forms.IntegerField(
        label=_("Within days"), required=False, min_value=1, max_value=LONGEST_WINDOW
    )
    least_tests = forms.IntegerField(
        label=_("Least number of tests"), required=False, min_value=1, max_value=MOST_TESTS
    )
    counts_days = forms.BooleanField(label=NAMES["counts_days"], required=False)

    def __init__(self, data: QueryDict | None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        language = get_language() or "zh-hans"
        presets = [(str(rule), rule.name(language)) for rule in PRESETS]
        self.fields["rule"].choices = [*presets, (OTHER, _("Other")), (OFF, self.off_label)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("rule") == OTHER:
            for name in ("window_days", "least_tests"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Fill in this number for a rule of your own."))
        return cleaned

    def stated_rule(self) -> str:
        """The rule as it is typed."""
        stated = self.cleaned_data
        is_own = stated["rule"] == OTHER
        return f"{stated['window_days']}/{stated['least_tests']}" if is_own else stated["rule"]

    @staticmethod
    def initial_of(row: Ruled) -> dict[str, Any]:
        """What the form shows of the rule of a row."""
        if row.rule is None:
            return {"rule": OFF}
        return {
            "rule": str(row.rule) if str(row.rule) in set(map(str, PRESETS)) else OTHER,
            "window_days": row.window_days,
            "least_tests": row.least_tests,
            "counts_days": row.counts_days,
        }


class CategoryForm(RuleForm):
    """A category with its rule."""

    code = forms.CharField(
        label=_("Short code"),
        max_length=LONGEST_CODE,
        help_text=_("Small letters, digits and dashes, such as cold-chain. It stays as it is."),
    )
    name = forms.CharField(label=NAMES["name"], max_length=LONGEST_NAME)
    department = forms.ChoiceField(label=NAMES["department"], required=False)
    judges_new_joiners = forms.BooleanField(label=NAMES["judges_new_joiners"], required=False)

    def __init__(
        self, data: QueryDict | None, *, departments: Iterable[Department], category: Category | None
    ) -> None:
        initial: dict[str, Any] = {"rule": OFF}
        if category is not None:
            initial = self.initial_of(category)
            initial |= {"name": category.name, "department": category.department_id}
            initial["judges_new_joiners"] = category.judges_new_joiners
        super().__init__(data, initial=initial)
        offered = [(department.code, department.name) for department in departments]
        self.fields["department"].choices = [("", _("No department responsible")), *offered]  # type: ignore[attr-defined]
        if category is not None:
            del self.fields["code"]

    def entry(self, code: str = "") -> CategoryEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        return CategoryEntry(
            code=code or stated["code"],
            name=stated["name"],
            rule=self.stated_rule(),
            department=stated["department"],
            counts_days=stated["counts_days"],
            judges_new_joiners=stated["judges_new_joiners"],
        )


class JobRuleForm(RuleForm):
    """The rule of one job type. Those that occur in the ledger are offered."""

    off_label = _("not tested")

    job_type = forms.CharField(
        label=_("Job type"),
        max_length=JOB_TYPE.max_length,
        widget=forms.TextInput(attrs={"list": "job-types"}),
        help_text=_("Written exactly as in the ledger: whoever has this job type is judged by this rule."),
    )

    def __init__(self, data: QueryDict | None, *, row: JobRule | None) -> None:
        super().__init__(data, initial=self.initial_of(row) if row else {})
        self._row = row
        if row is not None:
            del self.fields["job_type"]

    def entry(self, category: str) -> JobRuleEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        job_type = self._row.job_type if self._row else stated["job_type"]
        return JobRuleEntry(category, job_type, self.stated_rule(), stated["counts_days"])
