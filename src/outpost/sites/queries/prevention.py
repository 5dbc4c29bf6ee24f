"""Reads of the prevention file of a contract, and of all within reach: its group, hospital, supplies, checklists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, flag, flag_in_words, last_act
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.core.masking import mask_name, mask_phone
from outpost.core.stated import Stated, unseal
from outpost.core.vocabulary import is_chinese
from outpost.sites.actions import EDIT_GROUP, SEE_PREVENTION
from outpost.sites.models import Contract, ContractQuerySet
from outpost.sites.models.prevention import Checklist, GroupMember, Hospital, SupplyItem, SupplyMovement
from outpost.sites.rules.prevention import (
    ChecklistState,
    DayMoves,
    FileFacts,
    Gap,
    Look,
    Stock,
    SupplyState,
    Unit,
    stock_of,
)

_USED = Case(
    When(Q(change__lt=0, corrects__isnull=True) | Q(change__gt=0, corrects__isnull=False), then=-F("change")),
    default=0,
    output_field=IntegerField(),
)
"""What a movement says of the use: what went out, less what of it was taken back."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody of a prevention group, masked."""

    member: GroupMember
    who: Stated


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """An item at a site."""

    item: SupplyItem
    stock: Stock

    @property
    def name(self) -> str:
        return item_name(self.item)

    @property
    def unit(self) -> str:
        return Unit(self.item.unit).label


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """A version of the checklist; of those that wait only the latest `is_open` to the station's verdict."""

    checklist: Checklist
    is_open: bool

    @property
    def state(self) -> ChecklistState:
        return ChecklistState(self.checklist.state)


@dataclass(frozen=True, slots=True)
class FileRow:
    """The prevention file of a contract in a list."""

    contract: Contract
    facts: FileFacts

    @property
    def checklist(self) -> ChecklistState | None:
        return self.facts.latest

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.facts.gaps

    @property
    def number(self) -> str:
        return self.contract.number

    @property
    def missing(self) -> int:
        return len(self.facts.gaps)


def item_name(item: SupplyItem) -> str:
    """What it is called in the reader's language."""
    return item.name if is_chinese(get_language()) else item.name_en or item.name


def stated_member(member: GroupMember) -> Stated:
    """Open a sealed member. The caller masks it."""
    return unseal(ring(), member.sealing_context, member.sealed)


def members(contract: Contract, *, is_present: bool = True) -> list[MemberRow]:
    """Who is in the group of a contract in reach, or who was, the last to leave first."""
    found = GroupMember.objects.filter(contract=contract, ended_on__isnull=is_present)
    ordered = (
        found.order_by("confirmed_on", "created_at") if is_present else found.order_by("-ended_on", "id")
    )
    return [MemberRow(one, stated_member(one).masked()) for one in ordered]


def present_member(member_id: UUID, *, actor: Actor) -> GroupMember:
    """Somebody of a group that the actor may edit, who has not left it. Raises Refusal NOT_FOUND."""
    mine = GroupMember.objects.visible_to(actor, EDIT_GROUP).current().filter(ended_on__isnull=True)
    return or_not_found(mine.select_related("contract").filter(id=member_id).first())


def checklist_in_reach(checklist_id: UUID, *, actor: Actor, action: str) -> Checklist:
    """A version over which the actor may do this. Raises Refusal NOT_FOUND."""
    mine = Checklist.objects.visible_to(actor, action).current().select_related("contract__project")
    return or_not_found(mine.filter(id=checklist_id).first())


def hospital(contract: Contract) -> Hospital | None:
    return Hospital.objects.filter(contract=contract).first()


def items(*, only_active: bool = True) -> QuerySet[SupplyItem]:
    """The list of supplies, in the order in which it was made."""
    found = SupplyItem.objects.order_by("created_at", "id")
    return found.filter(is_active=True) if only_active else found


def supplies(contract: Contract, *, on: date) -> list[SupplyRow]:
    """The items that a contract in reach has ever kept, with their stock."""
    moves = _moves(Contract.objects.filter(id=contract.id))
    known = SupplyItem.objects.in_bulk({item_id for _contract, item_id in moves})
    rows = [
        SupplyRow(known[item_id], stock_of(days, today=on, low_days=known[item_id].low_days))
        for (_contract, item_id), days in moves.items()
    ]
    return sorted(rows, key=lambda row: (row.item.created_at, row.item.id))


def days_of(contract: Contract, item: SupplyItem) -> list[DayMoves]:
    """The movements of one item, day by day."""
    found = _moves(Contract.objects.filter(id=contract.id), item_id=item.id)
    return found.get((contract.id, item.id), [])


def _moves(contracts: QuerySet[Contract], **only: Any) -> dict[tuple[UUID, UUID], list[DayMoves]]:
    """By contract and item, day by day."""
    found = SupplyMovement.objects.filter(contract__in=contracts.values("id"), **only)
    by_day = found.values_list("contract_id", "item_id", "day").annotate(
        changed=Sum("change"), used=Sum(_USED)
    )
    moves: dict[tuple[UUID, UUID], list[DayMoves]] = {}
    for contract_id, item_id, day, change, used in by_day.order_by("day"):
        moves.setdefault((contract_id, item_id), []).append(DayMoves(day, change, used))
    return moves


