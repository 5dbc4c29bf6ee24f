"""One function behind every list page: filters, order, page and columns from the address, rows for the template.

STAFF = Listing("staff", columns=(Column("name", _("Name"), order="sort_key"), …), order="name", form=StaffFilter)

@door(SEE_STAFF)
@require_GET
def staff(request):
    listing = STAFF.read(request)
    return list_page(listing, "sentinel/staff.html", queries.staff(actor=request.actor, **listing.values))
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Window
from django.forms import BoundField, Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from outpost.core import clock
from outpost.core.sealed_text import open_search

PAGE_SIZES = (20, 50, 100, 200, 500)
SORT, SIZE, PAGE = "sort", "size", "page"
NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # of a row or a person: no word for a chip

Present: TypeAlias = Callable[[list[Any]], Iterable[Any]]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Fetch(Protocol):
    """A query that orders and cuts by itself: the rows of a page, and how many there are in all."""

    def __call__(self, *, limit: int, offset: int) -> tuple[list[Any], int]: ...


Source: TypeAlias = QuerySet[Any, Any] | Sequence[Any] | Fetch


@dataclass(frozen=True, slots=True)
class Column:
    """`order` is the ORM path (or attribute, for a sequence) to sort by; without it the column is not sortable.
    A column that is not `is_default` shows once the reader has chosen it; the text of an `is_long` one may wrap."""

    key: str
    label: str | Promise
    order: str = ""
    is_default: bool = True
    is_numeric: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button over the ticked rows. It posts their ids as `id`; with `confirm` it asks first, and `verb` is the yes.
    {n} in either stands for the ticked rows, {m} for the sum of what `Listing.weight` names of them."""

    label: str | Promise
    url: str | Promise
    confirm: str | Promise = ""
    verb: str | Promise = ""
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The declaration of a list page. `order` is the key of a sortable column, `-key` for descending.

    Filter fields named in `private` hold identities: they travel sealed (see `outpost.core.sealed_text`).
    On a phone a row is two lines: the first column with the one named `aside`, and those named `below`; the rest
    unfolds. Without `below` every cell has a line of its own. `weight` is a number of each row, for `BulkAction`.
    Filters in `narrowing` narrow the list before anybody has chosen; the value there is the one that shows all.
    `is_counted_along`: of a query that finds some thousand rows at most, the rows of a page bring their number along.
    """

    name: str
    columns: tuple[Column, ...]
    order: str
    form: type[Form] | None = None
    private: frozenset[str] = frozenset()
    aside: str = ""
    below: tuple[str, ...] = ()
    weight: str = ""
    narrowing: Mapping[str, str] = field(default_factory=dict)
    is_counted_along: bool = False

    def read(self, request: HttpRequest, **form_arguments: Any) -> "ListPage":
        """What the address asks for. `form_arguments` go to the filter form (choices of an actor)."""
        return ListPage(self, request, form_arguments)

    def sortable(self, key: str) -> Column | None:
        return next((c for c in self.columns if c.key == key and c.order), None)

    def place(self, key: str) -> str:
        """Where a column stands in the two lines of a phone; empty when rows have no two lines."""
        if not self.below:
            return ""
        if key == self.columns[0].key:
            return "row-title"
        return "row-aside" if key == self.aside else "row-below" if key in self.below else "row-more"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, in the reader's words. `without` is the query of the list without it."""

    label: str | Promise
    text: str
    without: str


def _kind(column: Column) -> str:
    return "numeric" if column.is_numeric else "long" if column.is_long else ""


@dataclass(frozen=True)
class Header:
    """One column as the reader sees it now. `sort` is what a click on it asks for."""

    key: str
    label: str | Promise
    sort: str
    direction: str  # "ascending", "descending" or ""
    is_shown: bool
    style: str  # classes of its cells: "numeric" or "long", and the place in the two lines of a phone

    @cached_property
    def opening(self) -> SafeString:
        """The tag with which each of its cells begins."""
        style = format_html(' class="{}"', self.style) if self.style else ""
        return format_html('<td data-label="{}"{}>', self.label, style)


