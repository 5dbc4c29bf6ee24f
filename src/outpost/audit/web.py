"""Doors of the auditor: the entries, and the check of the chain. There is nothing to change here."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from outpost.audit import printed_heads, queries, services
from outpost.audit.actions import SEE_AUDIT
from outpost.audit.forms import EntryFilter
from outpost.audit.models import AuditEntry
from outpost.audit.words import words
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.queues import called
from outpost.pages.doors import PageRequest, door
from outpost.pages.keeping import Keep
from outpost.pages.listing import Column, Listing, list_page

ENTRIES = Listing(
    "audit",
    columns=(
        Column("seq", _("Number"), order="seq", is_numeric=True),
        Column("at", _("Time"), order="at"),
        Column("action", _("Action"), order="action"),
        Column("actor", _("Actor"), order="actor_label"),
        Column("address", _("Address")),
        Column("object", _("Object")),
        Column("count", _("People or rows"), order="count", is_numeric=True),
        Column("purpose", _("Purpose")),
        Column("detail", _("Detail"), is_long=True),
        Column("hash", _("Hash"), is_default=False),
    ),
    order="-seq",
    form=EntryFilter,
    aside="at",
    below=("action", "actor"),
)

# What each finding of the check means for the one who reads it.
REASONS: dict[str, str | Promise] = {
    "missing": _("an entry is missing or out of order"),
    "link": _("the entry does not follow from the one before it"),
    "content": _("the entry was changed"),
    "rewritten": _("the entry differs from a head that was printed: the chain was rewritten"),
    "cut": _("entries at the end were cut off: a printed head is missing"),
}

VERIFIED = Keep("verified", life=timedelta(minutes=10), most=1)
LATEST = "latest"

ALERTS_SHOWN = timedelta(days=7)

NUMBER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
OF_A_PERSON = "8"  # the version of a UUID that `core.crypto` makes from a document


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as it is shown; `detail` as (name, value)."""

    seq: int
    at: datetime
    action: str
    actor: str
    actor_id: str
    address: str
    object: str
    count: int
    purpose: str
    detail: list[tuple[str, Any]]
    hash: str

    @property
    def is_person(self) -> bool:
        """Whether the object is a person, whose pseudonym stands on the page but in no address."""
        found = NUMBER.fullmatch(self.object)
        return found is not None and found[1] == OF_A_PERSON

    @property
    def is_numbered(self) -> bool:
        """Whether the object is named by a number that is no word: shown on demand."""
        return NUMBER.fullmatch(self.object) is not None

    @property
    def words(self) -> str:
        """What the action is called."""
        return words(self.action)

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryRow":
        return cls(
            seq=entry.seq,
            at=entry.at,
            action=entry.action,
            actor=called(entry.actor_label) if entry.actor_id.startswith("system:") else entry.actor_label,
            actor_id=entry.actor_id,
            address=entry.address,
            object=entry.object_id,
            count=entry.count,
            purpose=called(entry.purpose),
            detail=sorted(entry.detail.items()),
            hash=entry.hash,
        )


@door(SEE_AUDIT)
@require_POST
def verify(request: PageRequest) -> HttpResponse:
    """Walk the whole chain and hold it against the printed heads; the log shows what was found."""
    printed = printed_heads.read_heads(printed_heads.heads_file())
    report = queries.verify_chain(heads=printed)
    found = {
        "report": asdict(report),
        "heads": len(printed),
        "is_protected": services.chain_rows_are_protected(),
    }
    services.record(
        "audit.verified",
        actor=request.actor,
        at=clock.now(),
        count=report.entries,
        detail={"broken_at": report.broken_at, "reason": report.reason},
    )
    VERIFIED.put(request, LATEST, found)
    return redirect("audit:log")


@door(SEE_AUDIT)
@require_GET
def log(request: PageRequest) -> HttpResponse:
    """The entries, the newest first, with filters; and what a check of the chain has just found."""
    actions = queries.actions(actor=request.actor)
    listing = ENTRIES.read(request, actions=actions)
    checked = VERIFIED.get(request, LATEST) or {}
    if checked:
        checked["reason"] = REASONS.get(checked["report"]["reason"], "")
    return list_page(
        listing,
        "audit/log.html",
        queries.entries(actor=request.actor, **listing.values),
        present=lambda entries: map(EntryRow.of, entries),
        context=checked | _unusual(request.actor, actions),
    )


def _unusual(actor: Actor, actions: Collection[str]) -> dict[str, Any]:
    """How often somebody read unusually much in the last days, if ever."""
    if queries.UNUSUAL_READING not in actions:
        return {}
    week = clock.local_day(clock.now()) - ALERTS_SHOWN
    found = queries.entries(actor=actor, action=queries.UNUSUAL_READING, first_on=week)
    return {"unusual": found.count(), "unusual_action": queries.UNUSUAL_READING}
