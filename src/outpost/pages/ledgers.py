"""Forms and lists that follow from the declared columns of a ledger.

A form judges nothing by itself: what was typed goes as it stands to the service, whose parser is that of the files,
and every mistake comes back to its field (`refuse`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import ColumnKind
from outpost.pages.listing import Column

KEEPS = _("Leave empty to keep {shown}")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TextCell(forms.CharField):
    """What was typed, trimmed. `required` only marks the field."""

    def clean(self, value: Any) -> str:
        return str(self.to_python(value))


class ChoiceCell(forms.ChoiceField):
    """What was chosen. `required` only marks the field."""

    def clean(self, value: Any) -> str:
        return str(self.to_python(value))


class StatedForm(forms.Form):
    """A form of declared columns, by the names of their fields. `kept` are texts on record, masked for this reader,
    that an empty field keeps."""

    def __init__(
        self,
        *args: Any,
        columns: Mapping[str, LedgerColumn],
        kept: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._columns = {name: column.name for name, column in columns.items() if column.in_form}
        self.fields |= {name: cell_field(columns[name]) for name in self._columns}
        for name, text in (kept or {}).items():
            self.fields[name].required = False
            self.fields[name].help_text = str(KEEPS).format(shown=text)

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Make a choice of a field, among these."""
        field = self.fields[name]
        self.fields[name] = ChoiceCell(
            label=field.label, required=field.required, choices=[("", ""), *choices]
        )

    def stated(self) -> dict[str, Raw]:
        """What was typed, by column, for the service."""
        typed = self.cleaned_data
        return {column: typed[name] for name, column in self._columns.items() if name in typed}


def cell_field(column: LedgerColumn) -> forms.Field:
    """The field of a column."""
    about: dict[str, Any] = {"label": column.title, "required": column.required, "help_text": column.advice}
    if column.options:
        return ChoiceCell(choices=[*column.options.items()], **about)
    if column.choices:
        offered = [(choice.code, column.shown(choice.code)) for choice in column.choices]
        return ChoiceCell(choices=[("", ""), *offered], **about)
    if column.kind is ColumnKind.DATE:
        return TextCell(widget=DAY, **about)
    if column.kind in (ColumnKind.NUMBER, ColumnKind.WHOLE):
        return TextCell(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **about)
    return TextCell(max_length=column.max_length, **about)


def list_columns(columns: Iterable[LedgerColumn]) -> dict[str, Column]:
    """The columns of a list, by name."""
    return {
        column.name: Column(
            column.name,
            column.heading or column.title,
            order=column.order,
            is_default=column.is_default,
            is_long=column.is_long,
        )
        for column in columns
        if column.in_list
    }
