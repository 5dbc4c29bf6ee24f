"""How tasks look: states in words and colours, times left, rows of the lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from outpost.exchange.models import Export, Import
from outpost.exchange.registry import label_of


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A state as a badge; `is_running`: the page asks again until it is over."""

    tone: str
    label: str | Promise
    is_running: bool = False


IMPORT_STATES: Mapping[str, StateLabel] = {
    "uploaded": StateLabel("running", _("Waiting to be checked"), is_running=True),
    "checking": StateLabel("running", _("Being checked"), is_running=True),
    "checked": StateLabel("warning", _("Waits for your confirmation")),
    "applying": StateLabel("running", _("Being applied"), is_running=True),
    "applied": StateLabel("good", _("Applied")),
    "undoing": StateLabel("running", _("Being taken back"), is_running=True),
    "undone": StateLabel("neutral", _("Taken back")),
    "discarded": StateLabel("neutral", _("Discarded")),
    "refused": StateLabel("bad", _("Refused")),
}
EXPORT_STATES: Mapping[str, StateLabel] = {
    "waiting": StateLabel("running", _("Waiting to be written"), is_running=True),
    "writing": StateLabel("running", _("Being written"), is_running=True),
    "held": StateLabel("warning", _("Waits for a second person")),
    "declined": StateLabel("bad", _("Declined")),
    "ready": StateLabel("good", _("Ready")),
    "refused": StateLabel("bad", _("Refused")),
    "expired": StateLabel("neutral", _("Expired")),
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import in the list of tasks."""

    id: UUID
    url: str
    kind: str
    file: str
    state: StateLabel
    created_at: datetime
    read: int
    new: int
    replaced: int
    rejected: int

    @classmethod
    def of(cls, task: Import) -> "ImportRow":
        return cls(
            id=task.id,
            url=reverse("exchange:import", args=[task.id]),
            kind=label_of(task.kind),
            file=task.original_name,
            state=IMPORT_STATES[task.state],
            created_at=task.created_at,
            read=task.read,
            new=task.new,
            replaced=task.replaced,
            rejected=task.rejected,
        )


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export in the list of tasks."""

    id: UUID
    url: str
    kind: str
    state: StateLabel
    created_at: datetime
    expires_at: datetime | None
    rows: int

    @classmethod
    def of(cls, task: Export) -> "ExportRow":
        return cls(
            id=task.id,
            url=reverse("exchange:export", args=[task.id]),
            kind=label_of(task.kind, is_export=True),
            state=EXPORT_STATES[task.state],
            created_at=task.created_at,
            expires_at=task.expires_at,
            rows=task.rows_done,
        )


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Somebody else's export in the list of those that ask for a second person."""

    id: UUID
    url: str
    kind: str
    state: StateLabel
    who: str
    rows: int
    held_at: datetime | None
    decided: str

    @classmethod
    def of(cls, task: Export) -> "ApprovalRow":
        return cls(
            id=task.id,
            url=reverse("exchange:approval", args=[task.id]),
            kind=label_of(task.kind, is_export=True),
            state=EXPORT_STATES[task.state],
            who=task.actor_label,
            rows=task.rows_total or 0,
            held_at=task.held_at,
            decided=task.decided_label,
        )


def time_left(left: timedelta | None) -> str:
    """A remaining time in words, rounded up; empty when it is not known."""
    if left is None:
        return ""
    seconds = max(1, round(left.total_seconds()))
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
    minutes = -(-seconds // 60)
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