def list_page(
    listing: "ListPage",
    template: str,
    source: Source,
    *,
    present: Present = list,
    seen: Callable[[list[Any]], None] | None = None,
    bulk: Iterable[BulkAction] = (),
    context: "Mapping[str, Any] | Callable[[ListPage], Mapping[str, Any]]" = NOTHING,
) -> HttpResponse:
    """The page of a list that was read from its address: filled from `source`, drawn by `template`.

    `present` turns the objects of a page into rows. `seen` keeps whom the rows show in clear, before they are drawn.
    `context` is what the template needs beside `listing`; a function of it runs once its rows are there.
    """
    listing.fill(source, present=present)
    if seen is not None:
        seen(listing.rows)
    listing.bulk = tuple(bulk)
    more = context(listing) if callable(context) else context
    return render(listing.request, template, {"listing": listing, **more})


class ListPage:
    """One request's view of a listing: `values` before the query, rows after `fill`."""

    def __init__(self, listing: Listing, request: HttpRequest, form_arguments: dict[str, Any]) -> None:
        self.listing = listing
        self.request = request
        self._form_arguments = form_arguments
        self.rows: list[Any] = []
        self.total = 0
        self.number = 1
        self.paginator = Paginator(range(0), self.size)
        self.bulk: tuple[BulkAction, ...] = ()

    @cached_property
    def form(self) -> Form | None:
        if self.listing.form is None:
            return None
        data: QueryDict = self.request.GET.copy()
        reader, on = self.request.actor.id, clock.local_day(clock.now())  # type: ignore[attr-defined]
        for key in self.listing.private:
            data[key] = open_search(data.get(key, ""), reader=reader, on=on)
        return self.listing.form(data, **self._form_arguments)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The cleaned filters. A field that is not valid or not given is left out."""
        if self.form is None:
            return {}
        self.form.is_valid()
        return {key: value for key, value in self.form.cleaned_data.items() if value not in (None, "", [])}

    @cached_property
    def _fields(self) -> list[BoundField]:
        """The fields that the reader sees; a hidden one is the list's own (its tab) and narrows nothing."""
        return self.form.visible_fields() if self.form else []

    @property
    def search(self) -> BoundField | None:
        """The field that is always in sight; the others unfold."""
        return next(iter(self._fields), None)

    @property
    def more(self) -> list[BoundField]:
        return self._fields[1:]

    @property
    def more_applied(self) -> int:
        """How many of the folded filters are in force."""
        return sum(map(self._is_in_force, self.more))

    @property
    def is_filtered(self) -> bool:
        """Whether the reader has chosen a filter that narrows the list."""
        return any(bound.name in self.values for bound in self._fields if self._is_in_force(bound))

    @property
    def chips(self) -> list[Chip]:
        """The filters in force, each to be taken away alone."""
        return [self._chip(bound) for bound in self._fields if self._is_in_force(bound)]

    def _is_in_force(self, bound: BoundField) -> bool:
        return self.values.get(bound.name) != self.listing.narrowing.get(bound.name)

    def _chip(self, bound: BoundField) -> Chip:
        value = self.values.get(bound.name, "")
        names = dict(getattr(bound.field, "choices", ()))
        text = str(names.get(value, value))
        query = self.request.GET.copy()
        for key in (bound.name, PAGE):
            query.pop(key, None)
        if bound.name in self.listing.narrowing:
            query[bound.name] = self.listing.narrowing[bound.name]
        return Chip(bound.label, _("the chosen one") if NUMBER.search(text) else text, query.urlencode())

    @property
    def is_two_line(self) -> bool:
        return bool(self.listing.below)

    @cached_property
    def sort(self) -> str:
        """The asked order when it is allowed, else the listing's own."""
        asked = self.request.GET.get(SORT, "")
        return asked if self.listing.sortable(asked.removeprefix("-")) else self.listing.order

    @cached_property
    def order(self) -> str:
        """The order as the ORM says it."""
        column = self.listing.sortable(self.sort.removeprefix("-"))
        if column is None:
            raise LookupError(f"{self.listing.name} is ordered by {self.sort}, which is no sortable column")
        return f"-{column.order}" if self.sort.startswith("-") else column.order

    @cached_property
    def size(self) -> int:
        asked = self.request.GET.get(SIZE, "")
        return int(asked) if asked in map(str, PAGE_SIZES) else PAGE_SIZES[1]

    @property
    def asked_number(self) -> int:
        """The page that the address names, from 1; not yet held against the number of pages."""
        asked = self.request.GET.get(PAGE, "")
        return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1

    def fill(self, source: Source, *, present: Present = list) -> None:
        """Order and cut `source`; `present` turns the objects of this page into rows (one call, one page)."""
        if callable(source):
            found = self._fetched(source)
        elif self.listing.is_counted_along and isinstance(source, QuerySet):
            found = self._counted_along(source)
        else:
            self._settle(source.count() if isinstance(source, QuerySet) else len(source))
            start = (self.number - 1) * self.size
            found = list(self._ordered(source)[start : start + self.size])
        self.rows = list(present(found))

    def _counted_along(self, source: QuerySet[Any, Any]) -> list[Any]:
        """The asked page, the last one where there are fewer."""
        counted = self._ordered(source.annotate(in_all=Window(Count("*"))))
        start = (self.asked_number - 1) * self.size
        found = list(counted[start : start + self.size])
        self._settle(found[0].in_all if found else source.count() if start else 0)
        if start and not found:
            start = (self.number - 1) * self.size
            found = list(counted[start : start + self.size])
        return found

    def _fetched(self, fetch: Fetch) -> list[Any]:
        """The asked page of a query that cuts by itself, the last one where there are fewer. A search text that cannot
        be one shows nothing rather than everything."""
        if self.form is not None and not self.form.is_valid():
            self._settle(0)
            return []
        rows, total = fetch(limit=self.size, offset=(self.asked_number - 1) * self.size)
        if not rows and total:
            rows, total = fetch(limit=self.size, offset=(total - 1) // self.size * self.size)
        self._settle(total)
        return rows

    def _settle(self, total: int) -> None:
        self.total = total
        self.paginator = Paginator(range(total), self.size)
        self.number = min(self.asked_number, self.paginator.num_pages)

    def _ordered(self, source: QuerySet[Any, Any] | Sequence[Any]) -> QuerySet[Any, Any] | Sequence[Any]:
        if isinstance(source, QuerySet):
            return source.order_by(self.order, "pk")
        get = attrgetter(self.order.removeprefix("-"))
        known = [row for row in source if get(row) is not None]
        unknown = [row for row in source if get(row) is None]
        return sorted(known, key=get, reverse=self.order.startswith("-")) + unknown

    @cached_property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in self.listing.columns]

    def header(self, key: str) -> Header:
        """The column of that key; a KeyError names a typing mistake in a template."""
        return self._headers_by_key[key]

    @cached_property
    def _headers_by_key(self) -> dict[str, Header]:
        return {header.key: header for header in self.headers}

    def _header(self, column: Column) -> Header:
        is_current = self.sort.removeprefix("-") == column.key
        is_descending = self.sort.startswith("-")
        return Header(
            key=column.key,
            label=column.label,
            sort=""
            if not column.order
            else f"-{column.key}"
            if is_current and not is_descending
            else column.key,
            direction="" if not is_current else "descending" if is_descending else "ascending",
            is_shown=column.key in self.shown,
            style=" ".join(filter(None, (_kind(column), self.listing.place(column.key)))),
        )

    @cached_property
    def shown(self) -> frozenset[str]:
        """Keys of the columns to show: the reader's choice (kept in a cookie), else the defaults."""
        chosen = frozenset(self.request.COOKIES.get(f"columns_{self.listing.name}", "").split("."))
        known = chosen & {column.key for column in self.listing.columns}
        return known or frozenset(column.key for column in self.listing.columns if column.is_default)

    @property
    def shown_headers(self) -> list[Header]:
        return [header for header in self.headers if header.is_shown]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form must carry along so that a new filter keeps order and size."""
        return [(key, self.request.GET[key]) for key in (SORT, SIZE) if key in self.request.GET]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What a new page size must carry along: everything but size and page."""
        return [(k, v) for k, values in self.request.GET.lists() for v in values if k not in (SIZE, PAGE)]

    @property
    def asked(self) -> dict[str, str]:
        """What narrows the list, as the address says it: everything but order, size and page."""
        return {key: text for key, text in self.request.GET.dict().items() if key not in (SORT, SIZE, PAGE)}

    @property
    def sizes(self) -> tuple[int, ...]:
        return PAGE_SIZES

    @property
    def page_range(self) -> list[int | str]:
        return list(self.paginator.get_elided_page_range(self.number, on_each_side=2, on_ends=1))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.paginator.num_pages else None
