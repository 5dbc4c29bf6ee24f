"""Extra fields in forms: to fill in, to filter by, and to define."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.fields.models import NAMES, ExtraField
from outpost.fields.specs import LONGEST_CODE, LONGEST_NAME, PREFIX, FieldKind, FieldSpec

LONGEST_CHOICES = 4000


def columns_with(columns: Iterable[LedgerColumn], specs: Iterable[FieldSpec]) -> dict[str, LedgerColumn]:
    """The columns of a form by the names of their fields: those of the ledger and the extra ones."""
    built_in = {column.name: column for column in columns}
    return built_in | {PREFIX + spec.code: spec.column() for spec in specs}


def add_filters(form: forms.Form, specs: Iterable[FieldSpec]) -> None:
    """Add a filter for each extra field that is a choice."""
    for spec in specs:
        if spec.kind == FieldKind.CHOICE:
            choices = [("", _("All")), *((choice, choice) for choice in spec.choices)]
            form.fields[PREFIX + spec.code] = forms.ChoiceField(
                label=str(spec.title), required=False, choices=choices
            )


class FieldForm(forms.Form):
    """The definition of an extra field. A new one's code may be left out: then it is made up."""

    name = forms.CharField(label=NAMES["name"], max_length=LONGEST_NAME)
    name_en = forms.CharField(label=NAMES["name_en"], max_length=LONGEST_NAME, required=False)
    kind = forms.ChoiceField(label=NAMES["kind"], choices=FieldKind.choices())
    choices = forms.CharField(
        label=NAMES["choices"],
        max_length=LONGEST_CHOICES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, for a choice only."),
    )
    is_required = forms.BooleanField(label=NAMES["is_required"], required=False)
    position = forms.IntegerField(label=NAMES["position"], required=False, min_value=0, max_value=999)
    code = forms.CharField(
        label=_("Short code"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=_(
            "Small letters, digits and underscores, for calls and files. Empty: given by the system."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, field: ExtraField | None = None) -> None:
        initial = {}
        if field is not None:
            initial = {name: getattr(field, name) for name in NAMES} | {"choices": "\n".join(field.choices)}
        super().__init__(data, initial=initial)
        if field is not None:
            del self.fields["code"]

    def spec(self, code: str) -> FieldSpec:
        """The definition as it was typed."""
        stated = self.cleaned_data
        choices = lines_of(stated["choices"])
        return FieldSpec(
            code, stated["name"], stated["kind"], stated["name_en"], choices, stated["is_required"]
        )


def lines_of(text: str) -> tuple[str, ...]:
    """What stands in the lines that are not empty."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
