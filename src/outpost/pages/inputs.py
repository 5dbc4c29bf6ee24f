"""How forms draw their everyday inputs: byte for byte as Django's templates, without a template for each option.

A list page has a hundred options in its filters; each was a template within a template within a template.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Shown = Mapping[str, Any]
_WIDGETS = "django/forms/widgets"


def _attributes(attrs: Shown) -> str:
    given = ((name, value) for name, value in attrs.items() if value is not False)
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in given
    )


def _input(widget: Shown) -> str:
    value = widget["value"]
    stated = "" if value is None else f' value="{conditional_escape(value)}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return f'<input type="{kind}" name="{name}"{stated}{_attributes(widget["attrs"])}>'


def _text_area(widget: Shown) -> str:
    text = conditional_escape(localize(widget["value"])) if widget["value"] else ""
    return (
        f'<textarea name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>\n'
        f"{text}</textarea>"
    )


def _select(widget: Shown) -> str:
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    name = conditional_escape(widget["name"])
    return f'<select name="{name}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _group(name: Any, options: list[dict[str, Any]]) -> str:
    drawn = "".join(f"\n  {_option(option)}\n" for option in options)
    if not name:
        return drawn
    return f'\n  <optgroup label="{conditional_escape(localize(name))}">{drawn}\n  </optgroup>'


def _option(widget: Shown) -> str:
    value, label = conditional_escape(widget["value"]), conditional_escape(localize(widget["label"]))
    return f'<option value="{value}"{_attributes(widget["attrs"])}>{label}</option>'


_INPUTS = (
    "text",
    "search",
    "tel",
    "url",
    "email",
    "number",
    "password",
    "hidden",
    "date",
    "datetime",
    "time",
)
DRAWN: Mapping[str, Callable[[Shown], str]] = MappingProxyType(
    {
        **{f"{_WIDGETS}/{kind}.html": _input for kind in (*_INPUTS, "checkbox", "file", "input")},
        f"{_WIDGETS}/textarea.html": _text_area,
        f"{_WIDGETS}/select.html": _select,
    }
)


class InputRenderer(DjangoTemplates):
    """Named by `settings.FORM_RENDERER`; what `DRAWN` does not know is drawn by its template."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        draw = DRAWN.get(template_name)
        return (
            SafeString(draw(context["widget"])) if draw else super().render(template_name, context, request)
        )
