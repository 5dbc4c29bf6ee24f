"""What the pages share: refusals at their fields, lists that a query has cut, the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form
from django.utils.translation import get_language

from outpost.audit.errors import EDITED_MEANWHILE
from outpost.core.actor import Actor
from outpost.pages.listing import Column, ListPage
from outpost.regions import queries as regions
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.models import Category
from outpost.sentinel.queries import categories as category_queries

Fetch = Callable[[int, int], tuple[list[Any], int]]
COLUMN = "field_"  # before the code of an extra field in the key of its column
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def language() -> str:
    """The reader's language, as the rules take it."""
    return get_language() or "zh-hans"


def seen_in(form: Form, fresh: str) -> str:
    """What a form has shown: the first time, and once its reader was told of another's changes, what stands now."""
    was = form.data.get("seen", "")
    return fresh if not was or form.has_error(NON_FIELD_ERRORS, EDITED_MEANWHILE.code) else str(was)


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
