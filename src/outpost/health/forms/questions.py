"""The form of a question that a district adds to the declaration."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outpost.fields.forms import LONGEST_CHOICES, FieldForm, lines_of
from outpost.fields.specs import FieldKind, FieldSpec
from outpost.health.models.questions import Question
from outpost.health.queries.questions import NAMES
from outpost.health.services import Asking
from outpost.pages.ledgers import DAY

LONGEST_QUESTION = 100
YES_NO = "yes_no"
YES_OR_NO = (("是", "否"), ("Yes", "No"))
"""A choice of these answers, in both languages."""
KINDS = [(YES_NO, pgettext_lazy("kind of answer", "Yes or no")), *FieldKind.choices()]


def kind_of(row: Question) -> str:
    """What a form and a list call the kind of a question."""
    return YES_NO if tuple(row.choices) == YES_OR_NO[0] else row.kind


class QuestionForm(FieldForm):
    """A question: what is asked in both languages, what may be answered, from which day until which."""

    name = forms.CharField(label=NAMES["name"], max_length=LONGEST_QUESTION)
    name_en = forms.CharField(label=NAMES["name_en"], max_length=LONGEST_QUESTION, required=False)
    choices_en = forms.CharField(
        label=NAMES["choices_en"],
        max_length=LONGEST_CHOICES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, in the same order. Empty: the Chinese ones are shown."),
    )
    begins_on = forms.DateField(label=NAMES["begins_on"], widget=DAY)
    last_day = forms.DateField(
        label=NAMES["last_day"],
        widget=DAY,
        required=False,
        help_text=_("Empty: until somebody ends it. Answers on record stay."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, question: Question | None = None, today: date
    ) -> None:
        super().__init__(data, field=question)
        for name in ("kind", "choices", "is_required"):
            self.fields[name].label = NAMES[name]
        kind: Any = self.fields["kind"]
        kind.choices = KINDS
        if question is None:
            self.initial = {"begins_on": today, "kind": YES_NO}
        else:
            self.initial = {
                **self.initial,
                "kind": kind_of(question),
                "choices_en": "\n".join(question.choices_en),
                "begins_on": question.begins_on,
                "last_day": question.last_day,
            }

    def asking(self, code: str = "") -> Asking:
        """What a valid form says."""
        stated = self.cleaned_data
        kind, choices = stated["kind"], (lines_of(stated["choices"]), lines_of(stated["choices_en"]))
        if kind == YES_NO:
            kind, choices = FieldKind.CHOICE, YES_OR_NO
        spec = FieldSpec(
            code or stated.get("code", ""),
            *(stated["name"], kind, stated["name_en"], choices[0], stated["is_required"], choices[1]),
        )
        days = {"begins_on": stated["begins_on"], "last_day": stated["last_day"]}
        return Asking(spec=spec, position=stated["position"], **days)
