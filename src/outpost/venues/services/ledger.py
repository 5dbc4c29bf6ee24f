"""Writes of venues: their kinds, and the checkpoints and codes that follow from the ledger."""

import tomllib
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from outpost.core import clock
from outpost.core.db import notify, run
from outpost.venues.models import Checkpoint, Kind
from outpost.venues.recording import CHANNEL
from outpost.venues.rules import NORMAL_UP_TO

_KINDS = tomllib.loads((Path(__file__).parents[1] / "data" / "kinds.toml").read_text("utf-8"))["kinds"]
_ADD_CHECKPOINTS = """INSERT INTO venues_checkpoint (id, venue_id, name, position, created_at, import_id)
    SELECT gen_random_uuid(), s.id, named.name, named.position, %s, %s
      FROM {rows} s CROSS JOIN unnest(s.checkpoints) WITH ORDINALITY AS named (name, position)
    ON CONFLICT (venue_id, name) WHERE closed_at IS NULL DO NOTHING"""
_ISSUE_CODES = """INSERT INTO venues_venuecode (id, checkpoint_id, issued_at)
    SELECT gen_random_uuid(), c.id, %s FROM venues_checkpoint c
     WHERE c.closed_at IS NULL AND NOT EXISTS
       (SELECT FROM venues_venuecode k WHERE k.checkpoint_id = c.id AND k.revoked_at IS NULL)"""

_FORGET_FLOW = """DELETE FROM venues_flow f USING unnest(%s::uuid[], %s::date[]) AS touched (venue_id, day)
    WHERE f.venue_id = touched.venue_id AND f.day = touched.day"""
_COUNT_FLOW = """INSERT INTO venues_flow
    (venue_id, day, hour, checkpoint_id, check_ins, temperatures, abnormal, remote)
    SELECT c.venue_id, c.day, extract(hour FROM c.occurred_at AT TIME ZONE %s), c.checkpoint_id,
           count(*), count(c.temperature), count(*) FILTER (WHERE c.temperature > %s),
           count(*) FILTER (WHERE c.is_remote)
      FROM venues_checkin c JOIN unnest(%s::uuid[], %s::date[]) AS touched (venue_id, day)
        ON c.venue_id = touched.venue_id AND c.day = touched.day
     GROUP BY 1, 2, 3, 4"""

_COUNT_TAPS = """INSERT INTO venues_flow AS flow
    (venue_id, day, hour, checkpoint_id, check_ins, temperatures, abnormal)
    SELECT g.venue_id, g.day, extract(hour FROM g.occurred_at AT TIME ZONE %s), g.checkpoint_id,
           0, count(*), count(*) FILTER (WHERE g.temperature > %s)
      FROM venues_gateentry g JOIN unnest(%s::uuid[], %s::date[]) AS touched (venue_id, day)
        ON g.venue_id = touched.venue_id AND g.day = touched.day
     WHERE NOT g.is_visit GROUP BY 1, 2, 3, 4
    ON CONFLICT (venue_id, day, hour, checkpoint_id) DO UPDATE
       SET temperatures = flow.temperatures + excluded.temperatures, abnormal = flow.abnormal + excluded.abnormal"""


def ensure_kinds() -> int:
    """Add the built-in kinds of venues that are missing; what somebody edited stays. Returns how many were added."""
    known = set(Kind.objects.values_list("code", flat=True))
    missing = [
        Kind(
            code=one["code"],
            name=one["name"],
            name_en=one["name_en"],
            usual_minutes=one["minutes"],
            position=position,
        )
        for position, one in enumerate(_KINDS)
        if one["code"] not in known
    ]
    Kind.objects.bulk_create(missing)
    return len(missing)


def open_checkpoints(rows: str, *, import_id: UUID, at: datetime) -> None:
    """Open the checkpoints that the rows of a merge name, each with its code. None is closed: a poster hangs there."""
    run(_ADD_CHECKPOINTS.format(rows=rows), [at, import_id])
    run(_ISSUE_CODES, [at])
    tell_lanes()


def close_checkpoints(*, import_id: UUID, at: datetime) -> None:
    """Close the checkpoints that an import opened; their codes end with them."""
    Checkpoint.objects.filter(import_id=import_id, closed_at__isnull=True).update(closed_at=at)
    tell_lanes()


def tell_lanes() -> None:
    """Let every lane read the codes anew, once this transaction is there."""
    notify(CHANNEL)


def recount_flow(touched: Collection[tuple[UUID, date]]) -> None:
    """Bring the flow of these venues on these days to what their check-ins and the temperatures taken at gates say, in
    the caller's transaction. The caller holds check-ins against other writers, whose counts would be lost or counted
    twice."""
    venues, days = [venue for venue, _day in touched], [day for _venue, day in touched]
    run(_FORGET_FLOW, [venues, days])
    for statement in (_COUNT_FLOW, _COUNT_TAPS):
        run(statement, [str(clock.zone()), NORMAL_UP_TO, venues, days])
