"""One day or a range of days, as a page asks for them."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.pages.ledgers import DAY


class DayForm(forms.Form):
    """One day; today when it is missing or none."""

    on = forms.DateField(label=_("Day"), required=False, widget=DAY)

    def day(self, today: date) -> date:
        """The day asked for, never one ahead."""
        self.is_valid()
        return min(self.cleaned_data.get("on") or today, today)


class RangeForm(forms.Form):
    """A range of days, both included; the last seven when it is missing."""

    first = forms.DateField(label=_("From"), required=False, widget=DAY)
    last = forms.DateField(label=_("To"), required=False, widget=DAY)

    def days(self, today: date) -> tuple[date, date]:
        """First and last day, in this order whatever was typed."""
        self.is_valid()
        last = self.cleaned_data.get("last") or today
        first = self.cleaned_data.get("first") or clock.week_to(last)
        return min(first, last), max(first, last)
