"""Whoever is held by an order that ends on another day than they were told hears the new last day, and the lead of each
site of theirs that it moved: once, by what holds at that moment (docs/adr/0062)."""

from datetime import datetime, timedelta

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.health.services.moved_ends import take_moved_ends
from outpost.people.documents import BY_DOCUMENT
from outpost.sites.services.ordered import END_MOVED, reached, tell_leads, tell_people

TOLD = "sites.end_moved"
LATEST = timedelta(days=1)
"""How long after an officer's word it is still told, such as after the worker was down."""


@transaction.atomic
def tell_moved_ends(*, actor: Actor, at: datetime) -> int:
    """Tell of each end that moved, once; returns of how many registrations."""
    moved = take_moved_ends(at - LATEST, at=at)
    documents = rows_of(BY_DOCUMENT, [list(moved)])
    last = {document: moved[person_id].isoformat() for person_id, document in documents}
    rows = list(reached(list(last)))
    if not rows:
        return 0
    tell_leads(TOLD, rows, at=at)
    tell_people(END_MOVED, rows, last, at=at, value="last_day")
    audit.record(TOLD, actor=actor, at=at, count=len(rows))
    return len(rows)
