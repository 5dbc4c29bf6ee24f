"""How tasks look: states in words and colours, times left, rows of the lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.core.spans import in_words
from outpost.exchange.models import Export, Import
from outpost.exchange.registry import label_of


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A state as a badge; `is_running`: the page asks again until it is over."""

    tone: str
    label: str | Promise
    is_running: bool = False


_IMPORT_STATES: Mapping[str, StateLabel] = {
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
_NOTHING = StateLabel("neutral", _("Nothing to take over"))
EXPORT_STATES: Mapping[str, StateLabel] = {
    "waiting": StateLabel("running", _("Waiting to be written"), is_running=True),
    "writing": StateLabel("running", _("Being written"), is_running=True),
    "held": StateLabel("warning", _("Waits for a second person")),
    "declined": StateLabel("bad", _("Declined")),
    "ready": StateLabel("good", _("Ready")),
    "refused": StateLabel("bad", _("Refused")),
    "expired": StateLabel("neutral", _("Expired")),
}


def import_state(task: Import) -> StateLabel:
    """The state of an import; nobody need confirm one that brings nothing."""
    if task.state == "checked" and not task.new + task.replaced:
        return _NOTHING
    return _IMPORT_STATES[task.state]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """An import or export in a list: its record, the page that it opens, its kind and its state in words."""

    task: Import | Export
    url: str
    kind: str
    state: StateLabel

    @classmethod
    def of_import(cls, task: Import) -> "TaskRow":
        url = reverse("exchange:import", args=[task.id])
        return cls(task, url, label_of(task.kind), import_state(task))

    @classmethod
    def of_export(cls, task: Export, *, route: str = "exchange:export") -> "TaskRow":
        url, kind = reverse(route, args=[task.id]), label_of(task.kind, is_export=True)
        return cls(task, url, kind, EXPORT_STATES[task.state])


def time_left(left: timedelta | None) -> str:
    """A remaining time in words, rounded up; empty when it is not known."""
    return "" if left is None else in_words(left)
