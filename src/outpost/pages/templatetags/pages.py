"""Template tags of the shell: icons, form fields, cells of a list, attribute look-up, progress."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django import template
from django.forms import BoundField
from django.shortcuts import resolve_url
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core.vocabulary import Vocabulary
from outpost.core.whole_days import is_whole_day
from outpost.pages.form_fields import drawn_field

register = template.Library()


# A day by which people plan, Monday first; `{day}` is day and month.
PLAN_DAYS = (
    gettext_lazy("Mon {day}"),
    gettext_lazy("Tue {day}"),
    gettext_lazy("Wed {day}"),
    gettext_lazy("Thu {day}"),
    gettext_lazy("Fri {day}"),
    gettext_lazy("Sat {day}"),
    gettext_lazy("Sun {day}"),
)


@cache
def _decoration(name: str) -> SafeString:
    """Drawn once, not for each of the two hundred symbols of a list."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', _symbol(name))


def _symbol(name: str) -> str:
    return f"{static('pages/icons.svg')}#{name}"


@register.simple_tag(takes_context=True)
def title(context: Context) -> SafeString:
    """The block `title` of the page once more: its heading, where it gives no other."""
    said: SafeString = context.render_context[BLOCK_CONTEXT_KEY].get_block("title").render(context)
    return said


@register.simple_tag
@cache
def page_files() -> SafeString:
    """What every page has in its head, whoever reads it: drawn once."""
    return SafeString(render_to_string("components/head.html"))


@register.inclusion_tag("components/table_head.html")
def table_head(*labels: str, has_acts: bool = False) -> dict[str, Any]:
    """The head of a plain table: what its columns are called; `has_acts` for a last one with buttons."""
    return {"labels": labels, "has_acts": has_acts}


@register.inclusion_tag("components/form_buttons.html")
def form_buttons(verb: str, back: str, *args: object) -> dict[str, str]:
    """The end of a form: the button that sends it, and the way back to a page (its name with arguments, or address)."""
    return {"verb": verb, "back": resolve_url(back, *args)}


_ANY_ROW = UUID(int=0)


@cache
def _of_any_row(page: str) -> str:
    return reverse(page, args=[_ANY_ROW])


_plain = cache(reverse)


