"""What the reports ask for: days, ranges, groupings."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.pages.ledgers import DAY
from outpost.sentinel import labels
from outpost.sentinel.models import Category
from outpost.sentinel.queries.statistics import Chosen, Grouping
from outpost.sentinel.queries.statistics.lists import Asked

Choices = Iterable[tuple[str, Any]]


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


class _ByForm(forms.Form):
    category = forms.ChoiceField(label=_("Category"), required=False)
    by = forms.ChoiceField(label=_("Grouped by"), required=False, choices=[*labels.GROUPINGS.items()])
    with_empty = forms.BooleanField(label=_("Show groups without staff"), required=False)

    def __init__(self, *args: Any, categories: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "category", ((category.code, category.name) for category in categories))

    def grouping(self) -> Grouping:
        """How the rows are grouped, towns by default."""
        self.is_valid()
        return self.cleaned_data.get("by") or "town"

    def shows_empty(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("with_empty"))

    def chosen_category(self) -> str:
        """The code of the category; empty for all."""
        self.is_valid()
        return self.cleaned_data.get("category") or ""


class NatForm(RangeForm, _ByForm):
    """核酸数据统计."""

    field_order = ["first", "last", "category", "by", "with_empty"]

    def days(self, today: date) -> tuple[date, date]:
        """First and last day; none lies ahead."""
        first, last = super().days(today)
        return min(first, today), min(last, today)


class VaccinationForm(DayForm, _ByForm):
    """疫苗数据统计."""

    field_order = ["category", "by", "on", "with_empty"]


class CountedForm(forms.Form):
    """The number that was opened: its days, its part of the ledger, and, among `figures`, which one it is.

    What the address asks for is always offered: whether it is in reach is the query's to say.
    """

    figure = forms.ChoiceField(label=_("Figure"), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=DAY)
    last = forms.DateField(label=_("To"), required=False, widget=DAY)
    category = forms.ChoiceField(label=_("Category"), required=False)
    town = forms.ChoiceField(label=_("Town"), required=False)
    department = forms.ChoiceField(label=_("Responsible department"), required=False)
    organization = forms.TypedChoiceField(
        label=_("Organisation"), required=False, coerce=UUID, empty_value=None
    )

    def __init__(self, *args: Any, figures: Choices = (), **offered: Choices) -> None:
        super().__init__(*args)
        _offer(self, "figure", figures)
        for name, choices in offered.items():
            found = list(choices)
            asked = self.data.get(name, "")
            if asked and asked not in dict(found):
                found.append((asked, "–"))
            _offer(self, name, found)

    def asked(self, today: date) -> Asked:
        """The number; today where no day is named. Raises Refusal NOT_FOUND for a figure that no table has."""
        self.is_valid()
        found = self.cleaned_data
        last = found.get("last") or today
        first = found.get("first") or last
        chosen = Chosen(
            category=found.get("category") or "",
            town=found.get("town") or "",
            organization=found.get("organization"),
            department=found.get("department") or "",
        )
        return Asked(min(first, last), last, chosen, found.get("figure") or "")


def _offer(form: forms.Form, name: str, choices: Choices) -> None:
    """Fill a select; with nothing to choose it is left out."""
    found = list(choices)
    if not found:
        del form.fields[name]
        return
    form.fields[name].choices = [("", _("All")), *found]  # type: ignore[attr-defined]
