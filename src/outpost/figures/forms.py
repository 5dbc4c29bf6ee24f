"""What the page of a statistic asks for besides its days."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

Choices = Iterable[tuple[str, Any]]


class GroupedForm(forms.Form):
    """Which category, grouped how, and whether groups without staff are shown. Subclasses declare `groupings`."""

    groupings: Choices

    category = forms.ChoiceField(label=_("Category"), required=False)
    by = forms.ChoiceField(label=_("Grouped by"), required=False)
    with_empty = forms.BooleanField(label=_("Show groups without staff"), required=False)

    def __init__(self, *args: Any, categories: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = list(self.groupings)  # type: ignore[attr-defined]
        offer(self, "category", categories)

    def asked(self, name: str) -> str:
        """What was chosen; empty where nothing that can be chosen was."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")

    def grouping(self) -> str:
        """How the rows are grouped, by the first way by default."""
        return self.asked("by") or next(iter(self.groupings))[0]


def offer(form: forms.Form, name: str, choices: Choices) -> None:
    """Fill a select; with nothing to choose it is left out."""
    found = list(choices)
    if not found:
        del form.fields[name]
        return
    form.fields[name].choices = [("", _("All")), *found]  # type: ignore[attr-defined]
