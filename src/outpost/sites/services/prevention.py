"""The prevention group of a contract and its paired hospital: stated, changed, ended; what stood is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.core.scoped import locked as lock_rows
from outpost.core.stated import Stated, seal
from outpost.people.rules import normalise_name
from outpost.sites import errors
from outpost.sites.actions import EDIT_GROUP, EDIT_HOSPITAL
from outpost.sites.models import Contract
from outpost.sites.models.prevention import GroupMember, Hospital
from outpost.sites.queries import prevention as reads
from outpost.sites.rules.prevention import MOST_MEMBERS

KEY = ("id",)
ADDED, CHANGED, ENDED = "sites.group_member_added", "sites.group_member_changed", "sites.group_member_ended"
HOSPITAL_STATED = "sites.hospital_stated"


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Somebody of a prevention group, in clear: never log it. An empty name or phone keeps what stands."""

    name: str
    phone: str
    role: str
    confirmed_on: date


def lock_contract(contract_id: UUID, *, actor: Actor, action: str) -> Contract:
    """A contract of which one part is written at a time. Raises Refusal: 403, NOT_FOUND."""
    actor.require(action)
    (contract,) = lock_rows(Contract.objects.visible_to(actor, action).current(), [contract_id])
    return contract


@transaction.atomic
def add_member(
    contract_id: UUID, facts: MemberFacts, *, succeeds: UUID | None = None, actor: Actor, at: datetime
) -> GroupMember:
    """Somebody joins the group; whom they succeed leaves it that day.

    Raises Refusal: 403, NOT_FOUND, TOO_MANY_MEMBERS, CONFIRMED_LATER, NOBODY_TO_SUCCEED, BEFORE_PREDECESSOR; what is
    wrong with name and phone.
    """
    contract = lock_contract(contract_id, actor=actor, action=EDIT_GROUP)
    _check_day(facts, at)
    present = GroupMember.objects.filter(contract=contract, ended_on__isnull=True)
    if succeeds is None and present.count() >= MOST_MEMBERS:
        raise Refusal(errors.TOO_MANY_MEMBERS, most=MOST_MEMBERS)
    member = GroupMember(
        contract=contract, role=facts.role, confirmed_on=facts.confirmed_on, created_at=at, updated_at=at
    )
    if succeeds is not None:
        member.succeeds = _predecessor(present.filter(id=succeeds).first(), facts, actor=actor, at=at)
    stated = Stated(normalise_name(facts.name), normalise_phone(facts.phone))
    member.sealed = seal(ring(), member.sealing_context, stated)
    member.save(force_insert=True)
    audit.record(ADDED, actor=actor, at=at, object_id=member.id)
    return member


def _predecessor(found: GroupMember | None, facts: MemberFacts, *, actor: Actor, at: datetime) -> GroupMember:
    """Whose place it was, ended on the day of the successor."""
    if found is None:
        raise Refusal(errors.NOBODY_TO_SUCCEED, column="succeeds")
    if facts.confirmed_on < found.confirmed_on:
        raise Refusal(errors.BEFORE_PREDECESSOR, known=found.confirmed_on.isoformat(), column="confirmed_on")
    _end(found, facts.confirmed_on, actor=actor, at=at)
    return found


@transaction.atomic
def change_member(
    member_id: UUID, facts: MemberFacts, *, actor: Actor, at: datetime, seen: str = ""
) -> GroupMember:
    """Correct what is stated of somebody in the group.

    Raises Refusal: 403, NOT_FOUND, EDITED_MEANWHILE, MEMBER_ENDED, CONFIRMED_LATER; what is wrong with name and phone.
    """
    member = _locked_member(member_id, actor=actor)
    editing.refuse_unread(seen, reads.edited_member(member))
    _check_day(facts, at)
    former = reads.stated_member(member)
    stated = Stated(normalise_name(facts.name or former.name), normalise_phone(facts.phone or former.phone))
    versions.keep_rows("sites_groupmember", KEY, [member.id], at=at, cause=CHANGED, actor=actor)
    member.sealed = seal(ring(), member.sealing_context, stated)
    member.role, member.confirmed_on, member.updated_at = facts.role, facts.confirmed_on, at
    member.save(update_fields=["sealed", "role", "confirmed_on", "updated_at"])
    audit.record(CHANGED, actor=actor, at=at, object_id=member.id)
    return member


@transaction.atomic
def end_member(member_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Somebody leaves the group today; returns the contract. Raises Refusal: 403, NOT_FOUND, MEMBER_ENDED."""
    member = _locked_member(member_id, actor=actor)
    _end(member, max(local_day(at), member.confirmed_on), actor=actor, at=at)
    return member.contract_id


def _end(member: GroupMember, on: date, *, actor: Actor, at: datetime) -> None:
    versions.keep_rows("sites_groupmember", KEY, [member.id], at=at, cause=ENDED, actor=actor)
    member.ended_on, member.updated_at = on, at
    member.save(update_fields=["ended_on", "updated_at"])
    audit.record(ENDED, actor=actor, at=at, object_id=member.id)


def _locked_member(member_id: UUID, *, actor: Actor) -> GroupMember:
    actor.require(EDIT_GROUP)
    (member,) = lock_rows(GroupMember.objects.visible_to(actor, EDIT_GROUP).current(), [member_id])
    if member.ended_on is not None:
        raise Refusal(errors.MEMBER_ENDED, known=member.ended_on.isoformat())
    return member


def _check_day(facts: MemberFacts, at: datetime) -> None:
    if facts.confirmed_on > local_day(at):
        raise Refusal(errors.CONFIRMED_LATER, found=facts.confirmed_on.isoformat(), column="confirmed_on")


@transaction.atomic
def state_hospital(
    contract_id: UUID, facts: Mapping[str, str], *, actor: Actor, at: datetime, seen: str = ""
) -> Hospital:
    """Name the paired hospital, or restate it: name, address, phone, what it provides.

    Raises Refusal: 403, NOT_FOUND, EDITED_MEANWHILE; what is wrong with the phone.
    """
    contract = lock_contract(contract_id, actor=actor, action=EDIT_HOSPITAL)
    editing.refuse_unread(seen, reads.edited_hospital(contract))
    found = reads.hospital(contract) or Hospital(contract=contract)
    is_new = found.updated_at is None
    if not is_new:
        versions.keep_rows("sites_hospital", KEY, [found.id], at=at, cause=HOSPITAL_STATED, actor=actor)
    found.name, found.address, found.supplies = facts["name"], facts["address"], facts["supplies"]
    found.phone, found.updated_at = normalise_phone(facts["phone"], mobile_only=False), at
    fields = ["name", "address", "supplies", "phone", "updated_at"]
    found.save(force_insert=True) if is_new else found.save(update_fields=fields)
    audit.record(HOSPITAL_STATED, actor=actor, at=at, object_id=contract.id)
    return found
