"""Records of the arrivals feed are written in the transaction of the act that they tell of, and numbered at delivery.

Not numbered when they are written: a number that is given before the commit shows a reader 5 before 4, and who reads on
from 5 never sees 4. A lock over the count would make every registration wait for the import before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.db import hold_lock, rows_of, run
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.stated import unseal
from outpost.people.queries import identities
from outpost.regions.rules import REGION
from outpost.sites import errors
from outpost.sites.models import Registration
from outpost.sites.models.arrivals import THE_FEED, Arrival, ArrivalFeed, arrival_context
from outpost.sites.models.families import FamilyMember
from outpost.sites.queries.arrivals import feed
from outpost.sites.rules.arrivals import FAMILY, ArrivalEvent, content

LOCK = "sites.arrivals"
"""Held by whoever writes records, alone by whoever switches the feed on: an act is either told by itself, or seen by
the count of who is registered then."""
_PART = 500

_LAST = """SELECT DISTINCT ON (a.registration_id) a.registration_id, a.event FROM sites_arrival a
    WHERE a.family_member_id IS NULL ORDER BY a.registration_id, a.entry DESC"""
_UNTOLD = f"""SELECT r.id FROM sites_registration r JOIN sites_contract c ON c.id = r.contract_id
    LEFT JOIN ({_LAST}) l ON l.registration_id = r.id
    WHERE r.removed_at IS NULL AND c.removed_at IS NULL AND coalesce(l.event, 'withdrawn') = 'withdrawn'
    ORDER BY r.created_at, r.id"""
_GONE = f"""SELECT r.id FROM ({_LAST}) l JOIN sites_registration r ON r.id = l.registration_id
    JOIN sites_contract c ON c.id = r.contract_id
    WHERE l.event <> 'withdrawn' AND (r.removed_at IS NOT NULL OR c.removed_at IS NOT NULL) ORDER BY r.id"""
_LAST_FAMILY = """SELECT DISTINCT ON (a.family_member_id) a.family_member_id, a.event FROM sites_arrival a
    WHERE a.family_member_id IS NOT NULL ORDER BY a.family_member_id, a.entry DESC"""
_WITH_WORKERS = """sites_familymember f JOIN sites_registration r ON r.id = f.registration_id
    JOIN sites_contract c ON c.id = r.contract_id"""
_UNTOLD_FAMILY = f"""SELECT f.id FROM {_WITH_WORKERS} LEFT JOIN ({_LAST_FAMILY}) l ON l.family_member_id = f.id
    WHERE f.removed_at IS NULL AND r.removed_at IS NULL AND c.removed_at IS NULL
      AND coalesce(l.event, 'withdrawn') = 'withdrawn' ORDER BY f.created_at, f.id"""
_GONE_FAMILY = f"""SELECT f.id FROM {_WITH_WORKERS} JOIN ({_LAST_FAMILY}) l ON l.family_member_id = f.id
    WHERE l.event <> 'withdrawn'
      AND (f.removed_at IS NOT NULL OR r.removed_at IS NOT NULL OR c.removed_at IS NOT NULL) ORDER BY f.id"""
_NUMBER = """UPDATE sites_arrival a SET number = %(last)s + w.place
    FROM (SELECT entry, row_number() OVER (ORDER BY entry) AS place FROM sites_arrival WHERE number IS NULL) w
    WHERE a.entry = w.entry"""


def note(event: ArrivalEvent, registrations: Iterable[UUID], *, at: datetime) -> None:
    """Write what happened to these registrations, in the caller's transaction, before its audit row; whoever comes
    along goes before them and comes after them. Nothing is kept while the feed is off."""
    hold_lock(LOCK, shared=True)
    if not feed().is_on:
        return
    ids = list(registrations)
    came_along = FamilyMember.objects.filter(registration__in=ids, removed_at__isnull=True)
    family = list(came_along.order_by("created_at", "id").values_list("id", flat=True))
    if event is ArrivalEvent.WITHDRAWN:
        write_family(event, family, at=at)
    write(event, ids, at=at)
    if event is ArrivalEvent.REGISTERED:
        write_family(event, family, at=at)


def note_family(event: ArrivalEvent, members: Iterable[UUID], *, at: datetime) -> None:
    """The same for some of a family alone."""
    hold_lock(LOCK, shared=True)
    if feed().is_on:
        write_family(event, members, at=at)


def write(event: ArrivalEvent, registrations: Iterable[UUID], *, at: datetime) -> int:
    """Write a record for each of these registrations, as they are now; returns how many."""
    found = Registration.objects.select_related("contract__project", "employer")
    return _write(event, found, registrations, at=at)


def write_family(event: ArrivalEvent, members: Iterable[UUID], *, at: datetime) -> int:
    """The same for each of these of a family."""
    found = FamilyMember.objects.select_related("registration__contract__project")
    return _write(event, found, members, at=at)


def _write(
    event: ArrivalEvent,
    found: QuerySet[Registration] | QuerySet[FamilyMember],
    wanted: Iterable[UUID],
    *,
    at: datetime,
) -> int:
    ids = list(wanted)
    for first in range(0, len(ids), _PART):
        part = ids[first : first + _PART]
        rows = found.in_bulk(part)
        Arrival.objects.bulk_create(_records(event, [rows[id_] for id_ in part], at=at))
    return len(ids)


def catch_up(*, at: datetime) -> int:
    """Tell of everybody who is registered and of whom nothing stands, and of those who are not any more; returns how
    many records that made. The caller holds LOCK alone."""
    untold, untold_family, gone_family, gone = (
        [id_ for (id_,) in rows_of(statement)] for statement in (_UNTOLD, _UNTOLD_FAMILY, _GONE_FAMILY, _GONE)
    )
    made = write(ArrivalEvent.REGISTERED, untold, at=at)
    made += write_family(ArrivalEvent.REGISTERED, untold_family, at=at)
    made += write_family(ArrivalEvent.WITHDRAWN, gone_family, at=at)
    return made + write(ArrivalEvent.WITHDRAWN, gone, at=at)


@transaction.atomic
def number_waiting() -> int:
    """Give the records that are committed their numbers, in the order in which they were written; returns the last
    number. The lock of the feed's row is held until the commit: numbers become visible in their order."""
    state = ArrivalFeed.objects.select_for_update(no_key=True).filter(id=THE_FEED).first()
    if state is None:
        return 0
    if given := run(_NUMBER, {"last": state.numbered}):
        state.numbered += given
        state.save(update_fields=["numbered"])
    return state.numbered


