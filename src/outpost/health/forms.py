"""The form of one vaccine. It checks what is typed; `services.save_product` writes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outpost.health.rules import DOSES
from outpost.health.services import ProductFacts

_MANY_NAMES = 50


class ProductForm(forms.Form):
    """`code` is fixed once the vaccine exists."""

    code = forms.CharField(
        label=pgettext_lazy("vaccine", "Code"),
        max_length=40,
        help_text=_("Small letters, digits and dashes. It cannot be changed later."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    synonyms = forms.CharField(
        label=_("Other names"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line: how sources write it. Brackets, spaces and capitals do not matter."),
    )
    doses = forms.TypedChoiceField(
        label=_("Doses of the primary series"), choices=[(n, str(n)) for n in DOSES], coerce=int
    )
    least_days = forms.IntegerField(label=_("Least days between doses"), min_value=0, max_value=3650)
    booster_after_days = forms.IntegerField(
        label=_("Days until the booster"),
        required=False,
        min_value=0,
        max_value=3650,
        help_text=_("Empty: no booster is called for."),
    )
    is_active = forms.BooleanField(
        label=_("In use"),
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
        return ProductFacts(**self.cleaned_data)