@register.simple_tag
def row_url(page: str, row: UUID | None = None) -> str:
    """`url` for the rows of a list: a page of one row by its UUID, or one without arguments.

    Reversed once, not for each row: that was a fourteenth of a list's time.
    """
    return _of_any_row(page).replace(str(_ANY_ROW), str(row)) if row else _plain(page)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of `pages/icons.svg`. Without a label it is decoration, hidden from screen readers."""
    if not label:
        return _decoration(name)
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, _symbol(name)
    )


@register.simple_tag
def link_button(label: str, symbol: str, page: str, *args: object, look: str = "") -> SafeString:
    """A link to a page (its name with arguments) that looks like a button; `look`: primary or sm."""
    classes = f"btn btn-{look}" if look else "btn"
    return format_html(
        '<a class="{}" href="{}">{}{}</a>', classes, reverse(page, args=args), icon(symbol), label
    )


@register.simple_tag
def keep() -> SafeString:
    """Attributes of a `<form>` whose values survive an expired session or page (see `pages/unsaved.js`)."""
    return format_html(
        'data-keep="{}" data-keep-yes="{}" data-keep-no="{}"',
        _("This form could not be saved. What you typed is still here."),
        _("Put it back"),
        _("Discard"),
    )


@register.simple_tag
def state(word: Vocabulary) -> SafeString:
    """A word of a vocabulary as a badge: colour, sign and words."""
    return _badge(word.label, word.tone)


@lru_cache(maxsize=512)
def _badge(label: str, tone: str) -> SafeString:
    """Drawn once, not for each of the three badges of every row."""
    return SafeString(render_to_string("components/badge.html", {"label": label, "tone": tone}).strip())


@register.filter
def attr(row: Any, key: str) -> Any:
    """The value of a column: an attribute, or an entry of a mapping."""
    return row.get(key, "") if isinstance(row, Mapping) else getattr(row, key)


@register.filter
def grouped(number: int) -> str:
    """14825 as 14,825 in either language (Django's own grouping has no separator in Chinese)."""
    return f"{number:,}"


@register.filter
def numbered(text: str, number: int) -> str:
    """A text with a number in place of its {n}."""
    return text.replace("{n}", grouped(number))


@register.filter
def listed(things: Iterable[Any]) -> str:
    """These things one after another, as the reader's language writes a list."""
    return _(", ").join(map(str, things))


@register.filter(expects_localtime=True)
def plan_day(on: date) -> str:
    """A day by which people plan: Wed 8 June, 6月8日 周三."""
    return str(PLAN_DAYS[on.weekday()]).format(day=formatted(on, _("j F")))


@register.filter(expects_localtime=True)
def table_day(on: date | None) -> str:
    """A day in a table: 2022-06-08; nothing for none."""
    return f"{on:%Y-%m-%d}" if on else ""


@register.filter(expects_localtime=True)
def instant(at: datetime | None) -> str:
    """An instant of these days: 06-08 09:12; nothing for none."""
    return f"{at:{'%m-%d' if is_whole_day(at) else '%m-%d %H:%M'}}" if at else ""


@register.filter(expects_localtime=True)
def dated_instant(at: datetime | None) -> str:
    """An instant that may be long ago: 2022-06-08 09:12; nothing for none."""
    return f"{at:{'%Y-%m-%d' if is_whole_day(at) else '%Y-%m-%d %H:%M'}}" if at else ""


@register.filter(expects_localtime=True)
def exact_instant(at: datetime | None) -> str:
    """An instant among many of the same minute: 2022-06-08 09:12:30; nothing for none."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


@register.filter
def percent_of(done: int, total: int) -> int:
    """Whole percent, never 100 before everything is done."""
    return 0 if not total else min(100, done * 100 // total)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, kind: str = "", **extra: Any) -> dict[str, Any]:
    """Label, required mark, input, help and error of one form field. `kind` is a key of `form_fields.KINDS`;
    `data_…` arguments become `data-…` attributes of the input; `compact=True` is for filter rows."""
    return drawn_field(bound, kind, **extra)


class CellNode(template.Node):
    """`{% cell "key" %}…{% endcell %}`: one table cell of a list, left out when its column is not shown."""

    def __init__(self, key: FilterExpression, body: NodeList) -> None:
        self.key = key
        self.body = body

    def render(self, context: template.Context) -> SafeString:
        key = self.key.resolve(context)
        listing = context["listing"]
        if key not in listing.shown:
            return SafeString("")
        return SafeString(f"{listing.header(key).opening}{self.body.render(context)}</td>")


@register.tag
def cell(parser: Parser, token: Token) -> CellNode:
    parts = token.split_contents()
    if len(parts) != 2:
        raise template.TemplateSyntaxError('cell takes one argument: {% cell "key" %}')
    return CellNode(parser.compile_filter(parts[1]), _body(parser, "endcell"))


class OnceNode(template.Node):
    """`{% once %}…{% endonce %}`: what is the same in every row of a list, drawn for the first of a page only; with
    values (`{% once row.dose %}`) once for each of them.

    Symbols and words of the rows' buttons were a sixth of a list's time.
    """

    def __init__(self, values: list[FilterExpression], body: NodeList) -> None:
        self.values = values
        self.body = body

    def render(self, context: template.Context) -> SafeString:
        drawn: dict[Any, Any] = context.render_context.dicts[0]  # of the whole page, includes too
        key = (self, *(value.resolve(context) for value in self.values))
        if key not in drawn:
            drawn[key] = self.body.render(context)
        return SafeString(drawn[key])


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    values = [parser.compile_filter(part) for part in token.split_contents()[1:]]
    return OnceNode(values, _body(parser, "endonce"))


def _body(parser: Parser, end: str) -> NodeList:
    """What stands in a block, up to its end."""
    body = parser.parse((end,))
    parser.delete_first_token()
    return body
