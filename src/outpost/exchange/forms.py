"""Forms of imports and exports."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.core.sheets.columns import Column
from outpost.exchange.kinds import Parameter
from outpost.exchange.mending import RejectedRow

ROW_INPUT = re.compile(r"(\d{1,7})\.(.+)")  # number of the row, name of the column
TABLE_FILES = ".xlsx,.xls,.csv,text/csv"


class ParametersForm(forms.Form):
    """The choices that go with a file, as its kind asks for them."""

    def __init__(self, parameters: Sequence[Parameter], data: Mapping[str, str]) -> None:
        super().__init__({**data} if any(parameter.name in data for parameter in parameters) else None)
        for parameter in parameters:
            blank = [("", _("Choose…") if parameter.is_required else _("Any"))]
            self.fields[parameter.name] = forms.ChoiceField(
                label=str(parameter.label),
                choices=[*blank, *parameter.choices],
                required=parameter.is_required,
                error_messages={"invalid_choice": _("Choose one from the list.")},
            )

    @property
    def chosen(self) -> dict[str, str]:
        """The values that were chosen; call after `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class UploadForm(forms.Form):
    """One file. What is in it is told by its content, never by its name."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx, .xls) or CSV, at most {limit} MiB and 1,048,575 rows"),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose another one."),
        },
        widget=forms.ClearableFileInput(attrs={"accept": TABLE_FILES}),
    )

    def __init__(self, *arguments: object, limit: int, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # Django's own long signature
        field = self.fields["file"]
        field.help_text = str(field.help_text).format(limit=limit)


class PurposeForm(forms.Form):
    """What an export is needed for; asked only where identities are in it."""

    purpose = forms.ChoiceField(
        label=_("Purpose"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you need it for.")},
    )

    def __init__(self, purposes: Mapping[str, str | Promise], data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        if purposes:
            self.fields["purpose"].choices = list(purposes.items())  # type: ignore[attr-defined]
        else:
            del self.fields["purpose"]


@dataclass(frozen=True, slots=True)
class RowInputs:
    """The inputs of one rejected row: its number in the file, what is wrong with it as a whole, and its cells, those
    that are wrong apart from the others."""

    number: int
    wrong_as_a_whole: Sequence[str]
    wrong: Sequence[BoundField]
    others: Sequence[BoundField]


class RowsForm(forms.Form):
    """Rejected rows with an input a cell. Whether a cell is right is for the check of the file to say.

    What was typed of a row that is not rejected any more stays in the form.
    """

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[RejectedRow], data: QueryDict | None = None
    ) -> None:
        super().__init__(data)
        self._rows = {row.number: row for row in rows}
        typed = {int(found[1]) for name in data or () if (found := ROW_INPUT.match(name))}
        self._numbers = sorted({*self._rows, *typed})
        self._columns = columns
        for number in self._numbers:
            for column in columns:
                self.fields[f"{number}.{column.name}"] = self._input(column, self._rows.get(number))

    @staticmethod
    def _input(column: Column, row: RejectedRow | None) -> forms.CharField:
        text = row.cells.get(column.name, "") if row else ""
        return forms.CharField(
            label=column.header(get_language()),
            initial=text,
            required=False,
            help_text=row.wrong(column) if row else "",
            widget=forms.Textarea(attrs={"rows": 2}) if "\n" in text else forms.TextInput,
        )

    @property
    def corrections(self) -> dict[int, dict[str, str]]:
        """The cells that were sent, by row and column."""
        sent: dict[int, dict[str, str]] = {}
        for name, text in self.cleaned_data.items():
            if (found := ROW_INPUT.match(name)) and name in self.data:
                sent.setdefault(int(found[1]), {})[found[2]] = text
        return sent

    def by_row(self) -> Iterator[RowInputs]:
        """The inputs, row by row in the order of the file. Wrong as a whole: every cell may be what is wrong."""
        for number in self._numbers:
            row = self._rows.get(number)
            cells = [self[f"{number}.{column.name}"] for column in self._columns]
            whole = row.wrong_as_a_whole if row else []
            wrong = [cell for cell in cells if cell.help_text or whole or row is None]
            yield RowInputs(number, whole, wrong, [cell for cell in cells if cell not in wrong])
