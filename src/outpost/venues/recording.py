"""How check-ins are written: many in one transaction, each exactly once, with the flow that follows from them.

For the lane, on a connection of its own; a gate's entries go by the same statements (`services/gate.py`). Each of them
concerns one grown table alone and takes its rows in one order, so that lanes which write side by side wait for each
other and never in a circle.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import CheckViolation

from outpost.core.crypto import KeyRing
from outpost.venues.days import MAKE_DAY
from outpost.venues.rules import NORMAL_UP_TO, CheckInSource, Place, Point, Visit

_Hour: TypeAlias = tuple[UUID, date, int, UUID]
"""Venue, local day, hour, checkpoint."""
CHANNEL = "venues_codes"
"""Where lanes listen for changed codes."""
PLACES = """SELECT k.id, v.id, v.name, c.id, c.name, least(k.revoked_at, c.closed_at, v.removed_at), v.longitude,
           v.latitude, v.checks_out
    FROM venues_venuecode k
    JOIN venues_checkpoint c ON c.id = k.checkpoint_id JOIN venues_venue v ON v.id = c.venue_id"""
TAKE_IDS = """INSERT INTO venues_checkinid (id, digest, received_at)
    SELECT id, digest, %(at)s FROM unnest(%(ids)s::uuid[], %(digests)s::bytea[]) AS stated (id, digest) ORDER BY id
    ON CONFLICT (id) DO NOTHING RETURNING id"""
KNOWN_IDS = "SELECT id, digest, received_at FROM venues_checkinid WHERE id = ANY(%(ids)s::uuid[])"
ADD = """INSERT INTO venues_checkin
    (venue_id, day, id, checkpoint_id, person_id, occurred_at, received_at, temperature, source, is_remote)
    SELECT venue_id, day, id, checkpoint_id, person_id, occurred_at, %(at)s, temperature, %(source)s, is_remote
      FROM unnest(%(venues)s::uuid[], %(days)s::date[], %(ids)s::uuid[], %(checkpoints)s::uuid[], %(people)s::uuid[],
                  %(times)s::timestamptz[], %(temperatures)s::numeric[], %(remote)s::bool[])
        AS stated (venue_id, day, id, checkpoint_id, person_id, occurred_at, temperature, is_remote)"""
KEEP_CONFLICTS = """INSERT INTO venues_conflict
    (id, digest, venue_id, checkpoint_id, person_id, occurred_at, received_at, temperature)
    SELECT id, digest, venue_id, checkpoint_id, person_id, occurred_at, %(at)s, temperature
      FROM unnest(%(ids)s::uuid[], %(digests)s::bytea[], %(venues)s::uuid[], %(checkpoints)s::uuid[],
                  %(people)s::uuid[], %(times)s::timestamptz[], %(temperatures)s::numeric[])
        AS stated (id, digest, venue_id, checkpoint_id, person_id, occurred_at, temperature)
    ON CONFLICT DO NOTHING"""
COUNT = """INSERT INTO venues_flow AS flow
    (venue_id, day, hour, checkpoint_id, check_ins, temperatures, abnormal, remote)
    SELECT venue_id, day, hour, checkpoint_id, check_ins, temperatures, abnormal, remote
      FROM unnest(%(venues)s::uuid[], %(days)s::date[], %(hours)s::smallint[], %(checkpoints)s::uuid[],
                  %(counts)s::int[], %(temperatures)s::int[], %(abnormal)s::int[], %(remote)s::int[])
        AS counted (venue_id, day, hour, checkpoint_id, check_ins, temperatures, abnormal, remote)
     ORDER BY venue_id, day, hour, checkpoint_id
    ON CONFLICT (venue_id, day, hour, checkpoint_id) DO UPDATE
       SET check_ins = flow.check_ins + excluded.check_ins, remote = flow.remote + excluded.remote,
           temperatures = flow.temperatures + excluded.temperatures, abnormal = flow.abnormal + excluded.abnormal"""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A checked check-in on its way to the table. `is_late`: it may only be a repetition. `is_remote`: its phone was
    far from the venue; the mark is no part of what it says, so the same from elsewhere is a repetition."""

    id: UUID
    person_id: UUID
    place: Place
    visit: Visit
    digest: bytes
    is_late: bool = False
    is_remote: bool = False


