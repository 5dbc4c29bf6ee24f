"""How far the follow-up of those who missed has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outpost.core.crypto import ring
from outpost.sentinel.models import FollowUp


@dataclass(frozen=True, slots=True)
class Progress:
    """One person's follow-up. `state` is empty while nobody has taken it up; `note` is in clear."""

    state: str
    reason: str
    claimed_by: str
    note: str


def progress_of(on: date, staff: Iterable[UUID], *, with_notes: bool) -> Mapping[UUID, Progress]:
    """The follow-ups of some people who are in the reader's reach; notes, which may tell of health, if asked for."""
    rows = FollowUp.objects.filter(on=on, staff__in=list(staff)).exclude(state="")
    return {
        row.staff_id: Progress(row.state, row.reason, row.claimed_by, _note(row) if with_notes else "")
        for row in rows
    }


def _note(row: FollowUp) -> str:
    return ring().open(row.sealed_note, row.sealing_context).decode() if row.sealed_note else ""
