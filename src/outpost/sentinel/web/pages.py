"""What the pages share: refusals at their fields, lists that a query has cut, the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.doors import PageRequest
from outpost.pages.listing import Column, ListPage
from outpost.regions import queries as regions
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.forms.extra import PREFIX
from outpost.sentinel.models import Category
from outpost.sentinel.queries import categories as category_queries

Fetch = Callable[[int, int], tuple[list[Any], int]]
COLUMN = "field_"  # before the code of an extra field in the key of its column
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def language() -> str:
    """The reader's language, as the rules take it."""
    return get_language() or "zh-hans"


def address(name: str, /, *args: Any, **query: Any) -> str:
    """The address of a page with the query that is not empty."""
    asked = urlencode({key: value for key, value in query.items() if value not in (None, "")})
    return reverse(name, args=args) + (f"?{asked}" if asked else "")


def posted(request: PageRequest) -> QueryDict | None:
    """What a form was sent with; None before it was sent."""
    return request.POST if request.method == "POST" else None


def refuse(form: Form, refusal: Refusal, names: Mapping[str, str] = NO_NAMES) -> HTTPStatus:
    """Show all that a refusal complains of, each at the field that it names (`names`: its columns by form field),
    else above the form.

    What is out of reach stays the page that knows nothing: 404 is raised again.
    """
    if refusal.status == HTTPStatus.NOT_FOUND:
        raise refusal
    for fault in refusal.faults:
        column = names.get(fault.column, fault.column)
        named = next((name for name in (column, PREFIX + column) if name in form.fields), None)
        form.add_error(named, fault.message)
    return HTTPStatus(refusal.status)


def fill(listing: ListPage, fetch: Fetch) -> None:
    """Show the asked page of a query that orders and cuts by itself: `fetch(limit, offset)`.

    A search text that cannot be one shows nothing rather than everything; a page past the end shows the last.
    """
    if listing.form is not None and not listing.form.is_valid():
        listing.show([], total=0)
        return
    rows, total = fetch(listing.size, (listing.asked_number - 1) * listing.size)
    if not rows and total:
        rows, total = fetch(listing.size, (total - 1) // listing.size * listing.size)
    listing.show(rows, total=total)


def place_arguments(actor: Actor, action: str, category: str, audience: str) -> dict[str, Any]:
    """What a filter by place needs: the reader's categories and towns, the extra fields of the chosen category."""
    met = category_queries.categories(actor=actor, action=action)
    return {
        "categories": met,
        "towns": list(regions.towns(actor.reach(action))) if is_wide(actor, action) else [],
        "specs": specs_of(category, met, audience),
        "language": language(),
    }


def specs_of(category: str, met: list[Category], audience: str) -> tuple[FieldSpec, ...]:
    """The extra fields of the chosen category, or of the only one; none out of reach."""
    codes = [one.code for one in met]
    chosen = category if category in codes else codes[0] if len(codes) == 1 else ""
    return category_queries.fields_of(chosen, audience) if chosen else ()


def is_wide(actor: Actor, action: str) -> bool:
    """Whether the reader meets more than single organisations: an officer, not a principal alone."""
    reach = actor.reach(action)
    return bool(reach.without(ORGANIZATION))


def selected(code: str, met: Iterable[Category]) -> Category | None:
    """The chosen category among those that the reader meets; the only one needs no choice."""
    found = {one.code: one for one in met}
    if len(found) == 1:
        return next(iter(found.values()))
    return found.get(code)


def extra_columns(specs: Iterable[FieldSpec]) -> tuple[Column, ...]:
    """The extra fields as columns that the reader may choose to see."""
    return tuple(
        Column(COLUMN + spec.code, spec.label(language()), is_default=False, is_long=True) for spec in specs
    )


def extra_cells(specs: Iterable[FieldSpec]) -> list[tuple[str, str]]:
    """Column key and code of each extra field, for the cells of a list."""
    return [(COLUMN + spec.code, spec.code) for spec in specs]


def ticked(request: PageRequest) -> list[UUID]:
    """The ids of the ticked rows. Raises NOT_FOUND for what is no id."""
    try:
        return [UUID(text) for text in request.POST.getlist("id")]
    except ValueError:
        raise Refusal(NOT_FOUND) from None


def back(request: PageRequest, name: str, *args: Any) -> HttpResponse:
    """Back to where the act was done (a local address), else to the named page."""
    asked = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return redirect(asked if is_safe else reverse(name, args=args))
