"""Prevention files for the tests."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from outpost.core.actor import Actor
from outpost.core.papers.tests import papers
from outpost.sites.models import Contract
from outpost.sites.models.prevention import Checklist, GroupMember, SupplyItem
from outpost.sites.services import checklists, prevention, supplies
from outpost.sites.services.prevention import MemberFacts
from outpost.sites.services.supplies import Movement
from outpost.testing.cast import NOON

TODAY = date(2022, 6, 8)
HOSPITAL = {
    "name": "南沙中心医院",
    "address": "丰泽西路105号",
    "phone": "020-84988120",
    "supplies": "留观床位 2 张",
}


def member(name: str = "甄防疫", phone: str = "13900139001", **changes: str) -> MemberFacts:
    confirmed = date.fromisoformat(changes.get("confirmed_on", TODAY.isoformat()))
    return MemberFacts(name, phone, changes.get("role", "组长"), confirmed)


def joined(contract: Contract, facts: MemberFacts | None = None, *, actor: Actor) -> GroupMember:
    return prevention.add_member(contract.id, facts or member(), actor=actor, at=NOON)


def masks() -> SupplyItem:
    supplies.ensure_items(at=NOON)
    return SupplyItem.objects.get(name="口罩")


def moved(contract: Contract, change: int, *, actor: Actor, ago: int = 0, key: UUID | None = None) -> None:
    day = TODAY - timedelta(days=ago)
    entry = Movement(key or uuid4(), masks().id, day, change)
    supplies.move_supplies(contract.id, entry, actor=actor, at=NOON)


def uploaded(
    contract: Contract, content: bytes | None = None, *, actor: Actor, at: datetime = NOON
) -> Checklist:
    content = papers.pdf() if content is None else content
    return checklists.upload_checklist(contract.id, [content], actor=actor, at=at)


def submitted(contract: Contract, *, actor: Actor) -> Checklist:
    draft = uploaded(contract, actor=actor)
    checklists.submit_checklist(draft.id, actor=actor, at=NOON)
    return Checklist.objects.get(id=draft.id)
