"""How the entries of a gate become check-ins and temperatures: in the caller's transaction, with the flow that follows
from them, people registered as from paper forms. Each is checked by itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from outpost.core import clock
from outpost.core.crypto import KeyRing, ring
from outpost.core.db import rows_of, run
from outpost.core.errors import Problem, Refusal
from outpost.desks.places import Statement
from outpost.exchange.merge import wait_for_import
from outpost.health.daily import is_failed
from outpost.people.services import register_people
from outpost.venues import errors
from outpost.venues.days import MAKE_DAY
from outpost.venues.models import Checkpoint
from outpost.venues.models.gate import GateEntry
from outpost.venues.reading.gate import GateVisit, gate_visit
from outpost.venues.recording import ADD, COUNT, KNOWN_IDS, TAKE_IDS, CheckIn, columns, counts, digest_of
from outpost.venues.rules import CheckInSource, Inspected, Place, Reading
from outpost.venues.services.inspected import count_inspected
from outpost.venues.services.temperatures import note_abnormal, taken


def take(key: str, statements: Sequence[Statement], at: datetime) -> Mapping[UUID, Problem]:
    """Write what the entries of a venue's gate say; answers why those that were not written were not."""
    wait_for_import("venues_checkin")
    keys, places, today = ring(), _places(UUID(key)), clock.local_day(at)
    refused: dict[UUID, Problem] = {}
    good: dict[UUID, GateVisit] = {}
    for one in statements:
        try:
            good[one.id] = gate_visit(keys, one, places, today=today)
        except Refusal as refusal:
            refused[one.id] = refusal.problem
    register_people([one.newcomer for one in good.values() if one.newcomer is not None], at=at)
    digests = {id_: _digest(keys, one) for id_, one in good.items()}
    new = _new_ids(digests, at)
    _write([good[id_] for id_ in good if id_ in new], digests, at)
    taken = _taken_otherwise({id_: digests[id_] for id_ in good if id_ not in new})
    return refused | dict.fromkeys(taken, errors.OTHER_CONTENT)


def _places(venue_id: UUID) -> list[Place]:
    """The checkpoints of a venue, the open ones first."""
    found = Checkpoint.objects.filter(venue_id=venue_id).select_related("venue")
    places = []
    for one in found:
        ends = [end for end in (one.closed_at, one.venue.removed_at) if end is not None]
        places.append(Place(venue_id, one.venue.name, one.id, one.name, min(ends, default=None)))
    return sorted(places, key=lambda place: place.ended_at is not None)


def _digest(keys: KeyRing, one: GateVisit) -> bytes:
    if one.person_id is not None:
        return digest_of(keys, one.person_id, one.place, one.visit)
    said = f"{one.member_id}:{one.place.checkpoint_id}:{one.visit.occurred_at.timestamp()}:{one.visit.temperature}"
    return keys.search_hash("venues.turned_away" if one.is_turned_away else "venues.tap", said)


def _new_ids(digests: Mapping[UUID, bytes], at: datetime) -> set[UUID]:
    """Those ids that nobody has used."""
    values = {"at": at, "ids": list(digests), "digests": list(digests.values())}
    return {id_ for (id_,) in rows_of(TAKE_IDS, values)} if digests else set()


def _taken_otherwise(digests: Mapping[UUID, bytes]) -> list[UUID]:
    """Those ids that stand for something else."""
    found = rows_of(KNOWN_IDS, {"ids": list(digests)}) if digests else []
    return [id_ for id_, digest, _received in found if bytes(digest) != digests[id_]]


def _write(new: Sequence[GateVisit], digests: Mapping[UUID, bytes], at: datetime) -> None:
    zone = clock.zone()
    check_ins = [
        CheckIn(one.id, one.person_id, one.place, one.visit, digests[one.id])
        for one in new
        if one.person_id is not None
    ]
    taps = [one for one in new if one.person_id is None and not one.is_turned_away]
    for day in sorted({clock.local_day(one.visit.occurred_at) for one in new}):
        run(MAKE_DAY, [day])
    if check_ins:
        run(ADD, columns(check_ins, zone, at, CheckInSource.GATE))
    if check_ins or taps:
        run(COUNT, counts(check_ins, zone, taps))
    GateEntry.objects.bulk_create(list(map(_row, new)))
    count_inspected([_inspected(one) for one in new])
    note_abnormal([_reading(one) for one in new if one.readings.is_fever], at=at)


def _reading(one: GateVisit) -> Reading:
    return Reading(
        id=one.id,
        venue_id=one.place.venue_id,
        checkpoint_id=one.place.checkpoint_id,
        member_id=one.member_id,
        occurred_at=one.visit.occurred_at,
        readings=one.readings,
        isolated=one.is_isolated,
        person_id=one.person_id,
    )


def _inspected(one: GateVisit) -> Inspected:
    return Inspected(
        venue_id=one.place.venue_id,
        day=clock.local_day(one.visit.occurred_at),
        member_id=one.member_id,
        checkpoint_id=one.place.checkpoint_id,
        check_ins=int(one.person_id is not None),
        temperatures=int(_is_measured(one)),
        abnormal=int(one.readings.is_fever and not one.readings.is_taken_back),
        failed=int(one.readings.has_failed),
        turned_away=int(one.is_turned_away),
    )


def _is_measured(one: GateVisit) -> bool:
    """A tap without a temperature says that it was normal."""
    if one.readings.first is None:
        return one.person_id is None and not one.is_turned_away
    return not is_failed(one.readings.first)


def _row(one: GateVisit) -> GateEntry:
    return GateEntry(
        venue_id=one.place.venue_id,
        day=clock.local_day(one.visit.occurred_at),
        id=one.id,
        checkpoint_id=one.place.checkpoint_id,
        member_id=one.member_id,
        person_id=one.person_id,
        occurred_at=one.visit.occurred_at,
        **taken(one.readings, "temperature"),
        is_isolated=one.is_isolated,
        is_turned_away=one.is_turned_away,
        way=one.way,
        green_channel=one.green_channel,
        verdict=one.verdict,
    )
