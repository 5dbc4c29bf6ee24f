"""The form of a vaccine product."""

from dataclasses import fields
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outpost.health.queries.vaccinations import PRODUCT_NAMES
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
    name = forms.CharField(label=PRODUCT_NAMES["name"], max_length=100)
    name_en = forms.CharField(label=PRODUCT_NAMES["name_en"], max_length=100, required=False)
    synonyms = forms.CharField(
        label=PRODUCT_NAMES["synonyms"],
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line: how sources write it. Brackets, spaces and capitals do not matter."),
    )
    doses = forms.TypedChoiceField(
        label=PRODUCT_NAMES["doses"], choices=[(n, str(n)) for n in DOSES], coerce=int
    )
    least_days = forms.IntegerField(label=PRODUCT_NAMES["least_days"], min_value=0, max_value=3650)
    booster_after_days = forms.IntegerField(
        label=PRODUCT_NAMES["booster_after_days"],
        required=False,
        min_value=0,
        max_value=3650,
        help_text=_("Empty: no booster is called for."),
    )
    is_active = forms.BooleanField(
        label=PRODUCT_NAMES["is_active"],
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
        return ProductFacts(**{one.name: self.cleaned_data[one.name] for one in fields(ProductFacts)})
