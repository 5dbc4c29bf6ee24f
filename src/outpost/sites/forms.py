"""Filters of the lists."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.health.daily import (
    UNWELL_FROM,
    DailySymptom,
    Method,
    Wellness,
    contradiction,
    is_failed,
    read_temperature,
)
from outpost.health.passes import Condition
from outpost.pages.filters import filter_choice, filter_text, offer
from outpost.pages.ledgers import DAY, StatedForm
from outpost.people.rules import DocumentType
from outpost.regions.models import Region
from outpost.sites.columns import CONTRACTS, LONGEST_NAME
from outpost.sites.family_columns import FAMILY
from outpost.sites.models import Employer
from outpost.sites.people_columns import PEOPLE, USERS
from outpost.sites.rules import PlaceRule
from outpost.sites.services.excepting import LONGEST_REASON
from outpost.sites.vocabularies import ENTERED, INFERRED, Checked, Figure, Presence, Roll, Verification

NONE = "none"
FAILED_FOR_ALL = _("Below 35.0 °C the measurement has failed. Measure again, or say that none was taken.")
KEEP_BOTH = _("Both are right: keep them as they are")
LONGEST_LIST = 20_000


class ContractFilter(forms.Form):
    """As the manual has it: by contract number, project, general contractor, station; by town, and by what counts
    them in the headline."""

    number = filter_text(_("Contract number"))
    project = filter_text(_("Project"))
    general_contractor = filter_text(_("General contractor"))
    station = filter_choice(_("Supervision station"))
    town = filter_choice(_("Town"))
    figure = filter_choice(_("Counted in"), Figure.choices())

    def __init__(self, *args: Any, stations: Iterable[str], towns: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "station", ((one, one) for one in stations))
        offer(self, "town", ((town.code, town.name) for town in towns))


class ContractForm(StatedForm):
    """A contract with its project and employers; `has_numbers` for a new one: those of a filed one stay."""

    def __init__(
        self, *args: Any, has_numbers: bool, towns: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        fixed = () if has_numbers else ("number", "filing_number")
        shown = {one.name: one for one in CONTRACTS if one.name not in fixed}
        super().__init__(*args, columns=shown, **kwargs)
        self.offer("town", towns)
        self.fields["employers"] = forms.CharField(
            label=_("Employers"),
            required=False,
            max_length=LONGEST_LIST,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=_("One a line. Without any the general contractor employs its own people."),
        )

    def employers(self) -> list[str]:
        """Each once, in the order in which they were typed."""
        lines = map(str.strip, self.cleaned_data["employers"].splitlines())
        return list(dict.fromkeys(filter(None, lines)))


class RegistrationFilter(forms.Form):
    """By name or surname, number, where somebody is, how they were reported today, what is still to be verified, roll
    and employer."""

    name = filter_text(_("Full name"))
    document = filter_text(_("ID number"))
    presence = filter_choice(
        _("On site"),
        [*Presence.choices(), (ENTERED, _("Have entered")), (INFERRED, _("Entered another site since"))],
    )
    verification = filter_choice(_("Verification"), Verification.choices())
    wellness = filter_choice(_("Health today"), Wellness.choices())
    roll = filter_choice(_("Roll"), Roll.choices())
    employer = filter_choice(_("Employer"))

    pass_reason = filter_choice(_("Reason of the pass"), Condition.choices())

    def __init__(
        self, *args: Any, employers: Iterable[Employer], shows_passes: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "employer", ((str(one.id), one.name) for one in employers))
        if not shows_passes:
            del self.fields["pass_reason"]


class ShiftFilter(forms.Form):
    """Whom the table of a shift shows: by name or surname, employer."""

    name = filter_text(_("Full name"))
    employer = filter_choice(_("Employer"))

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "employer", ((str(one.id), one.name) for one in employers))


class RegistrationForm(StatedForm):
    """Somebody who is to work under a contract: the columns of the table."""

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in PEOPLE}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        self.offer("employer", ((one.name, one.name) for one in employers))
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["roll"].initial = Roll.WORKER.value
        self.fields["phone"].help_text = _("Left empty, it is that of the declaration, where one is stated.")


class FamilyForm(StatedForm):
    """Who comes along with somebody: the columns of the table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in FAMILY}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["document_type"].help_text = _("A child without a card: the birth certificate.")
        self.fields["phone"].help_text = _("Left empty, it is that of the declaration, where one is stated.")


class UserForm(StatedForm):
    """Somebody who is authorised to register the people of an employer."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DAY,
        help_text=_("Left empty, the right lasts as long as the contract. You can end it at any time."),
    )

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in USERS}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        self.offer("employer", ((one.name, one.name) for one in employers))
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["phone"].help_text = _("They sign in by this phone.")


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
