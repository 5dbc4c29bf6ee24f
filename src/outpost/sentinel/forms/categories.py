"""Forms of categories, their rules and extra fields."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.regions.models import Department
from outpost.sentinel.columns import JOB_TYPE
from outpost.sentinel.fields import FieldKind
from outpost.sentinel.rules import LONGEST_WINDOW, MOST_TESTS, OFF, PRESETS, TestingRule
from outpost.sentinel.services.categories import LONGEST_NAME, CategoryEntry, FieldEntry, JobRuleEntry

OTHER = "other"
LONGEST_CODE = 40
LONGEST_CHOICES = 4000


class RuleForm(forms.Form):
    """A testing rule. `rule` is one of the presets as "window/least", "other" with its two numbers, or "off"."""

    off_label = _("Off")

    rule = forms.ChoiceField(label=_("Testing rule"), widget=forms.RadioSelect)
    window_days = forms.IntegerField(
        label=_("Within days"), required=False, min_value=1, max_value=LONGEST_WINDOW
    )
    least_tests = forms.IntegerField(
        label=_("Least number of tests"), required=False, min_value=1, max_value=MOST_TESTS
    )
    counts_days = forms.BooleanField(
        label=_("Count days with a test: two samples of one day are one"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
    def initial_of(rule: TestingRule | None) -> dict[str, Any]:
        """What the form shows of a rule."""
        if rule is None:
            return {"rule": OFF}
        return {
            "rule": str(rule) if str(rule) in set(map(str, PRESETS)) else OTHER,
            "window_days": rule.window_days,
            "least_tests": rule.least_tests,
            "counts_days": rule.counts_days,
        }


class CategoryForm(RuleForm):
    """A category with its rule."""

    code = forms.CharField(
        label=_("Short code"),
        max_length=LONGEST_CODE,
        help_text=_("Small letters, digits and dashes, such as cold-chain. It stays as it is."),
    )
    name = forms.CharField(label=_("Name of the category"), max_length=LONGEST_NAME)
    department = forms.ChoiceField(label=_("Responsible department"), required=False)
    judges_new_joiners = forms.BooleanField(label=_("Judge new joiners from their first day"), required=False)

    def __init__(
        self, *args: Any, departments: Iterable[Department], is_new: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [(department.code, department.name) for department in departments]
        self.fields["department"].choices = [("", _("None")), *offered]  # type: ignore[attr-defined]
        if not is_new:
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

    def __init__(self, *args: Any, job_type: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._job_type = job_type
        if job_type:
            del self.fields["job_type"]

    def entry(self, category: str) -> JobRuleEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        job_type = self._job_type or stated["job_type"]
        return JobRuleEntry(category, job_type, self.stated_rule(), stated["counts_days"])


class FieldForm(forms.Form):
    """An extra field. Its code may be left out: then it is made up."""

    name = forms.CharField(label=_("Name in Chinese"), max_length=LONGEST_NAME)
    name_en = forms.CharField(label=_("Name in English"), max_length=LONGEST_NAME, required=False)
    kind = forms.ChoiceField(label=_("Kind of field"), choices=FieldKind.choices())
    choices = forms.CharField(
        label=_("Choices"),
        max_length=LONGEST_CHOICES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, for a choice only."),
    )
    is_required = forms.BooleanField(label=_("Must be filled in"), required=False)
    position = forms.IntegerField(label=_("Place in the order"), required=False, min_value=0, max_value=999)
    code = forms.CharField(
        label=_("Short code"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=_(
            "Small letters, digits and underscores, for calls and files. Empty: given by the system."
        ),
    )

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["code"]

    def entry(self, category: str, audience: str, code: str) -> FieldEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        lines = stated["choices"].splitlines() if stated["kind"] == FieldKind.CHOICE else []
        return FieldEntry(
            category=category,
            audience=audience,
            code=code,
            name=stated["name"],
            kind=stated["kind"],
            name_en=stated["name_en"],
            choices=tuple(line.strip() for line in lines if line.strip()),
            is_required=stated["is_required"],
            position=stated["position"],
        )
