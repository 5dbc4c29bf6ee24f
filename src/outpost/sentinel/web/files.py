"""Where tables come in and go out: the exchange's addresses for the kinds of this module."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise

from outpost.core.actor import Actor
from outpost.exchange.offers import exports_for
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest
from outpost.pages.listing import PAGE, SIZE, SORT
from outpost.sentinel.actions import EDIT_ORGANIZATIONS, EDIT_STAFF, EXPORT_LEDGERS
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.forms.filters import EVERY_DUTY
from outpost.sentinel.models import Category
from outpost.sentinel.web.pages import extra_cells, is_wide

IMPORTS = MappingProxyType({"sentinel.organizations": EDIT_ORGANIZATIONS, "sentinel.staff": EDIT_STAFF})


def ledger_context(
    request: PageRequest, ledger: str, category: Category | None, specs: Iterable[FieldSpec], **params: Any
) -> dict[str, Any]:
    """What the list pages of both ledgers need beside their list; `params` go with a file that comes in."""
    kind = f"sentinel.{ledger}"
    return {
        "extra": extra_cells(specs),
        "category": category,
        "may_edit": request.actor.may(IMPORTS[kind]),
        "exports": exports(request, category, ledger),
        "import_url": import_address(kind, request.actor, category, **params),
    }


def import_address(kind: str, actor: Actor, category: Category | str | None, **params: Any) -> str:
    """The page that takes a file and offers its template; empty for who may not send one."""
    code = category.code if isinstance(category, Category) else category
    return address("exchange:new_import", kind, category=code, **params) if actor.may(IMPORTS[kind]) else ""


def exports(request: PageRequest, category: Category | None, ledger: str) -> list[tuple[str | Promise, str]]:
    """The files that the reader may have of a list as it is filtered, as (label, address).

    A file has the columns of one category, so there is none before one is chosen.
    """
    if category is None:
        return []
    asked = {name: text for name, text in request.GET.items() if name not in (PAGE, SIZE, SORT)}
    if ledger == "staff":
        duty = asked.get("duty") or DutyState.ON_DUTY
        asked["duty"] = "" if duty == EVERY_DUTY else duty
    return exports_of(request.actor, category, ledger, asked)


def exports_of(
    actor: Actor, category: Category, ledger: str, asked: Mapping[str, Any]
) -> list[tuple[str | Promise, str]]:
    """The same for a filter of one's own."""
    is_narrow = not is_wide(actor, EXPORT_LEDGERS)
    return exports_for(actor, ledger, {**asked, "category": category.code}, is_first_only=is_narrow)
