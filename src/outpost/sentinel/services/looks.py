"""A principal 负责人 sees the own enterprise in clear: the look is in the audit before the page is made, once a page.

What shows to others is masked, and no look; a reveal for a purpose is recorded where it is asked for.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.people import services as people
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import compliance
from outpost.sentinel.queries.compliance import Missed
from outpost.sentinel.queries.enrolments import EnrolmentRow
from outpost.sentinel.queries.staff import StaffRow


def record_staff_seen(rows: Iterable[StaffRow | Missed], *, actor: Actor, at: datetime) -> None:
    """Keep whom of the rows of a page the actor sees in clear. Nobody in clear, no entry."""
    seen = {row.person_id for row in rows if row.is_clear}
    if seen:
        people.record_own_staff_seen(seen, actor=actor, at=at)


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
            purpose=people.OWN_STAFF,
            detail={} if len(seen) == 1 else {"organizations": seen},
        )


def reveal_missed(
    on: date, *, purpose: str, actor: Actor, at: datetime, categories: Sequence[str] | None = None
) -> dict[str, Any]:
    """The compliance report of a day with its people in clear; whom it names is in the audit before anybody reads it.

    Raises Refusal: 403, an unknown category, no purpose or one that is none.
    """
    actor.require("people.reveal")
    standings = compliance.compliance(on, actor=actor, categories=categories, action="people.reveal")
    # whom we record is whom we show
    shown = {one.category.code: list(one.found.staff().values_list("id", flat=True)) for one in standings}
    everybody = [staff for missed in shown.values() for staff in missed]
    named = set(StaffMember.objects.filter(id__in=everybody).values_list("person_id", flat=True))
    people.record_revealed(named, purpose=purpose, actor=actor, at=at)
    return compliance.as_report(on, standings, shown=shown, is_clear=True)
