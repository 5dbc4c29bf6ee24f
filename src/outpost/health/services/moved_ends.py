"""Running orders whose last day is another one than whoever they hold was told: read once, at the moment of telling, so
that a change that was taken back before is none."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from outpost.core.db import hold_lock, rows_of
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.queries import lifting_sets
from outpost.health.queries.lifting_sets import Key
from outpost.health.services.lifting_rules import LOCK
from outpost.people.documents import BY_DOCUMENT


def take_moved_ends(since: datetime, *, at: datetime) -> dict[UUID, date]:
    """By the document of the order the last day of each person as it is now, where it moved since then and they are
    held still, in the caller's transaction; nobody gets it a second time. What moved before was never told."""
    fresh = OrderTerm.objects.filter(tells=True, set_at__gt=since)
    if not fresh.exists():
        return {}
    hold_lock(LOCK)
    people = set(fresh.values_list("person_id", flat=True))
    untold = OrderTerm.objects.filter(tells=True, person_id__in=people)
    first = _first_versions(untold)
    documents = {document for _person, document in rows_of(BY_DOCUMENT, [list(people)])}
    records = list(lifting_sets.running(at).filter(person_id__in=documents))
    known = lifting_sets.last_days(lifting_sets.terms_of(records, before=first))
    now = lifting_sets.last_days(lifting_sets.terms_of(records))
    untold.update(tells=False)
    return {one: last_on for one, last_on in now.items() if known[one] != last_on}


def _first_versions(pending: Iterable[OrderTerm]) -> dict[Key, int]:
    """Of each order the first version of which nobody was told."""
    found: dict[Key, int] = {}
    for one in pending:
        key = (one.person_id, one.started_at)
        found[key] = min(found.get(key, one.version), one.version)
    return found
