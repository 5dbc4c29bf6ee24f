"""跟进 of who missed: who may do what, and about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outpost.alerts.errors import FOLLOW_UP_NOBODY
from outpost.alerts.follow_ups import NO_ANSWER, Act, Answer, FollowUpState, check_answer, do, locked_rows
from outpost.audit import services as audit
from outpost.core.actor import Actor, Reach
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.vocabulary import Vocabulary, Word
from outpost.sentinel.actions import ANSWER_ALERTS, FOLLOW_UP
from outpost.sentinel.models import FollowUp, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.alerts import found_on, latest_runs
from outpost.sentinel.queries.sight import sight_of

ANSWER = ANSWER_ALERTS


class Reason(Vocabulary):
    """Why somebody missed."""

    ILL = Word("ill", "患病", "Ill")
    ON_LEAVE = Word("on_leave", "休假", "On leave")
    TESTED_ELSEWHERE = Word("tested_elsewhere", "已在别处检测，已核实凭证", "Tested elsewhere, proof seen")
    LEFT = Word("left", "已离开该岗位", "No longer at this post")
    WRONG_DATA = Word("wrong_data", "台账号码或姓名有误", "Wrong number or name in the ledger")
    REMINDED = Word("reminded", "已提醒，将尽快检测", "Reminded, will be tested")


@dataclass(frozen=True, slots=True)
class FollowUpEntry:
    """One act on some of the people whom the match of a category's day found. An answer needs a reason, and may have
    a note."""

    category: str
    on: date
    staff: tuple[UUID, ...]
    act: Act
    answer: Answer = NO_ANSWER


@transaction.atomic
def follow_up(entry: FollowUpEntry, *, actor: Actor, at: datetime) -> int:
    """Do it for all of them or for none; returns for how many.

    Raises Refusal: 403, those of `found_people`, FOLLOW_UP_STATE, _REASON, _NOTE.
    """
    action = ANSWER if entry.act is Act.ANSWER else FOLLOW_UP
    actor.require(action)
    check_answer(entry.act, entry.answer, set(Reason))
    staff = found_people(entry.category, entry.on, entry.staff, actor=actor, action=action, at=at)
    do(entry.act, _rows(entry.on, staff, actor.reach(action)), entry.answer, by=actor.label, at=at)
    detail = {"on": entry.on.isoformat(), "act": entry.act.value, "reason": entry.answer.reason}
    audit.record("sentinel.followed_up", actor=actor, at=at, count=len(staff), detail=detail)
    return len(staff)


def _rows(on: date, staff: Sequence[UUID], reach: Reach) -> list[FollowUp]:
    """The locked rows that an act changes: everybody's, and the employer's own of those of whom nothing shows to them.

    Officers have closed only whom the match found. So that no refusal tells it, the employer's answer about such a
    person stays their own then.
    """
    sight = sight_of(staff, reach)
    unseen = [member for member in staff if not sight.shows(member)]
    rows = _locked(on, staff, is_employers=False)
    answered = _locked(on, unseen, is_employers=True) if unseen else []
    return [row for row in rows if row.state != FollowUpState.CLOSED or row.staff_id not in unseen] + answered


def _locked(on: date, staff: Sequence[UUID], *, is_employers: bool) -> list[FollowUp]:
    fresh = [FollowUp(staff_id=member, on=on, state="", is_employers=is_employers) for member in staff]
    return locked_rows(fresh, subject="staff_id", is_employers=is_employers)


def found_people(
    category: str, on: date, staff: Sequence[UUID], *, actor: Actor, action: str, at: datetime
) -> Sequence[UUID]:
    """These people, all of them found by the category's latest match of the day and in the actor's reach.

    Raises Refusal: NOT_FOUND when one of them is not, or the category is out of reach; FOLLOW_UP_NOBODY.
    """
    categories.category(category, actor=actor, action=action)
    if not staff:
        raise Refusal(FOLLOW_UP_NOBODY)
    mine = StaffMember.objects.visible_to(actor, action).filter(id__in=staff).values_list("id", flat=True)
    found = sorted(found_on(latest_runs(on, category), mine, actor.reach(action), at=at))
    if len(found) != len(set(staff)):
        raise Refusal(NOT_FOUND)
    return found
