"""Whether the clock can be believed, asked before anything is removed because of its age.

A clock that is a year ahead makes everything too old. The audit shows it: between neighbouring entries, or since the
newest, lies a step that no working day makes. A long rest or a restored backup look the same, so somebody has to say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from outpost.audit.errors import CLOCK_JUMPED, CLOCKS_DIFFER
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.db import rows_of, value_of
from outpost.core.errors import Refusal

FARTHEST = timedelta(days=14)
SLACK = timedelta(hours=1)
CONFIRMED = "retention.clock_confirmed"

# From the last purge or word on, each entry beside the one before, and this instant beside the newest.
_LARGEST = """WITH seen (seq, at) AS (
  SELECT seq, at FROM audit_entry
   WHERE seq >= (SELECT coalesce(max(seq), 0) FROM audit_entry WHERE action IN ('retention.purged', %(confirmed)s))
  UNION ALL SELECT NULL, %(at)s)
SELECT earlier, at FROM (SELECT at, lag(at) OVER (ORDER BY seq NULLS LAST) AS earlier FROM seen) steps
 WHERE earlier IS NOT NULL ORDER BY greatest(at - earlier, earlier - at) DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Step:
    """The largest step that the clock made since the last purge."""

    earlier: datetime
    later: datetime

    @property
    def is_far(self) -> bool:
        return abs(self.later - self.earlier) > FARTHEST

    @property
    def days(self) -> dict[str, str]:
        """Its ends, to be shown."""
        return {"earlier": f"{self.earlier:%Y-%m-%d}", "later": f"{self.later:%Y-%m-%d}"}


def largest_step(at: datetime) -> Step:
    """The largest step of the clock up to this instant; none where the audit is empty."""
    [step] = rows_of(_LARGEST, {"confirmed": CONFIRMED, "at": at}) or [(at, at)]
    return Step(*step)


def database_clock() -> datetime:
    """The present instant as the database's machine has it."""
    found: datetime = value_of("SELECT clock_timestamp()")
    return found


def require_true_clock(at: datetime) -> None:
    """Raise Refusal: CLOCKS_DIFFER from the database's, CLOCK_JUMPED since the last purge and unconfirmed."""
    there = database_clock()
    if abs(there - at) > SLACK:
        raise Refusal(CLOCKS_DIFFER, here=f"{at:%Y-%m-%d %H:%M}", there=f"{there:%Y-%m-%d %H:%M}")
    step = largest_step(at)
    if step.is_far:
        raise Refusal(CLOCK_JUMPED, **step.days)


def confirm_clock(*, actor: Actor, at: datetime) -> None:
    """Note that somebody has looked at the clock and found it right."""
    actor.require("retention.purge")
    record(CONFIRMED, actor=actor, at=at, count=0)
