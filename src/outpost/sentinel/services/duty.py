"""Duty 在岗状态 of staff: put off duty and back, dated."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outpost.audit import services as audit
from outpost.audit import versions
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.scoped import locked
from outpost.core.spells import cleared
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.services import latest

EDIT = EDIT_STAFF
SPELL_KEY = ("id",)


@transaction.atomic
def set_duty(
    staff_ids: Collection[UUID],
    state: str,
    *,
    starts_on: date,
    ends_on: date | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Put people off duty (or back on duty) from `starts_on` up to, and without, `ends_on` (None: until further
    notice); what stood for those days gives way, its earlier version stays in the history. Returns how many.

    A repetition changes nothing but the history. Raises Refusal: 403, SELECTION_EMPTY, DUTY_UNKNOWN, DUTY_ORDER,
    NOT_FOUND when one of them lies outside the actor's scope or was removed.
    """
    actor.require(EDIT)
    wanted = _wanted(state)
    if ends_on is not None and ends_on <= starts_on:
        raise Refusal(errors.DUTY_ORDER)
    if not staff_ids:
        raise Refusal(errors.SELECTION_EMPTY)
    rows = StaffMember.objects.visible_to(actor, EDIT).current()
    staff = [row.id for row in locked(rows, staff_ids)]
    for member in staff:
        _clear(member, starts_on, ends_on, actor=actor, at=at)
    if wanted is not DutyState.ON_DUTY:
        DutySpell.objects.bulk_create(
            DutySpell(id=new_id(), staff_id=member, state=wanted, starts_on=starts_on, ends_on=ends_on)
            for member in staff
        )
    latest.follow_staff(staff)
    audit.record(
        "sentinel.duty_set",
        actor=actor,
        at=at,
        object_id=staff[0] if len(staff) == 1 else "",
        count=len(staff),
        detail={
            "state": wanted.value,
            "from": starts_on.isoformat(),
            "until": ends_on and ends_on.isoformat(),
            "staff": [str(member) for member in staff],
        },
    )
    return len(staff)


def _wanted(state: str) -> DutyState:
    if state not in set(DutyState):
        known = _(", ").join(word.label for word in DutyState)
        raise Refusal(errors.DUTY_UNKNOWN, found=state, known=known)
    return DutyState(state)


def _clear(member: UUID, starts_on: date, ends_on: date | None, *, actor: Actor, at: datetime) -> None:
    """Make room for the new span among a person's spells."""
    changed = cleared([row.spell for row in DutySpell.objects.filter(staff=member)], starts_on, ends_on)
    ids = [spell.id for spell in changed]
    if ids:
        versions.keep_rows(
            "sentinel_dutyspell", SPELL_KEY, ids, at=at, cause="sentinel.duty_set", actor=actor
        )
    for spell in changed:
        DutySpell.objects.filter(id=spell.id).update(
            starts_on=spell.starts_on, ends_on=spell.ends_on, import_id=None
        )
