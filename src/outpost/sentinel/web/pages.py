"""What the list pages share: the categories and places among which their reader may choose, what goes out and in."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from outpost.core.actor import Actor
from outpost.exchange.offers import Offer, Part, exports_holding
from outpost.fields.pages import extra_cells
from outpost.fields.specs import FieldSpec
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest
from outpost.pages.listing import ListPage
from outpost.regions import queries as regions
from outpost.regions.models import Region
from outpost.regions.rules import ORGANIZATION
from outpost.sentinel.actions import EDIT_ORGANIZATIONS, EDIT_STAFF, EXPORT_LEDGERS
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category
from outpost.sentinel.queries import categories as category_queries

IMPORTS = MappingProxyType({"sentinel.organizations": EDIT_ORGANIZATIONS, "sentinel.staff": EDIT_STAFF})


def place_arguments(
    request: PageRequest, action: str, audience: Audience, *, met: Sequence[Category] = ()
) -> dict[str, Any]:
    """What a filter by place needs: the reader's categories and towns, the extra fields of the chosen category. `met`:
    these categories, where they were read already."""
    actor = request.actor
    met = met or category_queries.categories(actor=actor, action=action)
    category = selected(request, met)
    return {
        "categories": met,
        "towns": offered_towns(actor, action),
        "specs": category_queries.fields_of(category.code, audience) if category else (),
    }


def offered_towns(actor: Actor, action: str) -> list[Region]:
    """What an officer narrows a list by."""
    return list(regions.towns(actor.reach(action))) if is_wide(actor, action) else []


def is_wide(actor: Actor, action: str) -> bool:
    """Whether the reader meets more than single organisations: an officer, not a principal alone."""
    reach = actor.reach(action)
    return bool(reach.without(ORGANIZATION))


def selected(request: PageRequest, met: Iterable[Category]) -> Category | None:
    """The chosen category among those that the reader meets; the only one needs no choice."""
    found = {one.code: one for one in met}
    if len(found) == 1:
        return next(iter(found.values()))
    return found.get(request.GET.get("category", ""))


def ledger_context(
    request: PageRequest, ledger: str, category: Category | None, specs: Iterable[FieldSpec], **params: Any
) -> dict[str, Any]:
    """What the list pages of both ledgers need beside their list; `params` go with a file that comes in."""
    kind, actor = f"sentinel.{ledger}", request.actor
    return {
        "extra": extra_cells(specs),
        "category": category,
        "may_edit": actor.may(IMPORTS[kind]),
        "acts": f"sentinel/_{ledger}_acts.html" if actor.may(IMPORTS[kind]) else "",
        "import_url": import_address(kind, actor, category, **params),
    }


def import_address(kind: str, actor: Actor, category: Category | str | None, **params: Any) -> str:
    """The page that takes a file and offers its template; empty for who may not send one."""
    code = category.code if isinstance(category, Category) else category
    return address("exchange:new_import", kind, category=code, **params) if actor.may(IMPORTS[kind]) else ""


def exports(
    listing: ListPage,
    page: str,
    category: Category | None,
    /,
    *,
    actor: Actor,
    sees: str,
    is_part: bool | None = None,
    in_all: int | None = None,
    always: Mapping[str, Any] = MappingProxyType({}),
    **chosen: Any,
) -> list[Offer]:
    """The files that the reader may have of a list: as it is filtered, and all of it. `chosen` stands for what its
    address says otherwise, `is_part` where not every filter narrows it, `always` for what is no filter (a tab),
    `in_all` for how many there are without a filter, where that was counted already."""
    code = category.code if category else ""
    shown = Part({**listing.asked, "category": code, **chosen, **always}, listing.total)
    is_part = listing.is_filtered if is_part is None else is_part
    whole = Part({"category": "" if listing.asked.get("category") else code, **always}, in_all)
    return exports_holding(
        actor,
        page,
        whole if is_part else shown,
        found=shown if is_part else None,
        sees=sees,
        is_first_only=not is_wide(actor, EXPORT_LEDGERS),
    )