def movements(contract: Contract, values: Mapping[str, str]) -> QuerySet[SupplyMovement]:
    """The movements of a contract in reach, of one item where that is asked for."""
    found = SupplyMovement.objects.filter(contract=contract, **values)
    return found.select_related("item", "corrects", "correction")


def checklists(contract: Contract) -> list[ChecklistRow]:
    """The versions of a contract in reach, the latest first."""
    found = list(Checklist.objects.filter(contract=contract).order_by("-version"))
    sent = [one for one in found if one.state != ChecklistState.DRAFT]
    return [ChecklistRow(one, one.state == ChecklistState.SUBMITTED and one is sent[0]) for one in found]


def file_rows(contracts: ContractQuerySet, *, on: date) -> list[FileRow]:
    """The prevention files of these contracts."""
    facts = file_facts(contracts, on=on)
    return [FileRow(one, facts[one.id]) for one in contracts]


def file_facts(contracts: ContractQuerySet, *, on: date) -> dict[UUID, FileFacts]:
    """What is on file of each of these contracts: the same few statements, however many they are."""
    present = GroupMember.objects.filter(contract=OuterRef("pk"), ended_on__isnull=True).order_by()
    members = present.values("contract").annotate(number=Count("id")).values("number")
    filed = contracts.annotate(
        members=Coalesce(Subquery(members), 0),
        has_hospital=Exists(Hospital.objects.filter(contract=OuterRef("pk"))),
    )
    states, latest = _supply_states(contracts, on), _latest_states(contracts.values("id"))
    return {
        id_: FileFacts(count, has_hospital, tuple(states.get(id_, ())), latest.get(id_))
        for id_, count, has_hospital in filed.values_list("id", "members", "has_hospital")
    }


def _supply_states(contracts: ContractQuerySet, on: date) -> dict[UUID, list[SupplyState]]:
    known = SupplyItem.objects.in_bulk()
    states: dict[UUID, list[SupplyState]] = {}
    for (contract_id, item_id), days in _moves(contracts).items():
        stock = stock_of(days, today=on, low_days=known[item_id].low_days)
        if known[item_id].is_active:  # what nobody keeps any more does not warn
            states.setdefault(contract_id, []).append(stock.state)
    return states


def _latest_states(ids: QuerySet[Any]) -> dict[UUID, ChecklistState]:
    sent = Checklist.objects.filter(contract__in=ids).exclude(state=ChecklistState.DRAFT)
    latest = sent.order_by("contract_id", "-version").distinct("contract_id")
    return {
        contract_id: ChecklistState(state)
        for contract_id, state in latest.values_list("contract_id", "state")
    }


def counted(facts: Collection[FileFacts]) -> list[tuple[Look, int]]:
    """How many files meet each look."""
    return [(look, sum(one.meets(look) for one in facts)) for look in Look]


def edited_member(member: GroupMember) -> Edited:
    """What the form of a member shows, masked."""
    who = stated_member(member)
    texts = {
        "name": who.name,
        "phone": who.phone,
        "role": member.role,
        "confirmed_on": member.confirmed_on.isoformat(),
    }
    masks = {"name": mask_name, "phone": mask_phone}
    return Edited(member.id, texts, last_act(member.id, "sites.group_member_changed"), MEMBER_NAMES, masks)


def edited_hospital(contract: Contract) -> Edited:
    """What the form of the paired hospital shows; empty while there is none."""
    found = hospital(contract)
    texts = {name: getattr(found, name) if found else "" for name in HOSPITAL_NAMES}
    return Edited(contract.id, texts, last_act(contract.id, "sites.hospital_stated"), HOSPITAL_NAMES)


def edited_item(item: SupplyItem) -> Edited:
    """What the form of an item shows."""
    texts = {
        "name": item.name,
        "name_en": item.name_en,
        "unit": item.unit,
        "low_days": str(item.low_days),
        "is_active": flag(item.is_active),
    }
    masks = {"unit": lambda code: Unit(code).label, "is_active": flag_in_words}
    return Edited(item.id, texts, last_act(item.id, "sites.supply_item_changed"), ITEM_NAMES, masks)


MEMBER_NAMES = {
    "name": _("Full name"),
    "role": _("Role in the group"),
    "phone": _("Phone"),
    "confirmed_on": _("Confirmed on"),
}
HOSPITAL_NAMES = {
    "name": _("Hospital"),
    "address": _("Address"),
    "phone": _("Phone of the hospital"),
    "supplies": _("What it provides"),
}
ITEM_NAMES = {
    "name": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "unit": _("Unit"),
    "low_days": _("Warn below days of stock"),
    "is_active": _("In use"),
}


def files(values: Mapping[str, str], *, actor: Actor) -> ContractQuerySet:
    """The contracts whose prevention file the actor may see, of a station."""
    found = Contract.objects.visible_to(actor, SEE_PREVENTION).current().select_related("project")
    return found.filter(project__station=values["station"]) if values.get("station") else found


def stations(contracts: ContractQuerySet) -> list[str]:
    """Their supervision stations."""
    return sorted(set(contracts.values_list("project__station", flat=True)))
