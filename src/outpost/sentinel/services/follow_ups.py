"""跟进: who was found by the match is taken up, answered for with a reason, and closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.vocabulary import Vocabulary, Word
from outpost.sentinel import errors
from outpost.sentinel.actions import ANSWER_ALERTS, FOLLOW_UP
from outpost.sentinel.models import FollowUp, MatchFinding, StaffMember
from outpost.sentinel.queries import categories

ANSWER = ANSWER_ALERTS
LONGEST_NOTE = 200


class Act(StrEnum):
    """What can be done about somebody who missed."""

    CLAIM = "claim"
    RELEASE = "release"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"


class Reason(Vocabulary):
    """Why somebody missed."""

    ILL = Word("ill", "患病", "Ill")
    ON_LEAVE = Word("on_leave", "休假", "On leave")
    TESTED_ELSEWHERE = Word("tested_elsewhere", "已在别处检测，已核实凭证", "Tested elsewhere, proof seen")
    LEFT = Word("left", "已离开该岗位", "No longer at this post")
    WRONG_DATA = Word("wrong_data", "台账号码或姓名有误", "Wrong number or name in the ledger")
    REMINDED = Word("reminded", "已提醒，将尽快检测", "Reminded, will be tested")


@dataclass(frozen=True, slots=True)
class _Step:
    """From which states an act leads to which; the empty state is nobody's."""

    action: str
    since: frozenset[str]
    to: str


STEPS: Mapping[Act, _Step] = {
    Act.CLAIM: _Step(FOLLOW_UP, frozenset({""}), "claimed"),
    Act.RELEASE: _Step(FOLLOW_UP, frozenset({"claimed"}), ""),
    Act.ANSWER: _Step(ANSWER, frozenset({"", "claimed", "answered"}), "answered"),
    Act.CLOSE: _Step(FOLLOW_UP, frozenset({"claimed", "answered"}), "closed"),
    Act.REOPEN: _Step(FOLLOW_UP, frozenset({"closed"}), "claimed"),
}


@dataclass(frozen=True, slots=True)
class FollowUpEntry:
    """One act on some of the people whom the match of a category's day found. An answer needs a reason, and may have
    a note."""

    category: str
    on: date
    staff: tuple[UUID, ...]
    act: Act
    reason: str = ""
    note: str = ""


@transaction.atomic
def follow_up(entry: FollowUpEntry, *, actor: Actor, at: datetime) -> int:
    """Do it for all of them or for none; returns for how many.

    Raises Refusal: 403, those of `found_people`, FOLLOW_UP_STATE, _REASON, _NOTE.
    """
    step = STEPS[entry.act]
    actor.require(step.action)
    _check_answer(entry)
    staff = found_people(entry.category, entry.on, entry.staff, actor=actor, action=step.action)
    rows = _rows(entry.on, staff)
    odd = [member for member in staff if rows[member].state not in step.since]
    if odd:
        raise Refusal(errors.FOLLOW_UP_STATE, count=len(odd))
    for row in rows.values():
        _apply(row, entry, actor, at)
    detail = {"on": entry.on.isoformat(), "act": entry.act.value, "reason": entry.reason}
    audit.record("sentinel.followed_up", actor=actor, at=at, count=len(staff), detail=detail)
    return len(staff)


def _check_answer(entry: FollowUpEntry) -> None:
    if entry.act is Act.ANSWER and entry.reason not in set(Reason):
        raise Refusal(errors.FOLLOW_UP_REASON)
    if len(entry.note) > LONGEST_NOTE:
        raise Refusal(errors.FOLLOW_UP_NOTE, found=len(entry.note), limit=LONGEST_NOTE)


def found_people(
    category: str, on: date, staff: Sequence[UUID], *, actor: Actor, action: str
) -> Sequence[UUID]:
    """These people, all of them found by the category's latest match of the day and in the actor's reach.

    Raises Refusal: NOT_FOUND when one of them is not, or the category is out of reach; FOLLOW_UP_NOBODY.
    """
    categories.category(category, actor=actor, action=action)
    if not staff:
        raise Refusal(errors.FOLLOW_UP_NOBODY)
    findings = MatchFinding.objects.filter(
        run__category=category,
        run__on=on,
        run__is_latest=True,
        staff__in=StaffMember.objects.visible_to(actor, action).filter(id__in=staff),
    )
    found = sorted(findings.values_list("staff_id", flat=True))
    if len(found) != len(set(staff)):
        raise Refusal(NOT_FOUND)
    return found


def _rows(on: date, staff: Sequence[UUID]) -> dict[UUID, FollowUp]:
    """One locked row a person; those nobody has taken up are made, in a state that no one sees outside."""
    FollowUp.objects.bulk_create(
        [FollowUp(id=new_id(), staff_id=member, on=on, state="") for member in staff], ignore_conflicts=True
    )
    locked = FollowUp.objects.select_for_update().filter(on=on, staff__in=staff).order_by("staff_id")
    return {row.staff_id: row for row in locked}


def _apply(row: FollowUp, entry: FollowUpEntry, actor: Actor, at: datetime) -> None:
    row.state = STEPS[entry.act].to
    match entry.act:
        case Act.CLAIM | Act.REOPEN:
            row.claimed_by, row.claimed_at, row.closed_at = actor.label, at, None
        case Act.RELEASE:
            row.claimed_by, row.claimed_at = "", None
        case Act.ANSWER:
            row.reason, row.answered_at = entry.reason, at
            row.sealed_note = ring().seal(entry.note.encode(), row.sealing_context) if entry.note else None
        case Act.CLOSE:
            row.closed_at = at
    row.save(
        update_fields=[
            "state",
            "reason",
            "sealed_note",
            "claimed_by",
            "claimed_at",
            "answered_at",
            "closed_at",
        ]
    )