def _records(
    event: ArrivalEvent, found: Sequence[Registration | FamilyMember], *, at: datetime
) -> Iterator[Arrival]:
    keys, known = ring(), identities({row.person_id for row in found})
    for row in found:
        who, stated = known[row.person_id], unseal(keys, row.sealing_context, row.sealed)
        told = _of_family(row) if isinstance(row, FamilyMember) else _of_worker(row)
        id_, worker = new_id(), row.registration if isinstance(row, FamilyMember) else row
        person = {
            "document_type": who.doc_type,
            "document_number": who.number,
            "name": stated.name,
            "phone": stated.phone,
            "contract": worker.contract.number,
            "project": worker.contract.project.name,
            "town": worker.contract.project.region_id,
            "registered_at": row.created_at.astimezone(zone()).isoformat(),
            "registration": str(row.id),
            **told,
        }
        plain = content(event, id_, at.astimezone(zone()), person, environment=environment())
        yield Arrival(
            event_id=id_,
            contract=worker.contract,
            registration_id=worker.id,
            family_member_id=row.id if row is not worker else None,
            person_id=row.person_id,
            event=event.value,
            occurred_at=at,
            sealed=keys.seal(plain, arrival_context(id_)),
        )


def _of_worker(row: Registration) -> dict[str, str]:
    told = {"departure": row.departure, "roll": row.roll, "employer": row.employer.name}
    return told | {"family_of": "", "relation": ""}


def _of_family(row: FamilyMember) -> dict[str, str]:
    """Where they left from and who answers for them stands with whom they come."""
    told = {"departure": "", "roll": FAMILY, "employer": ""}
    return told | {"family_of": str(row.registration_id), "relation": row.relation}


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
