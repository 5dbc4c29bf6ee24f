"""Extra fields of a category inside a form: to fill in, or to filter by."""

from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.sentinel.fields import FieldKind, FieldSpec, FieldValue

PREFIX = "field."  # as the parameters of an export name them


def fields_of(columns: Iterable[LedgerColumn], specs: Iterable[FieldSpec]) -> dict[str, LedgerColumn]:
    """The columns of a form by the names of their fields: those of the ledger and the category's own."""
    built_in = {column.name: column for column in columns}
    return built_in | {PREFIX + spec.code: spec.column() for spec in specs}


def initial(values: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Values on record as the form's initial ones."""
    return {PREFIX + code: value for code, value in values.items()}


def add_filters(form: forms.Form, specs: Iterable[FieldSpec], language: str) -> None:
    """Add a filter for each extra field that is a choice."""
    for spec in specs:
        if spec.kind is FieldKind.CHOICE:
            choices = [("", _("All")), *((choice, choice) for choice in spec.choices)]
            form.fields[PREFIX + spec.code] = forms.ChoiceField(
                label=spec.label(language), required=False, choices=choices
            )
