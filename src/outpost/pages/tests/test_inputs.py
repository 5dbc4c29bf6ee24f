"""What draws the inputs of forms draws them byte for byte as Django's own templates do."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from outpost.pages.inputs import DRAWN, InputRenderer

pytestmark = pytest.mark.rules

HOSTILE = "\"><script>&'</script>"
CHOICES = [
    ("", "—"),
    (None, "nothing"),
    (1, 14825),
    (14825, HOSTILE),
    (HOSTILE, SafeString("<b>bold</b>")),
    (True, gettext_lazy("Sign out")),
    ("first < group", [("a", "A"), (2, "B & C")]),
]
TICKS = {
    "checked": True,
    "disabled": False,
    "data-x": HOSTILE,
    "rows": 14825,
    "title": gettext_lazy("Sign out"),
}
PLAIN: tuple[type[forms.Widget], ...] = (
    *(
        forms.TextInput,
        forms.SearchInput,
        forms.TelInput,
        forms.URLInput,
        forms.EmailInput,
        forms.NumberInput,
    ),
    *(forms.HiddenInput, forms.CheckboxInput, forms.FileInput, forms.Textarea),
    *(forms.DateInput, forms.DateTimeInput, forms.TimeInput),
)
WIDGETS: list[forms.Widget] = [
    *(kind() for kind in PLAIN),
    forms.PasswordInput(render_value=True),
    forms.Select(choices=CHOICES),
    forms.SelectMultiple(choices=CHOICES),
    forms.RadioSelect(choices=CHOICES),
    forms.CheckboxSelectMultiple(choices=CHOICES),
]
VALUES = (None, "", "plain", HOSTILE, SafeString("<i>"), 0, 14825, True, False, date(2022, 6, 8), ["1", "a"])


def both(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> tuple[str, str]:
    ours, djangos = (
        widget.render("on <e>", value, attrs=attrs, renderer=one())
        for one in (InputRenderer, DjangoTemplates)
    )
    return str(ours), str(djangos)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
def test_every_widget_is_drawn_as_by_its_template(widget: forms.Widget, language: str) -> None:
    with translation.override(language):
        for value in VALUES:
            for attrs in ({}, {"id": "id_one", "class": "form-select", **TICKS}):
                ours, djangos = both(widget, value, attrs)
                assert ours == djangos, value


@given(st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.booleans(), st.integers())))
def test_whatever_is_typed_is_escaped_as_by_its_template(value: str, attrs: dict[str, Any]) -> None:
    for widget in (forms.TextInput(), forms.Textarea(), forms.Select(choices=[(value, value)])):
        ours, djangos = both(widget, value, attrs)
        assert ours == djangos


def test_all_forms_are_drawn_so() -> None:
    assert isinstance(get_default_renderer(), InputRenderer), settings.FORM_RENDERER
    assert len(DRAWN) > 10
