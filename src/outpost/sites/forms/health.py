"""Forms of daily health 每日健康."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.health.daily import UNWELL_FROM, DailySymptom, Method, contradiction, is_failed, read_temperature
from outpost.pages.filters import filter_choice, filter_text, offer
from outpost.sites.forms.contracts import FAILED_FOR_ALL, KEEP_BOTH, NONE
from outpost.sites.models import Employer


class ShiftFilter(forms.Form):
    """Whom the table of a shift shows: by name or surname, employer."""

    name = filter_text(_("Full name"))
    employer = filter_choice(_("Employer"))

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "employer", ((str(one.id), one.name) for one in employers))


class Measured(forms.Form):
    """A temperature as typed; what was probably meant is proposed, nothing is corrected in silence."""

    temperature = forms.CharField(
        label=_("Temperature (°C)"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("Leave it empty if none was taken."),
    )

    def clean_temperature(self) -> Decimal | None:
        """In °C; None where none was taken."""
        try:
            return read_temperature(self.cleaned_data["temperature"])
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


def method_choice() -> forms.ChoiceField:
    """How a temperature was taken."""
    return forms.ChoiceField(
        label=_("How it was taken"),
        required=False,
        choices=[("", _("not stated")), *Method.choices()],
        help_text=_("A fever is taken back by a later reading in the ear or under the arm alone."),
    )


class HealthForm(Measured):
    """每日健康 of one person. Nothing is ticked beforehand. What contradicts itself is asked back once."""

    method = method_choice()
    is_kept = forms.BooleanField(label=KEEP_BOTH, required=False)
    symptoms = forms.MultipleChoiceField(
        label=_("Symptoms"),
        choices=[*DailySymptom.choices(), (NONE, _("No such symptom"))],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_symptoms(self) -> tuple[str, ...]:
        """The symptoms; empty for who has none, which is stated, too."""
        chosen = self.cleaned_data["symptoms"]
        if NONE in chosen and len(chosen) > 1:
            raise ValidationError(_("Either no symptom or those that the person has."))
        return tuple(one for one in chosen if one != NONE)

    def clean(self) -> dict[str, Any]:
        """Temperature and symptoms do not contradict each other, or whoever reports stays with both."""
        stated = super().clean() or {}
        doubt = contradiction(stated.get("temperature"), stated.get("symptoms", ()))
        if "symptoms" in stated and doubt is not None and not stated.get("is_kept"):
            self.add_error("is_kept", doubt.render())
        return stated


class RestForm(Measured):
    """其余均正常: the highest temperature that was measured of the rest, or that none was taken."""

    is_unmeasured = forms.BooleanField(label=_("No temperature was taken"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of both is said; who is ill is reported alone."""
        stated = super().clean() or {}
        if "temperature" in stated and (stated["temperature"] is None) is not stated.get("is_unmeasured"):
            self.add_error(
                "temperature", _("Type the highest temperature measured, or say that none was taken.")
            )
        elif stated.get("temperature") is not None and stated["temperature"] >= UNWELL_FROM:
            self.add_error("temperature", _("That is a fever. Report who has it alone, then the rest."))
        elif is_failed(stated.get("temperature")):
            self.add_error("temperature", FAILED_FOR_ALL)
        return stated
