"""What the reports ask for: days, ranges, groupings."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.sentinel import labels
from outpost.sentinel.forms.extra import DAY
from outpost.sentinel.models import Category


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
        first = self.cleaned_data.get("first") or last - timedelta(days=6)
        return min(first, last), max(first, last)


class _ByForm(forms.Form):
    by = forms.ChoiceField(label=_("Grouped by"), required=False, choices=[*labels.GROUPINGS.items()])
    with_empty = forms.BooleanField(label=_("Show groups without staff"), required=False)

    def grouping(self) -> Any:
        """How the rows are grouped, towns by default."""
        self.is_valid()
        return self.cleaned_data.get("by") or "town"

    def shows_empty(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("with_empty"))


class NatForm(RangeForm, _ByForm):
    """核酸数据统计."""

    field_order = ["first", "last", "by", "with_empty"]


class VaccinationForm(DayForm, _ByForm):
    """疫苗数据统计."""

    category = forms.ChoiceField(label=_("Category"), required=False)
    field_order = ["category", "by", "on", "with_empty"]

    def __init__(self, *args: Any, categories: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(category.code, category.name) for category in categories]
        self.fields["category"].choices = [("", _("All")), *offered]  # type: ignore[attr-defined]

    def chosen_category(self) -> str | None:
        self.is_valid()
        return self.cleaned_data.get("category") or None
