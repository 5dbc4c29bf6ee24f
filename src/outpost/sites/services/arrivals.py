"""Records of the arrivals feed are written in the transaction of the act that they tell of, and numbered at delivery.

Not numbered when they are written: a number that is given before the commit shows a reader 5 before 4, and who reads on
from 5 never sees 4. A lock over the count would make every registration wait for the import before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.db import hold_lock, rows_of
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.stated import unseal
from outpost.people.queries import identities
from outpost.regions.rules import REGION
from outpost.sites import errors
from outpost.sites.arrival_tables import THE_FEED, Arrival, ArrivalFeed, arrival_context
from outpost.sites.arrivals import ArrivalEvent, content
from outpost.sites.models import Registration

LOCK = "sites.arrivals"
"""Held by whoever writes records, alone by whoever switches the feed on: an act is either told by itself, or seen by
the count of who is registered then."""
_PART = 500

_LAST = """SELECT DISTINCT ON (a.registration_id) a.registration_id, a.event FROM sites_arrival a
    ORDER BY a.registration_id, a.entry DESC"""
_UNTOLD = f"""SELECT r.id FROM sites_registration r JOIN sites_contract c ON c.id = r.contract_id
    LEFT JOIN ({_LAST}) l ON l.registration_id = r.id
    WHERE r.removed_at IS NULL AND c.removed_at IS NULL AND coalesce(l.event, 'withdrawn') = 'withdrawn'
    ORDER BY r.created_at, r.id"""
_GONE = f"""SELECT r.id FROM ({_LAST}) l JOIN sites_registration r ON r.id = l.registration_id
    JOIN sites_contract c ON c.id = r.contract_id
    WHERE l.event <> 'withdrawn' AND (r.removed_at IS NOT NULL OR c.removed_at IS NOT NULL) ORDER BY r.id"""
_NUMBER = """UPDATE sites_arrival a SET number = %(last)s + w.place
    FROM (SELECT entry, row_number() OVER (ORDER BY entry) AS place FROM sites_arrival WHERE number IS NULL) w
    WHERE a.entry = w.entry"""


def feed() -> ArrivalFeed:
    """The state of the feed, never asked for yet: off."""
    return ArrivalFeed.objects.filter(id=THE_FEED).first() or ArrivalFeed()


def note(event: ArrivalEvent, registrations: Iterable[UUID], *, at: datetime) -> None:
    """Write what happened to these registrations, in the caller's transaction, before its audit row. Nothing is kept
    while the feed is off."""
    hold_lock(LOCK, shared=True)
    if feed().is_on:
        write(event, registrations, at=at)


def write(event: ArrivalEvent, registrations: Iterable[UUID], *, at: datetime) -> int:
    """Write a record for each of these registrations, as they are now; returns how many."""
    ids = list(registrations)
    for first in range(0, len(ids), _PART):
        Arrival.objects.bulk_create(_records(event, ids[first : first + _PART], at=at))
    return len(ids)


def catch_up(*, at: datetime) -> int:
    """Tell of everybody who is registered and of whom nothing stands, and of those who are not any more; returns how
    many records that made. The caller holds LOCK alone."""
    registered = [id_ for (id_,) in rows_of(_UNTOLD)]
    withdrawn = [id_ for (id_,) in rows_of(_GONE)]
    made = write(ArrivalEvent.REGISTERED, registered, at=at)
    return made + write(ArrivalEvent.WITHDRAWN, withdrawn, at=at)


@transaction.atomic
def number_waiting() -> int:
    """Give the records that are committed their numbers, in the order in which they were written; returns the last
    number. The lock of the feed's row is held until the commit: numbers become visible in their order."""
    state = ArrivalFeed.objects.select_for_update(no_key=True).filter(id=THE_FEED).first()
    if state is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, {"last": state.numbered})
        given = cursor.rowcount
    if given:
        state.numbered += given
        state.save(update_fields=["numbered"])
    return state.numbered


def _records(event: ArrivalEvent, ids: Sequence[UUID], *, at: datetime) -> Iterator[Arrival]:
    keys, found = ring(), _registrations(ids)
    known = identities({row.person_id for row in found})
    for row in found:
        who, stated = known[row.person_id], unseal(keys, row.sealing_context, row.sealed)
        id_, project = new_id(), row.contract.project
        person = {
            "document_type": who.doc_type,
            "document_number": who.number,
            "name": stated.name,
            "phone": stated.phone,
            "departure": row.departure,
            "roll": row.roll,
            "employer": row.employer.name,
            "contract": row.contract.number,
            "project": project.name,
            "town": project.region_id,
            "registered_at": row.created_at.astimezone(zone()).isoformat(),
        }
        plain = content(event, id_, at.astimezone(zone()), person, environment=environment())
        yield Arrival(
            event_id=id_,
            contract=row.contract,
            registration_id=row.id,
            person_id=row.person_id,
            event=event.value,
            occurred_at=at,
            sealed=keys.seal(plain, arrival_context(id_)),
        )


def _registrations(ids: Sequence[UUID]) -> list[Registration]:
    """These registrations, in this order."""
    rows = Registration.objects.select_related("contract__project", "employer").in_bulk(ids)
    return [rows[id_] for id_ in ids]


def environment() -> str:
    """What stands in each record, so that a receiver in earnest refuses what was only tried out."""
    if settings.OUTPOST_DEMO:
        return "demo"
    return "production" if settings.OUTPOST_PRODUCTION else "test"


def require_whole(actor: Actor, action: str) -> None:
    """The feed is of the whole district. Raises Refusal: 403, WHOLE_DISTRICT for whoever reaches a part of it."""
    actor.require(action)
    reach = actor.reach(action)
    if not reach.everything and not any(
        settings.OUTPOST_REGION.startswith(key) for key in reach.keys(REGION)
    ):
        raise Refusal(errors.WHOLE_DISTRICT)