class Tap(Protocol):
    """A temperature that was taken of somebody who is not named."""

    @property
    def place(self) -> Place: ...
    @property
    def visit(self) -> Visit: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands of an id: the digest of its content and when it came. `is_new`: it came with this batch."""

    digest: bytes
    received_at: datetime
    is_new: bool = False


def digest_of(keys: KeyRing, person_id: UUID, place: Place, visit: Visit) -> bytes:
    """By which a check-in that is sent again is told from another of the same id (keyed, 16 bytes)."""
    temperature = "" if visit.temperature is None else f"{visit.temperature:.1f}"
    said = f"{person_id}:{place.checkpoint_id}:{visit.occurred_at.timestamp()}:{temperature}"
    return keys.search_hash("venues.check_in", said)


async def places(connection: AsyncConnection[Any]) -> dict[UUID, Place]:
    """What every code stands for, those that ended among them, by their ids."""
    found = await (await connection.execute(PLACES)).fetchall()
    return {
        code: Place(venue, name, checkpoint, entrance, end, _point(x, y), checks_out)
        for code, venue, name, checkpoint, entrance, end, x, y, checks_out in found
    }


def _point(longitude: Decimal | None, latitude: Decimal | None) -> Point | None:
    if longitude is None or latitude is None:
        return None
    return Point(float(longitude), float(latitude))


async def record(
    connection: AsyncConnection[Any], batch: Sequence[CheckIn], *, zone: tzinfo, at: datetime
) -> dict[UUID, Kept]:
    """Write a batch in one transaction: what stands of each of its ids afterwards; no id comes twice.

    A late one that is not known yet stands nowhere. Raises psycopg.Error; then nothing of the batch was written. A day
    without a partition is made.
    """
    try:
        return await _write(connection, batch, zone, at)
    except CheckViolation:
        for day in sorted({_day(one, zone) for one in batch if not one.is_late}):
            await connection.execute(MAKE_DAY, [day])
        return await _write(connection, batch, zone, at)


async def _write(
    connection: AsyncConnection[Any], batch: Sequence[CheckIn], zone: tzinfo, at: datetime
) -> dict[UUID, Kept]:
    stated = [one for one in batch if not one.is_late]
    ids = {"at": at, "ids": [one.id for one in stated], "digests": [one.digest for one in stated]}
    async with connection.transaction():
        taken = {id_ for (id_,) in await (await connection.execute(TAKE_IDS, ids)).fetchall()}
        new = [one for one in stated if one.id in taken]
        if new:
            async with connection.pipeline():
                await connection.execute(ADD, columns(new, zone, at))
                await connection.execute(COUNT, counts(new, zone))
        kept = {one.id: Kept(one.digest, at, is_new=True) for one in new}
        kept |= await _known(connection, [one.id for one in batch if one.id not in taken])
        if others := [one for one in batch if one.id in kept and kept[one.id].digest != one.digest]:
            digests = {"digests": [one.digest for one in others]}
            await connection.execute(KEEP_CONFLICTS, columns(others, zone, at) | digests)
    return kept


async def _known(connection: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, Kept]:
    found = await (await connection.execute(KNOWN_IDS, {"ids": ids})).fetchall() if ids else []
    return {id_: Kept(bytes(digest), received_at) for id_, digest, received_at in found}


def columns(
    new: Sequence[CheckIn], zone: tzinfo, at: datetime, source: CheckInSource = CheckInSource.PHONE
) -> dict[str, Any]:
    """The values of ADD and KEEP_CONFLICTS."""
    return {
        "at": at,
        "source": source.value,
        "ids": [one.id for one in new],
        "venues": [one.place.venue_id for one in new],
        "checkpoints": [one.place.checkpoint_id for one in new],
        "people": [one.person_id for one in new],
        "times": [one.visit.occurred_at for one in new],
        "days": [_day(one, zone) for one in new],
        "temperatures": [one.visit.temperature for one in new],
        "remote": [one.is_remote for one in new],
    }


def counts(new: Sequence[CheckIn], zone: tzinfo, taps: Sequence[Tap] = ()) -> Mapping[str, Any]:
    """The values of COUNT: how many came to each checkpoint in each hour of a local day, how many of them from afar,
    how many were measured, how many abnormal. Of a tap the temperature alone counts. Not for nobody."""
    came, remote, measured, abnormal = Counter[_Hour](), Counter[_Hour](), Counter[_Hour](), Counter[_Hour]()
    for one in new:
        hour = _hour(one.place, one.visit, zone)
        came[hour] += 1
        remote[hour] += one.is_remote
    taken: list[Tap] = [one for one in new if one.visit.temperature is not None]
    for tap in (*taken, *taps):
        hour = _hour(tap.place, tap.visit, zone)
        measured[hour] += 1
        abnormal[hour] += (tap.visit.temperature or NORMAL_UP_TO) > NORMAL_UP_TO
    hours = {**came, **measured}
    venues, days, hours_of_day, checkpoints = zip(*hours, strict=True)
    return {
        "venues": list(venues),
        "days": list(days),
        "hours": list(hours_of_day),
        "checkpoints": list(checkpoints),
        "counts": [came[hour] for hour in hours],
        "temperatures": [measured[hour] for hour in hours],
        "abnormal": [abnormal[hour] for hour in hours],
        "remote": [remote[hour] for hour in hours],
    }


def _hour(place: Place, visit: Visit, zone: tzinfo) -> _Hour:
    local = visit.occurred_at.astimezone(zone)
    return place.venue_id, local.date(), local.hour, place.checkpoint_id


def _day(one: CheckIn, zone: tzinfo) -> date:
    return one.visit.occurred_at.astimezone(zone).date()
