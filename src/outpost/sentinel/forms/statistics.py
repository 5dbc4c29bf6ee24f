"""What the statistics ask for: days, groupings, the number that was opened."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.figures.forms import GroupedForm, offer
from outpost.pages.days import DayForm, RangeForm
from outpost.pages.ledgers import DAY
from outpost.sentinel.queries.statistics import Chosen, Grouping
from outpost.sentinel.queries.statistics.lists import Asked

Choices = Iterable[tuple[str, Any]]


class NatForm(RangeForm, GroupedForm):
    """核酸数据统计."""

    groupings = Grouping.choices()
    field_order = ["first", "last", "category", "by", "with_empty"]

    def days(self, today: date) -> tuple[date, date]:
        """First and last day; none lies ahead."""
        first, last = super().days(today)
        return min(first, today), min(last, today)


class VaccinationForm(DayForm, GroupedForm):
    """疫苗数据统计."""

    groupings = Grouping.choices()
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
        offer(self, "figure", figures)
        for name, choices in offered.items():
            found = list(choices)
            asked = self.data.get(name, "")
            if asked and asked not in dict(found):
                found.append((asked, "–"))
            offer(self, name, found)

    def asked(self, today: date) -> Asked:
        """The number; today where no day is named. Raises Refusal NOT_FOUND for a figure that no table has."""
        self.is_valid()
        found = self.cleaned_data
        last = found.get("last") or today
        first = found.get("first") or last
        parts = ("category", "town", "department")
        chosen = Chosen(
            **{part: found.get(part) or "" for part in parts}, organization=found.get("organization")
        )
        return Asked(min(first, last), last, chosen, found.get("figure") or "")
