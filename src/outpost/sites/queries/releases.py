"""Whom a notice of release can reach, and why it cannot reach the others: known before anything goes out."""

from collections.abc import Collection
from uuid import UUID

from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.stated import phone_hash
from outpost.health.notices import Notices
from outpost.people.documents import BY_DOCUMENT
from outpost.sites.models import Registration


def notices_of(people: Collection[UUID]) -> Notices:
    """By the same registrations that the notice itself will read (`services.ordered`), under any document."""
    ways: dict[UUID, set[str]] = {}
    none = phone_hash(ring(), "")
    pairs = rows_of(BY_DOCUMENT, [list(people)])
    rows = Registration.objects.current().filter(person__in=[document for _person, document in pairs])
    for document, unverified_since, phone in rows.values_list("person_id", "unverified_since", "phone_hash"):
        how = "unverified" if unverified_since is not None else "no_phone" if bytes(phone) == none else "told"
        ways.setdefault(document, set()).add(how)
    found: dict[UUID, set[str]] = {one: set() for one in people}
    for person_id, document in pairs:
        found[person_id] |= ways.get(document, set())
    best = [_best(found[person_id]) for person_id in people]
    return Notices(*(best.count(how) for how in ("told", "elsewhere", "unverified", "no_phone")))


def _best(ways: Collection[str]) -> str:
    return next((way for way in ("told", "no_phone", "unverified") if way in ways), "elsewhere")
