"""What of the facts of staff members a reader is shown: an officer all, the employer what `narrow.StaffShown` says.

For what is read of the records person by person; whatever is judged or counted reads the view.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outpost.core.actor import Reach
from outpost.sentinel.models import StaffMember
from outpost.sentinel.narrow import StaffLatest
from outpost.sentinel.queries.latest import is_employers


@dataclass(frozen=True, slots=True)
class Sight:
    """By staff member, since when samples show; absent or None: nothing of health does. Without `since`: all."""

    since: Mapping[UUID, datetime | None] | None = None

    def shows(self, staff: UUID) -> bool:
        """Whether any fact of theirs shows."""
        return self.since is None or self.since.get(staff) is not None

    def seen(self, staff: UUID, sampled_at: datetime | None) -> datetime | None:
        """A sampling time, where it shows."""
        if self.since is None or sampled_at is None:
            return sampled_at
        start = self.since.get(staff)
        return sampled_at if start is not None and sampled_at >= start else None


def sight_of(staff: Iterable[UUID], reach: Reach) -> Sight:
    """What a reader of this reach is shown of these staff members."""
    if not is_employers(reach):
        return Sight()
    rows = StaffLatest.objects.filter(staff__in=list(staff))
    return Sight(dict(rows.values_list("staff_id", "shown_from")))


def sight_of_rows(members: Iterable[StaffMember], reach: Reach) -> Sight:
    """The same of members that were read `queries.staff.as_rows`."""
    if not is_employers(reach):
        return Sight()
    return Sight({member.id: member.shown_from for member in members})
