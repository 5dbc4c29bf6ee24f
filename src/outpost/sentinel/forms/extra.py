"""Extra fields of a category inside a form: to fill in, or to filter by."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.sheets.cells import Raw
from outpost.sentinel.fields import LONGEST_TEXT, FieldKind, FieldSpec, FieldValue

PREFIX = "field."  # as the parameters of an export name them
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def add_fields(form: forms.Form, specs: Iterable[FieldSpec], language: str) -> None:
    """Add an input for each extra field; `extra_names` of the form lists them for the template."""
    for spec in specs:
        form.fields[PREFIX + spec.code] = _input(spec, spec.label(language))


def add_filters(form: forms.Form, specs: Iterable[FieldSpec], language: str) -> None:
    """Add a filter for each extra field that is a choice."""
    for spec in specs:
        if spec.kind is FieldKind.CHOICE:
            form.fields[PREFIX + spec.code] = forms.ChoiceField(
                label=spec.label(language), required=False, choices=_choices(spec, _("All"))
            )


def typed(cleaned: Mapping[str, Any]) -> dict[str, Raw]:
    """What was typed into the extra fields, by their codes, as a ledger's reader takes it."""
    return {
        name.removeprefix(PREFIX): str(value) if isinstance(value, Decimal) else value
        for name, value in cleaned.items()
        if name.startswith(PREFIX) and value not in (None, "")
    }


def initial(values: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Values on record as the form's initial ones."""
    return {PREFIX + code: value for code, value in values.items()}


def _input(spec: FieldSpec, label: str) -> forms.Field:
    common: dict[str, Any] = {"label": label, "required": spec.is_required}
    match spec.kind:
        case FieldKind.CHOICE:
            return forms.ChoiceField(choices=_choices(spec, ""), **common)
        case FieldKind.DATE:
            return forms.DateField(widget=DAY, **common)
        case FieldKind.NUMBER:
            return forms.DecimalField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
    return forms.CharField(max_length=LONGEST_TEXT, **common)


def _choices(spec: FieldSpec, empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((choice, choice) for choice in spec.choices)]
