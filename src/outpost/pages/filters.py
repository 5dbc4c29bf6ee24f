"""The fields by which lists are narrowed: all may stay empty, and what offers no choice is left out."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 100
ALL = ("", _("All"))


def filter_text(label: Any) -> forms.CharField:
    """A text to look for."""
    return forms.CharField(label=label, required=False, max_length=LONGEST)


def filter_choice(
    label: Any, choices: Iterable[tuple[Any, Any]] = (), first: tuple[str, Any] = ALL
) -> forms.ChoiceField:
    """One of several, or `first`, which narrows nothing."""
    return forms.ChoiceField(label=label, required=False, choices=[first, *choices])


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Fill a choice; with nothing to choose between it is left out."""
    found = list(choices)
    if len(found) < 2:
        del form.fields[name]
        return
    form.fields[name].choices = [ALL, *found]  # type: ignore[attr-defined]
