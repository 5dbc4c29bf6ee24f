"""A principal 负责人 sees the own enterprise in clear: the look is in the audit before the page is made, once a page.

What shows to others is masked, and no look; a reveal for a purpose is recorded where it is asked for.
"""

from collections.abc import Iterable
from datetime import datetime

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.people import services as people
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
