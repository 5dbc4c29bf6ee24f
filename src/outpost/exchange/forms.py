"""Forms of imports and exports."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.exchange.kinds import Parameter

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
