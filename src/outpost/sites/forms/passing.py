"""Forms of entering: who is entered, exceptions, rules for places."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.pages.ledgers import DAY
from outpost.sites.columns.contracts import LONGEST_NAME
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.services.excepting import LONGEST_REASON
from outpost.sites.vocabularies import Checked


class EnterForm(forms.Form):
    """How it was made sure who enters."""

    checked = forms.ChoiceField(label=_("How was it checked who it is?"), choices=Checked.choices())


class ExceptionForm(forms.Form):
    """Why somebody may enter though a condition fails, and until when."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, help_text=_("Everybody who sees the list reads it.")
    )
    last_day = forms.DateField(label=_("Last day"), widget=DAY)


class AgainForm(forms.Form):
    """From which number on the arrivals feed sends once more."""

    number = forms.IntegerField(label=_("From number"), min_value=1, max_value=2**62)


class PlaceRuleForm(forms.Form):
    """A new rule for a place of departure."""

    place = forms.CharField(
        label=_("Place of departure"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_(
            "How it begins, as 湖南省 or 湖南省长沙市; the nearest rule counts. Empty: for every place."
        ),
    )
    isolation_days = forms.IntegerField(
        label=_("Full days of isolation"), min_value=0, max_value=60, initial=0
    )
    tests = forms.IntegerField(
        label=_("Negative tests after the journey"), min_value=0, max_value=14, initial=0
    )
    begins_on = forms.DateField(label=_("First day of the rule"), widget=DAY)

    def clean(self) -> dict[str, Any]:
        """A rule asks for something."""
        stated = super().clean() or {}
        if stated.get("isolation_days") == 0 and stated.get("tests") == 0:
            self.add_error("isolation_days", _("Ask for days of isolation, for tests, or for both."))
        return stated

    def rule(self) -> PlaceRule:
        """What was stated."""
        names = ("place", "isolation_days", "tests", "begins_on")
        return PlaceRule(*(self.cleaned_data[name] for name in names))
