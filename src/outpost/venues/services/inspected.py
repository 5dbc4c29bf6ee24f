"""What each inspector did is counted with the entries of a gate, in their transaction."""

from collections.abc import Sequence

from outpost.core.db import run
from outpost.venues.rules import Inspected

_COLUMNS = (
    *("venue_id", "day", "member_id", "checkpoint_id"),
    *("check_ins", "temperatures", "abnormal", "failed", "turned_away"),
)
_COUNT = """INSERT INTO venues_memberflow AS flow
    (venue_id, day, member_id, checkpoint_id, check_ins, temperatures, abnormal, failed, turned_away)
    SELECT venue_id, day, member_id, checkpoint_id, sum(check_ins), sum(temperatures), sum(abnormal),
           sum(failed), sum(turned_away)
      FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::int[],
                  %s::int[], %s::int[])
        AS counted (venue_id, day, member_id, checkpoint_id, check_ins, temperatures, abnormal, failed, turned_away)
     GROUP BY venue_id, day, member_id, checkpoint_id ORDER BY venue_id, day, member_id, checkpoint_id
    ON CONFLICT (venue_id, day, member_id, checkpoint_id) DO UPDATE
       SET check_ins = flow.check_ins + excluded.check_ins,
           temperatures = flow.temperatures + excluded.temperatures, abnormal = flow.abnormal + excluded.abnormal,
           failed = flow.failed + excluded.failed,
           turned_away = flow.turned_away + excluded.turned_away"""


def count_inspected(rows: Sequence[Inspected]) -> None:
    """Add what new entries of gates say, in the caller's transaction; the caller gives each entry once."""
    if not rows:
        return
    run(_COUNT, [[getattr(one, column) for one in rows] for column in _COLUMNS])
