"""The forms of this module: they check what is typed; the services write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outpost.core.clock import day_span, zone
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.fields.specs import PREFIX, FieldSpec, FieldValue
from outpost.health import passes
from outpost.health.proposal_tables import DispositionProposal
from outpost.health.queries import PRODUCT_NAMES
from outpost.health.rules import (
    DOSES,
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    Disposition,
    Outcome,
    RiskLevel,
    Symptom,
)
from outpost.health.services import LONGEST_TEXT, Declared, ProductFacts
from outpost.health.services.proposals import LONGEST_GROUND, Wanted
from outpost.pages.ledgers import DAY, cell_field

_MANY_NAMES = 50
_FEW_CHOICES = 6


class ProductForm(forms.Form):
    """`code` is fixed once the vaccine exists."""

    code = forms.CharField(
        label=pgettext_lazy("vaccine", "Code"),
        max_length=40,
        help_text=_("Small letters, digits and dashes. It cannot be changed later."),
    )
    name = forms.CharField(label=PRODUCT_NAMES["name"], max_length=100)
    name_en = forms.CharField(label=PRODUCT_NAMES["name_en"], max_length=100, required=False)
    synonyms = forms.CharField(
        label=PRODUCT_NAMES["synonyms"],
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line: how sources write it. Brackets, spaces and capitals do not matter."),
    )
    doses = forms.TypedChoiceField(
        label=PRODUCT_NAMES["doses"], choices=[(n, str(n)) for n in DOSES], coerce=int
    )
    least_days = forms.IntegerField(label=PRODUCT_NAMES["least_days"], min_value=0, max_value=3650)
    booster_after_days = forms.IntegerField(
        label=PRODUCT_NAMES["booster_after_days"],
        required=False,
        min_value=0,
        max_value=3650,
        help_text=_("Empty: no booster is called for."),
    )
    is_active = forms.BooleanField(
        label=PRODUCT_NAMES["is_active"],
        required=False,
        initial=True,
        help_text=_("Records of a vaccine out of use still count."),
    )

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = not is_new

    def clean_synonyms(self) -> tuple[str, ...]:
        """The names, one a line, each once."""
        names = tuple(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["synonyms"].splitlines()))))
        if len(names) > _MANY_NAMES:
            raise ValidationError(_("At most %(limit)s names."), params={"limit": _MANY_NAMES})
        return names

    def facts(self) -> ProductFacts:
        """What a valid form says."""
        return ProductFacts(**{one.name: self.cleaned_data[one.name] for one in fields(ProductFacts)})


class PassRulesForm(forms.Form):
    """A proposal for the rules of the pass: for each condition its colour, hours and reason, in the order of `now`.

    Nothing else can be asked about, and of each condition only the colours that it may give are offered.
    """

    reason = forms.CharField(
        label=_("Why the rules change"),
        max_length=200,
        help_text=_("The second officer and the auditors read it."),
    )
    expires_on = forms.DateField(
        label=_("Last day"), widget=DAY, help_text=_("Afterwards the built-in rules hold again.")
    )

    def __init__(self, *args: Any, now: passes.RuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {rule.condition: rule for rule in now.rules}
        others = [condition for condition in passes.DEFAULTS if condition not in known]
        self._conditions = [*list(known)[:-1], *others, passes.Condition.NOTHING]
        for condition in self._conditions:
            self._ask(condition, known.get(condition))

    def _ask(self, condition: passes.Condition, rule: passes.Rule | None) -> None:
        offered = passes.colours_of(condition)
        colours: list[tuple[str, Any]] = [(one.value, one.label) for one in offered]
        if condition not in passes.ALWAYS_ASKED:
            colours.insert(0, ("", _("Not asked about")))
        shown = rule or passes.DEFAULTS[condition]
        most = passes.LONGEST_REASON
        named = {
            "colour": forms.ChoiceField(
                label=_("Colour"), choices=colours, required=False, initial=rule.colour.value if rule else ""
            ),
            "hours": forms.IntegerField(
                label=_("Hours"), min_value=1, max_value=passes.LONGEST_HOURS, initial=shown.hours
            ),
            "zh": forms.CharField(label=_("Reason in Chinese"), max_length=most, initial=shown.zh),
            "en": forms.CharField(label=_("Reason in English"), max_length=most, initial=shown.en),
        }
        self.fields.update({f"{condition}_{name}": field for name, field in named.items()})

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields of each condition under its name."""
        names = ("colour", "hours", "zh", "en")
        return [(one.label, [self[f"{one}_{name}"] for name in names]) for one in self._conditions]

    def clean(self) -> dict[str, Any]:
        """Adds `rules`: those that are asked about."""
        stated = super().clean() or {}
        rules = [self._rule(one, stated) for one in self._conditions if stated.get(f"{one}_colour")]
        return {**stated, "rules": [rule for rule in rules if rule is not None]}

    def _rule(self, condition: passes.Condition, stated: dict[str, Any]) -> passes.Rule | None:
        try:
            return passes.Rule(
                condition=condition,
                colour=passes.Colour(stated[f"{condition}_colour"]),
                hours=stated[f"{condition}_hours"],
                zh=stated[f"{condition}_zh"],
                en=stated[f"{condition}_en"],
            )
        except KeyError:  # a field of it is wrong and says so
            return None
        except ValueError:
            wrong = _("A reason is short, and {hours} is all that it may hold in brackets.")
            self.add_error(f"{condition}_zh", wrong)
            return None

    @property
    def expires_at(self) -> datetime:
        """The end of the last day. Raises Refusal DAY_OUT_OF_RANGE."""
        last: date = self.cleaned_data["expires_on"]
        return day_span(last, last)[1]


