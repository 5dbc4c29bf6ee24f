"""Forms of citizens: 健康申报, 申诉."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.fields.specs import PREFIX, FieldSpec, FieldValue
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Symptom
from outpost.health.services import LONGEST_TEXT, Declared
from outpost.pages.ledgers import cell_field
from outpost.people.rules import whole_text
from outpost.regions.columns import LONGEST_ADDRESS

_FEW_CHOICES = 6


class _OwnForm(forms.Form):
    """What a citizen states for whom they speak; `key` makes a second post of the same page the same statement."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


NO_SYMPTOM = "none"


class DeclarationForm(_OwnForm):
    """健康申报. Nothing is ticked beforehand: what is stated of somebody's health is stated by them."""

    people = forms.TypedMultipleChoiceField(
        label=_("For whom"), coerce=UUID, widget=forms.CheckboxSelectMultiple
    )
    symptoms = forms.MultipleChoiceField(
        label=_("Symptoms within 14 days"), widget=forms.CheckboxSelectMultiple
    )
    was_in_risk_area = forms.TypedChoiceField(
        label=_("Stay in a risk area within 14 days"),
        choices=[("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    stopovers = forms.CharField(
        label=_("Places visited within 14 days"),
        max_length=200,
        required=False,
        help_text=_(
            "Outside this city, the latest first, such as: Shanghai, Suzhou. Leave it empty if none."
        ),
    )
    home = forms.CharField(
        label=_("Home address now"),
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text=_(
            "Street, number and room, such as: Example Road 1, block 2, room 301. Leave it empty if it is as you "
            "stated it before."
        ),
    )
    temperature = forms.DecimalField(
        label=_("Temperature (°C), if measured"),
        required=False,
        decimal_places=1,
        min_value=LOWEST_TEMPERATURE,
        max_value=HIGHEST_TEMPERATURE,
    )

    def __init__(
        self, *args: Any, people: Mapping[UUID, str], questions: Iterable[FieldSpec] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._questions = {PREFIX + spec.code: spec for spec in questions}
        self.fields |= {name: _asked(spec) for name, spec in self._questions.items()}
        asked: Any = self.fields
        asked["people"].choices = [(str(one), name) for one, name in people.items()]
        if len(people) == 1:
            asked["people"].initial, asked["people"].widget = (
                [str(one) for one in people],
                forms.MultipleHiddenInput(),
            )
        else:
            asked["home"].label = _("Where all who are chosen live now")
        asked["symptoms"].choices = [*Symptom.choices(), (NO_SYMPTOM, _("No such symptom"))]

    def questions(self) -> list[BoundField]:
        """The fields of the district's own questions."""
        return [self[name] for name in self._questions]

    def clean(self) -> dict[str, Any]:
        """Adds `answers`, by the codes of the questions."""
        stated = super().clean() or {}
        answers = {spec.code: self._answer(name, spec, stated) for name, spec in self._questions.items()}
        return {**stated, "answers": {code: said for code, said in answers.items() if said is not None}}

    def _answer(self, name: str, spec: FieldSpec, stated: Mapping[str, Any]) -> FieldValue | None:
        """What was answered to a question; None without an answer, or with one that is wrong and says so."""
        text = stated.get(name, "").strip()
        try:
            if text:
                return spec.value(text, zone())
            if spec.is_required:
                self.add_error(name, self.fields[name].error_messages["required"])
        except Refusal as refusal:
            self.add_error(name, refusal.message)
        return None

    def clean_symptoms(self) -> tuple[str, ...]:
        """The symptoms; empty for who has none, which is stated, too."""
        chosen = self.cleaned_data["symptoms"]
        if NO_SYMPTOM in chosen and len(chosen) > 1:
            raise ValidationError(_("Either no symptom or those that you have."))
        return tuple(one for one in chosen if one != NO_SYMPTOM)

    def clean_home(self) -> str:
        """As the registration of a site reads an address."""
        try:
            return whole_text(" ".join(self.cleaned_data["home"].split()))
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal

    def declared(self) -> Declared:
        """What a valid form says."""
        names = ("symptoms", "was_in_risk_area", "stopovers", "temperature", "home", "answers")
        return Declared(**{name: self.cleaned_data[name] for name in names})

    def key_of(self, person_id: UUID) -> UUID:
        """The key of the statement about one of several people."""
        return uuid5(self.cleaned_data["key"], str(person_id))


def _asked(spec: FieldSpec) -> forms.Field:
    """The field of a question: few answers stand side by side, nothing is chosen beforehand."""
    field: Any = cell_field(spec.column())
    if 0 < len(spec.choices) <= _FEW_CHOICES:
        offered = list(field.choices)[1:]
        field.widget = forms.RadioSelect()
        field.choices = offered
    return cast(forms.Field, field)


class ObjectionForm(_OwnForm):
    """申诉."""

    person = forms.TypedChoiceField(label=_("Whose pass"), coerce=UUID)
    text = forms.CharField(
        label=_("What is wrong, and since when"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Name the record that is wrong, such as a test, and where it can be seen."),
    )

    def __init__(self, *args: Any, people: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: Any = self.fields["person"]
        # Whoever speaks for several says of whom: the first would be objected for by mistake.
        nobody = [("", _("Choose…"))] if len(people) > 1 else []
        asked.choices = [*nobody, *((str(one), name) for one, name in people.items())]
