"""Supplies 防疫物资: what comes in and goes out, corrected by a counter-movement; the list of items."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from outpost.audit import editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import Refusal, or_not_found
from outpost.core.scoped import locked as lock_rows
from outpost.sites import errors
from outpost.sites.actions import EDIT_SUPPLY_ITEMS, KEEP_SUPPLIES
from outpost.sites.models import Contract
from outpost.sites.models.prevention import SupplyItem, SupplyMovement
from outpost.sites.queries import prevention as reads
from outpost.sites.rules.prevention import FARTHEST_BACK_DAYS, LOW_DAYS, Unit, most_out
from outpost.sites.services.prevention import KEY, lock_contract
from outpost.sites.services.telling import tell_low_stock

MOVED, CORRECTED = "sites.supplies_moved", "sites.supplies_corrected"
ITEM_ADDED, ITEM_CHANGED = "sites.supply_item_added", "sites.supply_item_changed"
BUILT_IN = (
    ("口罩", "Masks", Unit.PIECE),
    ("体温计", "Thermometers", Unit.STICK),
    ("消毒液", "Disinfectant", Unit.LITRE),
    ("防护服", "Protective suits", Unit.SET),
    ("检测试剂", "Test kits", Unit.TEST),
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What is entered: `change` above 0 came in, below went out. `key` tells a repeated entry from a second one."""

    key: UUID
    item_id: UUID
    day: date
    change: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item of the list."""

    name: str
    name_en: str
    unit: Unit
    low_days: int = LOW_DAYS
    is_active: bool = True


@transaction.atomic
def move_supplies(contract_id: UUID, entry: Movement, *, actor: Actor, at: datetime) -> SupplyMovement:
    """Enter what came in or went out; the same entry twice is once.

    Raises Refusal: 403, NOT_FOUND, UNKNOWN_ITEM, MOVED_LATER, MOVED_LONG_AGO, NOT_SO_MANY with the number that is
    left.
    """
    contract = lock_contract(contract_id, actor=actor, action=KEEP_SUPPLIES)
    # of the form's random key, and random to look at like every id in an address
    id_ = UUID(bytes=uuid5(contract.id, str(entry.key)).bytes, version=4)
    known = SupplyMovement.objects.filter(id=id_).first()
    if known is not None:
        return known
    _check_day(entry.day, local_day(at))
    item = reads.items().filter(id=entry.item_id).first()
    if item is None:
        raise Refusal(errors.UNKNOWN_ITEM, column="item")
    moved = SupplyMovement(id=id_, item=item, day=entry.day, change=entry.change, remark=entry.remark)
    return _enter(moved, contract, MOVED, actor=actor, at=at)


@transaction.atomic
def correct_movement(movement_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Take a movement back by its contrary of the same day; returns the contract.

    Raises Refusal: 403, NOT_FOUND, CORRECTED_ALREADY, IS_CORRECTION, NOT_SO_MANY.
    """
    actor.require(KEEP_SUPPLIES)
    mine = SupplyMovement.objects.visible_to(actor, KEEP_SUPPLIES).current()
    found = or_not_found(mine.select_related("item").filter(id=movement_id).first())
    contract = lock_contract(found.contract_id, actor=actor, action=KEEP_SUPPLIES)
    if found.corrects_id is not None:
        raise Refusal(errors.IS_CORRECTION)
    if SupplyMovement.objects.filter(corrects=found).exists():
        raise Refusal(errors.CORRECTED_ALREADY)
    contrary = SupplyMovement(item=found.item, day=found.day, change=-found.change, corrects=found)
    _enter(contrary, contract, CORRECTED, actor=actor, at=at)
    return found.contract_id


def _enter(
    moved: SupplyMovement, contract: Contract, cause: str, *, actor: Actor, at: datetime
) -> SupplyMovement:
    if moved.change < 0:
        left = most_out(reads.days_of(contract, moved.item), moved.day)
        if -moved.change > left:
            day, unit = moved.day.isoformat(), Unit(moved.item.unit).label
            refused = {"day": day, "left": left, "unit": unit, "found": -moved.change}
            raise Refusal(errors.NOT_SO_MANY, **refused, column="quantity")
    moved.contract, moved.entered_at, moved.entered_by = contract, at, actor.label
    moved.save(force_insert=True)
    if moved.change < 0:
        tell_low_stock(Contract.objects.filter(id=contract.id), at=at)
    audit.record(cause, actor=actor, at=at, object_id=contract.id, detail={"change": moved.change})
    return moved


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise Refusal(errors.MOVED_LATER, found=day.isoformat(), column="day")
    if day < today - timedelta(days=FARTHEST_BACK_DAYS):
        raise Refusal(errors.MOVED_LONG_AGO, found=day.isoformat(), column="day")


@transaction.atomic
def add_item(facts: ItemFacts, *, actor: Actor, at: datetime) -> SupplyItem:
    """Put an item into the list of all sites. Raises Refusal: 403, ITEM_TAKEN."""
    actor.require(EDIT_SUPPLY_ITEMS)
    item = SupplyItem(created_at=at, updated_at=at)
    _state(item, facts)
    item.save(force_insert=True)
    audit.record(ITEM_ADDED, actor=actor, at=at, object_id=item.id)
    return item


@transaction.atomic
def change_item(item_id: UUID, facts: ItemFacts, *, actor: Actor, at: datetime, seen: str = "") -> SupplyItem:
    """Call an item otherwise, warn earlier or later, take it out of use or back.

    Raises Refusal: 403, NOT_FOUND, EDITED_MEANWHILE, ITEM_TAKEN, UNIT_IN_USE.
    """
    actor.require(EDIT_SUPPLY_ITEMS)
    (item,) = lock_rows(SupplyItem.objects.all(), [item_id])
    editing.refuse_unread(seen, reads.edited_item(item))
    if facts.unit != item.unit and SupplyMovement.objects.filter(item=item).exists():
        raise Refusal(errors.UNIT_IN_USE, known=Unit(item.unit).label, column="unit")
    versions.keep_rows("sites_supplyitem", KEY, [item.id], at=at, cause=ITEM_CHANGED, actor=actor)
    _state(item, facts)
    item.updated_at = at
    item.save(update_fields=["name", "name_en", "unit", "low_days", "is_active", "updated_at"])
    audit.record(ITEM_CHANGED, actor=actor, at=at, object_id=item.id)
    return item


def _state(item: SupplyItem, facts: ItemFacts) -> None:
    if SupplyItem.objects.filter(name=facts.name).exclude(id=item.id).exists():
        raise Refusal(errors.ITEM_TAKEN, name=facts.name, column="name")
    item.name, item.name_en, item.unit = facts.name, facts.name_en, facts.unit.value
    item.low_days, item.is_active = facts.low_days, facts.is_active


def ensure_items(*, at: datetime) -> int:
    """Bring in the items that every list begins with; who has a list keeps it. Returns how many were added."""
    if SupplyItem.objects.exists():
        return 0
    made = [
        SupplyItem(
            name=name,
            name_en=english,
            unit=unit.value,
            created_at=at
            + timedelta(microseconds=place),  # the list is shown in the order in which it was made
            updated_at=at,
        )
        for place, (name, english, unit) in enumerate(BUILT_IN)
    ]
    return len(SupplyItem.objects.bulk_create(made))