class AnswerForm(forms.Form):
    """The answer to an objection."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices(), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The person reads it. Say which record was corrected, or why it stands."),
    )


DROP = "drop"
INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ProposalForm(forms.Form):
    """An officer's proposal of a disposition. Only of whom something holds it can be lifted."""

    decision = forms.ChoiceField(label=_("Disposition"), widget=forms.RadioSelect)
    begins_at = forms.DateTimeField(
        label=_("Begins"),
        required=False,
        widget=INSTANT,
        help_text=_("Empty: from the second officer's word on. Later: until then everything stays as it is."),
    )
    means = forms.CharField(
        label=_("Place of isolation or hospital"),
        max_length=200,
        required=False,
        help_text=_("Needed for isolation, suspected and confirmed."),
    )
    ground = forms.CharField(label=_("Ground"), max_length=LONGEST_GROUND, widget=forms.Textarea({"rows": 3}))

    def __init__(
        self, *args: Any, can_be_lifted: bool, besides: Sequence[tuple[str, Any]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [one for one in Disposition if one is not Disposition.ADMITTED or can_be_lifted]
        choices = [*((one.value, one.label) for one in offered), *besides]
        cast(forms.ChoiceField, self.fields["decision"]).choices = choices

    def wanted(self) -> Wanted:
        """What a valid form says."""
        stated = self.cleaned_data
        return Wanted(
            disposition=Disposition(stated["decision"]),
            ground=stated["ground"],
            means=stated["means"],
            begins_at=stated["begins_at"],
        )


class DispositionForm(ProposalForm):
    """An officer's word on a proposed disposition. Only who was proposed to be let in again can be."""

    def __init__(self, *args: Any, proposed: DispositionProposal, at: datetime, **kwargs: Any) -> None:
        is_lift = proposed.disposition == Disposition.ADMITTED
        super().__init__(*args, can_be_lifted=is_lift, besides=[(DROP, _("Drop the proposal"))], **kwargs)
        self.fields["decision"].label = _("Decision")
        self.initial["decision"], self.initial["means"] = proposed.disposition, proposed.means
        if proposed.begins_at is not None and proposed.begins_at > at:
            self.initial["begins_at"] = proposed.begins_at


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

    def declared(self) -> Declared:
        """What a valid form says."""
        names = ("symptoms", "was_in_risk_area", "stopovers", "temperature", "answers")
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

    person = forms.TypedChoiceField(label=_("For whom"), coerce=UUID)
    text = forms.CharField(
        label=_("What is wrong, and since when"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Name the record that is wrong, such as a test, and where it can be seen."),
    )

    def __init__(self, *args: Any, people: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: Any = self.fields["person"]
        asked.choices = [(str(one), name) for one, name in people.items()]


class RiskAreaForm(forms.Form):
    """A new risk area."""

    name = forms.CharField(
        label=_("Area"),
        max_length=60,
        help_text=_("As declarations call it, such as a city, district or street."),
    )
    level = forms.ChoiceField(label=_("Level"), choices=RiskLevel.choices(), widget=forms.RadioSelect)
    begins_on = forms.DateField(label=_("From"), widget=DAY)

    def clean_name(self) -> str:
        """Two characters or more: one alone would be found in nearly everything."""
        name = str(self.cleaned_data["name"])
        if len(name) < 2:
            raise ValidationError(_("Write at least two characters."))
        return name
