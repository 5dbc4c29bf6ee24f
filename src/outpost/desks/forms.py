"""What is typed about entries that wait, and a PIN."""

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.desks.rules import LONGEST_REASON, Settled


class SettleForm(forms.Form):
    """What became of an entry that was not simply recorded."""

    how = forms.ChoiceField(label=_("What was done"), choices=Settled.choices())
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, required=False)


class PinForm(forms.Form):
    """Six digits, twice."""

    pin = forms.CharField(label=_("New PIN"), max_length=6, widget=forms.PasswordInput)
    repeated = forms.CharField(label=_("The same again"), max_length=6, widget=forms.PasswordInput)

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("pin"):
            raise forms.ValidationError(_("The two do not agree. Type the PIN again."))
        return repeated
