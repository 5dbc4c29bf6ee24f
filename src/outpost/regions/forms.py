"""Forms of towns and grids. They check what is typed; `services` writes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.core.sheets import cells

LONGEST_NAME = 40
MOST_ALIASES = 20


class GridForm(forms.Form):
    """The name of a grid."""

    name = forms.CharField(
        label=_("Name of the grid"),
        max_length=LONGEST_NAME,
        help_text=_("As it stands in the files that towns send, such as 第三网格."),
    )

    def clean_name(self) -> str:
        return _clean(self.cleaned_data["name"])


class AliasForm(forms.Form):
    """Other names of a town, one a line."""

    aliases = forms.CharField(
        label=_("Other names"),
        required=False,
        max_length=MOST_ALIASES * (LONGEST_NAME + 2),
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One a line: what people write in files in place of the official name."),
    )

    def clean_aliases(self) -> list[str]:
        names = [_clean(line) for line in self.cleaned_data["aliases"].splitlines() if line.strip()]
        if len(names) > MOST_ALIASES:
            raise ValidationError(_("At most %(limit)s names."), params={"limit": MOST_ALIASES})
        return names


def _clean(text: str) -> str:
    """A name as a cell of a file is read: trimmed, without what does not show."""
    try:
        name = cells.text(text, LONGEST_NAME)
    except Refusal as refusal:
        raise ValidationError(refusal.message) from refusal
    if not name:
        raise ValidationError(forms.Field.default_error_messages["required"])
    return name
