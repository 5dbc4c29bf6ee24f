"""Keeps `sentinel_stafftally` true: the narrow rows of whoever stands in the ledger, summed up by organisation.

Whatever writes narrow rows goes through `services.latest`, which counts them before and after: what the sums differ by
is added, in the same transaction and under the same lock. `recount` holds every sum against the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from outpost.core.clock import zone
from outpost.core.db import run, value_of
from outpost.sentinel.narrow import StaffTally

_KEY = "enrolment_id, lapses_on, last_on"
_LAST = f"(n.sampled_at[cardinality(n.sampled_at)] AT TIME ZONE '{zone().key}')::date"
SUMMED = f"""coalesce(n.lapses_on, '{StaffTally.NEVER}') AS lapses_on,
    coalesce({_LAST}, '{StaffTally.NO_DAY}') AS last_on"""
"""SQL: the two days of a narrow row `n` by which it is summed."""
_SUMS = f"""SELECT n.enrolment_id, {SUMMED}, count(*)::int AS people
  FROM sentinel_stafflatest n {{among}} WHERE n.left_at IS NULL GROUP BY 1, 2, 3"""
TOUCHED = "JOIN sentinel_touched p ON p.person_id = n.person_id AND p.is_own"
"""SQL: only the narrow rows `n` of `sentinel_touched`, each once."""
_OF_TOUCHED = _SUMS.format(among=TOUCHED)
_NOTE = f"CREATE TEMPORARY TABLE sentinel_summed ON COMMIT DROP AS {_OF_TOUCHED}"
_CHANGES = f"""SELECT {_KEY}, sum(people)::int AS people
    FROM ({_OF_TOUCHED} UNION ALL SELECT {_KEY}, -people FROM sentinel_summed) both_sums
   GROUP BY {_KEY} HAVING sum(people) <> 0"""
_WRONG = f"""SELECT {_KEY}, coalesce(a.people, 0) - coalesce(t.people, 0) AS people
    FROM ({_SUMS.format(among="")}) a FULL JOIN sentinel_stafftally t USING ({_KEY})
   WHERE a.people IS DISTINCT FROM t.people"""
# Whoever's sum comes to nothing goes: its row and those that are added to are never the same.
_ADD = f"""WITH changed AS (SELECT {_KEY}, c.people, coalesce(t.people, 0) + c.people AS becomes
    FROM ({{changes}}) c LEFT JOIN sentinel_stafftally t USING ({_KEY})),
  gone AS (DELETE FROM sentinel_stafftally t USING changed c
    WHERE t.enrolment_id = c.enrolment_id AND t.lapses_on = c.lapses_on AND t.last_on = c.last_on AND c.becomes = 0)
  INSERT INTO sentinel_stafftally AS t ({_KEY}, people) SELECT {_KEY}, people FROM changed WHERE becomes <> 0
  ON CONFLICT ({_KEY}) DO UPDATE SET people = t.people + EXCLUDED.people"""


@contextmanager
def counting() -> Iterator[None]:
    """Write the narrow rows of `sentinel_touched` inside: the sums follow. Leaves `sentinel_summed` to be dropped."""
    run(_NOTE)
    yield
    run(_ADD.format(changes=_CHANGES))


def recount() -> int:
    """Put right every sum that is not what the rows say; returns by how many people they differed."""
    wrong = int(value_of(f"SELECT coalesce(sum(abs(people)), 0) FROM ({_WRONG}) wrong"))
    run(_ADD.format(changes=_WRONG))
    return wrong
