"""Who is shown in clear for a purpose, staff and principals 负责人: the look is in the audit before anybody sees them.

What a principal sees of the own enterprise needs no purpose, but is kept too: of staff by `people.record_own_seen`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outpost.access.actions import REVEAL
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.stated import Stated
from outpost.people import services as people
from outpost.people.rules import OWN_STAFF, check_purpose
from outpost.people.stated import Shown
from outpost.regions.queries import principal_of
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import compliance, missed
from outpost.sentinel.queries.enrolments import EnrolmentRow


@transaction.atomic
def reveal_staff(
    staff_ids: Collection[UUID], *, purpose: str, actor: Actor, at: datetime
) -> dict[UUID, Shown]:
    """Staff members in clear for a stated purpose; the look is in the audit before anybody sees them.

    Raises Refusal: 403, NOT_FOUND when one lies outside the actor's scope, and those of `people.reveal`.
    """
    actor.require(REVEAL)
    seen = StaffMember.objects.visible_to(actor, SEE_STAFF).visible_to(actor, REVEAL)
    members = list(seen.filter(id__in=set(staff_ids)))
    if len(members) != len(set(staff_ids)):
        raise Refusal(NOT_FOUND)
    return people.reveal_stated(members, purpose=purpose, actor=actor, at=at)


def reveal_missed(
    on: date, *, purpose: str, actor: Actor, at: datetime, categories: Sequence[str] | None = None
) -> dict[str, Any]:
    """The compliance report of a day with its people in clear; whom it names is in the audit before anybody reads it.

    Raises Refusal: 403, an unknown category, no purpose or one that is none.
    """
    actor.require(REVEAL)
    standings = compliance.compliance(on, actor=actor, at=at, categories=categories, action=REVEAL)
    # whom we record is whom we show
    shown = {one.category.code: list(one.found.staff().values_list("id", flat=True)) for one in standings}
    everybody = [staff for some in shown.values() for staff in some]
    named = set(StaffMember.objects.filter(id__in=everybody).values_list("person_id", flat=True))
    people.record_revealed(named, purpose=purpose, actor=actor, at=at)
    return missed.as_report(on, standings, shown=shown, is_clear=True)


@transaction.atomic
def reveal_principal(enrolment_id: UUID, *, purpose: str, actor: Actor, at: datetime) -> Stated:
    """Name and phone of the principal; the look is in the audit before anybody sees them.

    Raises Refusal: 403, NOT_FOUND outside the actor's scope, `people.purpose_missing`, `people.purpose_unknown`.
    """
    actor.require(REVEAL)
    enrolment = or_not_found(_in_reach(enrolment_id, actor))
    purpose = check_purpose(purpose, is_operator=actor.is_system)
    audit.record("sentinel.principal_revealed", actor=actor, at=at, object_id=enrolment.id, purpose=purpose)
    return principal_of(enrolment.organization)


def clear_principal(enrolment_id: UUID, *, actor: Actor) -> Stated | None:
    """The principal whose look is in the audit already; None where the actor may not reveal."""
    enrolment = _in_reach(enrolment_id, actor)
    return principal_of(enrolment.organization) if enrolment else None


def _in_reach(enrolment_id: UUID, actor: Actor) -> Enrolment | None:
    found = Enrolment.objects.visible_to(actor, SEE_ORGANIZATIONS).visible_to(actor, REVEAL).current()
    return found.select_related("organization").filter(id=enrolment_id).first()


def record_principals_seen(rows: Iterable[EnrolmentRow], *, actor: Actor, at: datetime) -> None:
    """Keep the principals of which organisations of a page the actor sees in clear. None in clear, no entry."""
    seen = sorted({str(row.organization_id) for row in rows if row.is_clear})
    if seen:
        audit.record(
            "sentinel.principal_seen",
            actor=actor,
            at=at,
            object_id=seen[0] if len(seen) == 1 else "",
            count=len(seen),
            purpose=OWN_STAFF,
            detail={} if len(seen) == 1 else {"organizations": seen},
        )
