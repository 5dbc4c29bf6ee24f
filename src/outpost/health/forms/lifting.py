"""The forms of the rules for lifting and of the dispositions that run."""

from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from outpost.core.vocabulary import choices_of
from outpost.health.lifting import HOLDING, MOST_DAYS, MOST_TESTS, LiftingRule, Rules, Running
from outpost.health.services.proposals import LONGEST_GROUND
from outpost.pages.ledgers import DAY


class LiftingRulesForm(forms.Form):
    """Other rules: of each disposition its days and tests; what happens to those that run, which nobody forgets to say:
    nothing is chosen beforehand."""

    reason = forms.CharField(
        label=_("Why the rules change"),
        max_length=200,
        help_text=_("The second officer and the auditors read it."),
    )
    running = forms.ChoiceField(
        label=_("Dispositions that run already"),
        choices=Running.choices(),
        widget=forms.RadioSelect,
        help_text=_(
            "They keep: each ends as it was told. The shorter: each asks for the lesser number of days and of tests. "
            "Decide: each keeps its rules until an officer decides about it under Running dispositions."
        ),
    )

    def __init__(self, *args: Any, now: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in HOLDING:
            self.fields[f"{one}_days"] = forms.IntegerField(
                label=format_lazy(_("{what}: {disposition}"), what=_("Full days"), disposition=one.label),
                min_value=0,
                max_value=MOST_DAYS,
                initial=now[one].days,
            )
            self.fields[f"{one}_tests"] = forms.IntegerField(
                label=format_lazy(
                    _("{what}: {disposition}"), what=_("Negative tests"), disposition=one.label
                ),
                min_value=0,
                max_value=MOST_TESTS,
                initial=now[one].tests,
            )

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields of each disposition under its name."""
        return [(one.label, [self[f"{one}_days"], self[f"{one}_tests"]]) for one in HOLDING]

    def rules(self) -> Rules:
        """What a valid form says."""
        stated = self.cleaned_data
        return {one: LiftingRule(stated[f"{one}_days"], stated[f"{one}_tests"]) for one in HOLDING}


class OrderFilter(forms.Form):
    """Which of the dispositions that run."""

    disposition = forms.ChoiceField(
        label=_("Disposition"), required=False, choices=[("", _("All")), *choices_of(HOLDING)]
    )
    due = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("over", _("Days already over")),
            ("waits", _("To be decided anew")),
            ("differs", _("Stated end differs")),
        ],
    )
    began_on = forms.DateField(label=_("First day"), required=False, widget=DAY)


class TermForm(forms.Form):
    """An officer's word on a disposition that runs: by which of two rules it goes, or after which of two days its days
    are counted."""

    rule = forms.ChoiceField(label=_("Goes by"), widget=forms.RadioSelect)
    ground = forms.CharField(label=_("Ground"), max_length=LONGEST_GROUND, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, is_exposed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        old, new = _("The rules it goes by now"), _("The rules in force")
        if is_exposed:
            old, new = _("The days as counted now"), _("The days counted anew from the exposure")
        cast(forms.ChoiceField, self.fields["rule"]).choices = [("old", old), ("new", new)]
