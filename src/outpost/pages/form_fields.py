"""How a field of a form is typed and drawn: its attributes, classes and the checks while typing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateInput,
    FileInput,
    RadioSelect,
    Select,
)
from django.forms.widgets import Input
from django.utils.translation import gettext as _

# How a field is typed: attributes that help keyboards, password stores and the checks while typing.
KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "name": {"autocomplete": "off", "spellcheck": "false"},
        "phone": {"inputmode": "tel", "autocomplete": "off", "data-check": "phone"},
        "own_phone": {"inputmode": "tel", "autocomplete": "tel", "data-check": "phone"},
        "document": {"autocomplete": "off", "spellcheck": "false", "data-check": "document"},
        "passcode": {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6"},
        "second_factor": {
            "inputmode": "text",
            "autocomplete": "one-time-code",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
        "username": {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
        "password": {"autocomplete": "current-password"},
        "new_password": {"autocomplete": "new-password"},
        "number": {"inputmode": "numeric", "autocomplete": "off"},
        "search": {"type": "search", "autocomplete": "off", "spellcheck": "false"},
        "day": {"type": "date"},
    }
)


def drawn_field(bound: BoundField, kind: str = "", **extra: Any) -> dict[str, Any]:
    """What `components/field.html` draws; the arguments are those of the tag `field`."""
    is_compact = bool(extra.pop("compact", False))
    attributes: dict[str, Any] = dict(KINDS[kind]) if kind else {}
    attributes |= {key.replace("_", "-"): value for key, value in extra.items()}
    attributes["class"] = _input_class(bound, is_compact=is_compact)
    if "data-check" in attributes:
        attributes |= _check_messages(attributes["data-check"])
    if "type" in attributes and isinstance(bound.field.widget, Input):
        bound.field.widget.input_type = attributes.pop("type")
    if kind == "day" and isinstance(bound.field.widget, DateInput):
        bound.field.widget.format = "%Y-%m-%d"  # the one form that browsers take
    return {
        "bound": bound,
        "input": bound.as_widget(attrs=attributes),
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "is_choice_group": isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple),
        "is_compact": is_compact,
    }


def _input_class(bound: BoundField, *, is_compact: bool) -> str:
    widget = bound.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return ""
    if isinstance(widget, CheckboxInput):
        base = "form-check-input"
    elif isinstance(widget, Select):
        base = "form-select form-select-sm" if is_compact else "form-select"
    elif isinstance(widget, FileInput):
        base = "form-control"
    else:
        base = "form-control form-control-sm" if is_compact else "form-control"
    return f"{base} is-invalid" if bound.errors else base


def _check_messages(check: str) -> dict[str, str]:
    if check == "phone":
        return {"data-wrong": _("A mobile number has 11 digits and begins with 1.")}
    return {
        "data-wrong-length": _("{found} characters, should be 18. Is a leading 0 or a final X missing?"),
        "data-wrong-date": _("Characters 7 to 14 are not a real date of birth."),
        "data-wrong-digit": _("The check digit does not match. Please compare with the card."),
    }
