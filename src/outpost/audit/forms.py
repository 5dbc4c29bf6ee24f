"""The filters of the auditor's page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.audit.words import words

TEXT_LENGTH = 100


class EntryFilter(forms.Form):
    """`action` offers what occurs; days are local and both included."""

    action = forms.ChoiceField(label=_("Action"), required=False)
    who = forms.CharField(label=_("Actor"), max_length=TEXT_LENGTH, required=False)
    object_id = forms.CharField(label=_("Object"), max_length=TEXT_LENGTH, required=False)
    first_on = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last_on = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, actions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", _("All"))] + [(action, words(action)) for action in actions]
        self.fields["action"].choices = offered  # type: ignore[attr-defined]
