"""Running orders whose last day is another one than whoever they hold was told: read once, at the moment of telling, so
that a change that was taken back before is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from outpost.core.db import hold_lock
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.queries import lifting_sets
from outpost.health.queries.lifting_sets import Key
from outpost.health.services.lifting_rules import LOCK


@dataclass(frozen=True, slots=True)
class MovedEnd:
    """Of whom, under the document of the order, and the last day as it is now."""

    person_id: UUID
    last_on: date


def take_moved_ends(since: datetime, *, at: datetime) -> list[MovedEnd]:
    """Those that moved since then and run still, in the caller's transaction; nobody gets them a second time."""
    pending = OrderTerm.objects.filter(tells=True, set_at__gt=since)
    if not pending.exists():
        return []
    hold_lock(LOCK)
    first = _first_versions(pending)
    people = {person_id for person_id, _started_at in first}
    records = [
        one
        for one in lifting_sets.running(at).filter(person_id__in=people)
        if lifting_sets.key_of(one) in first
    ]
    known, now = lifting_sets.terms_of(records, before=first), lifting_sets.terms_of(records)
    pending.update(tells=False)
    ends = ((key[0], known[key].last_on, now[key].last_on) for key in now)
    return [MovedEnd(person_id, last_on) for person_id, told, last_on in ends if told != last_on]


def _first_versions(pending: Iterable[OrderTerm]) -> dict[Key, int]:
    """Of each order the first version of which nobody was told."""
    found: dict[Key, int] = {}
    for one in pending:
        key = (one.person_id, one.started_at)
        found[key] = min(found.get(key, one.version), one.version)
    return found
