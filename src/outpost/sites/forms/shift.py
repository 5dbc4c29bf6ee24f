"""每日健康 of a whole shift: a table with a row a person, and 其余均正常 for the rows in which nothing is typed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core.errors import Refusal
from outpost.health.daily import UNWELL_FROM, DailySymptom, Report, contradiction, is_failed, read_temperature
from outpost.sites.forms.contracts import FAILED_FOR_ALL
from outpost.sites.forms.health import Measured, method_choice
from outpost.sites.queries.people import CrewRow

MOST_ROWS = 50
"""Of one table: with all symptoms ticked it stays below what a form may send."""


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A row as the template draws it."""

    who: CrewRow
    temperature: forms.BoundField
    symptoms: forms.BoundField
    is_kept: forms.BoundField


class TemperatureField(forms.CharField):
    """A temperature as typed, in °C; None where nothing is. A slip is asked back at its row."""

    def clean(self, value: Any) -> Any:
        try:
            return read_temperature(super().clean(value))
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


class ShiftForm(Measured):
    """The rows of a table by their registrations; `rows` says which were shown, so that others are left alone."""

    rows = forms.CharField(widget=forms.HiddenInput, max_length=MOST_ROWS * 37)
    method = method_choice()
    is_unmeasured = forms.BooleanField(label=gettext_lazy("No temperature was taken"), required=False)

    def __init__(self, *args: Any, people: Sequence[CrewRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        self.fields["temperature"].label = gettext_lazy("Highest temperature of the others (°C)")
        self.fields["temperature"].help_text = ""
        self.fields["rows"].initial = " ".join(str(one.id) for one in people)
        for one in people:
            self._add(one)

    def _add(self, one: CrewRow) -> None:
        name = one.person.name
        measured = {"inputmode": "decimal", "autocomplete": "off", "data-next": "", "class": "form-control"}
        self.fields[f"temperature.{one.id}"] = TemperatureField(
            label=_("Temperature of {name}").format(name=name),
            required=False,
            max_length=12,
            widget=forms.TextInput(attrs=measured),
        )
        self.fields[f"symptoms.{one.id}"] = forms.MultipleChoiceField(
            label=_("Symptoms of {name}").format(name=name),
            required=False,
            choices=DailySymptom.choices(),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields[f"is_kept.{one.id}"] = forms.BooleanField(
            label=_("{name}: both are right, keep them as they are").format(name=name), required=False
        )

    @cached_property
    def table(self) -> list[ShiftRow]:
        return [
            ShiftRow(one, *(self[f"{name}.{one.id}"] for name in ("temperature", "symptoms", "is_kept")))
            for one in self.people
        ]

    def clean(self) -> dict[str, Any]:
        """Something is said; of the others at most one thing; who is ill among them has a row."""
        stated = super().clean() or {}
        for id_, degrees, symptoms in self._rows():
            doubt = contradiction(degrees, symptoms)
            if doubt is not None and not stated.get(f"is_kept.{id_}"):
                self.add_error(f"is_kept.{id_}", doubt.render())
        highest, is_unmeasured = stated.get("temperature"), stated.get("is_unmeasured")
        if highest is not None and is_unmeasured:
            said = _("Type the highest temperature measured, or say that none was taken.")
            self.add_error("temperature", said)
        elif highest is not None and highest >= UNWELL_FROM:
            self.add_error("temperature", _("That is a fever. Type it in the row of who has it."))
        elif is_failed(highest):
            self.add_error("temperature", FAILED_FOR_ALL)
        elif not self.errors and not list(self._rows()) and not self._says_rest:
            raise ValidationError(
                _("Nothing is typed yet. Type a temperature, tick a symptom, or say how the others are.")
            )
        return stated

    @property
    def _says_rest(self) -> bool:
        stated = self.cleaned_data
        return stated.get("temperature") is not None or bool(stated.get("is_unmeasured"))

    def _rows(self) -> Iterator[tuple[UUID, Decimal | None, tuple[str, ...]]]:
        """The rows in which something is typed."""
        for one in self.people:
            temperature = self.cleaned_data.get(f"temperature.{one.id}")
            symptoms = tuple(self.cleaned_data.get(f"symptoms.{one.id}") or ())
            if temperature is not None or symptoms:
                yield one.id, temperature, symptoms

    def reports(self, at: datetime, *, waiting: Collection[UUID]) -> dict[UUID, Report]:
        """What was stated, by registration. `waiting`: of whom nothing was reported yet; what is said of the others
        together does not reach whoever was reported since the table was drawn."""
        method = self.cleaned_data["method"]
        rest = Report(at, self.cleaned_data["temperature"], method=method)
        found = {one.id: rest for one in self.people if self._says_rest and one.id in waiting}
        for id_, degrees, symptoms in self._rows():
            is_doubtful = contradiction(degrees, symptoms) is not None
            found[id_] = Report(at, degrees, symptoms, method, is_doubtful)
        return found
