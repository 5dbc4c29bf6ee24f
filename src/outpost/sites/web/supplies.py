"""防疫物资: what comes in and goes out of a site's stock; the list of items of all sites."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.clock import local_day
from outpost.core.errors import or_not_found
from outpost.pages.addresses import back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.sites.actions import EDIT_SUPPLY_ITEMS, KEEP_SUPPLIES, SEE_PREVENTION
from outpost.sites.forms.prevention import ItemForm, MovementFilter, MovementForm
from outpost.sites.models.prevention import SupplyItem, SupplyMovement
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.contracts import contract_seen
from outpost.sites.rules.prevention import Unit
from outpost.sites.services import supplies
from outpost.sites.web.prevention import trail

MOVEMENTS = Listing(
    "supply_movements",
    (
        Column("day", gettext_lazy("Day"), order="day"),
        Column("item", gettext_lazy("Item"), order="item__created_at"),
        Column("change", gettext_lazy("In or out"), order="change", is_numeric=True),
        Column("remark", gettext_lazy("Remark"), is_long=True),
        Column("entered_at", gettext_lazy("Entered"), order="entered_at"),
        Column("entered_by", gettext_lazy("By")),
        Column("acts", ""),
    ),
    "-entered_at",
    MovementFilter,
    aside="change",
    below=("item", "remark"),
)


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A movement in the list."""

    movement: SupplyMovement

    @property
    def name(self) -> str:
        return reads.item_name(self.movement.item)

    @property
    def change(self) -> str:
        return f"{self.movement.change:+,} {Unit(self.movement.item.unit).label}"

    @property
    def is_corrected(self) -> bool:
        return hasattr(self.movement, "correction")

    @property
    def is_correction(self) -> bool:
        return self.movement.corrects_id is not None


def _rows(found: Iterable[SupplyMovement]) -> list[MovementRow]:
    return [MovementRow(one) for one in found]


@door(SEE_PREVENTION)
@require_GET
def movements(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """What came in and went out of the stock of a contract."""
    contract = contract_seen(contract_id, actor=request.actor, action=SEE_PREVENTION)
    listing = MOVEMENTS.read(request, items=reads.items(only_active=False))
    context = {
        "contract": contract,
        "may_keep": request.actor.may(KEEP_SUPPLIES),
        "trail": trail(request, contract),
    }
    found = reads.movements(contract, listing.values)
    return list_page(listing, "sites/movements.html", found, present=_rows, context=context)


@door(KEEP_SUPPLIES)
@require_http_methods(["GET", "POST"])
def new_movement(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Enter what came in or went out."""
    contract = contract_seen(contract_id, actor=request.actor, action=KEEP_SUPPLIES)
    at = clock.now()
    make = partial(MovementForm, items=reads.items(), initial={"day": local_day(at)})

    def enter(form: MovementForm) -> HttpResponse:
        supplies.move_supplies(contract_id, form.entry(), actor=request.actor, at=at)
        messages.success(request, _("Entered. The stock is counted anew."))
        return redirect("sites:prevention", contract_id)

    context = {
        "contract": contract,
        "supplies": reads.supplies(contract, on=local_day(at)),
        "trail": trail(request, contract),
    }
    return form_page(request, "sites/movement_form.html", make, enter, context=context)


@door(KEEP_SUPPLIES)
@require_POST
def correct_movement(request: PageRequest, movement_id: UUID) -> HttpResponse:
    """Take a movement back by its contrary."""
    contract_id = supplies.correct_movement(movement_id, actor=request.actor, at=clock.now())
    messages.success(request, _("Taken back by a contrary entry of the same day; both stay in the list."))
    return back(request, "sites:movements", contract_id)


@door(EDIT_SUPPLY_ITEMS)
@require_GET
def supply_items(request: PageRequest) -> HttpResponse:
    """The items that sites keep."""
    rows = [{"item": one, "unit": Unit(one.unit).label} for one in reads.items(only_active=False)]
    return render(request, "sites/supply_items.html", {"items": rows})


@door(EDIT_SUPPLY_ITEMS)
@require_http_methods(["GET", "POST"])
def new_supply_item(request: PageRequest) -> HttpResponse:
    """Put an item into the list."""

    def add(form: ItemForm) -> HttpResponse:
        supplies.add_item(form.facts(), actor=request.actor, at=clock.now())
        messages.success(request, _("The item was added. All sites can choose it."))
        return redirect("sites:supply_items")

    return form_page(request, "sites/supply_item.html", ItemForm, add, context={"trail": _items_trail()})


@door(EDIT_SUPPLY_ITEMS)
@require_http_methods(["GET", "POST"])
def edit_supply_item(request: PageRequest, supply_item_id: UUID) -> HttpResponse:
    """Change an item of the list."""
    item = _item(supply_item_id)
    initial = {name: getattr(item, name) for name in ("name", "name_en", "unit", "low_days", "is_active")}

    def change(form: ItemForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        supplies.change_item(supply_item_id, form.facts(), actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("The item was changed."))
        return redirect("sites:supply_items")

    return edit_page(
        request,
        "sites/supply_item.html",
        partial(ItemForm, initial=initial),
        change,
        lambda: reads.edited_item(_item(supply_item_id)),
        context={"item": item, "trail": _items_trail()},
    )


def _item(item_id: UUID) -> SupplyItem:
    return or_not_found(reads.items(only_active=False).filter(id=item_id).first())


def _items_trail() -> list[dict[str, str]]:
    return [{"url": reverse("sites:supply_items"), "label": _("List of supplies")}]
