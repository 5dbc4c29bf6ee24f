"""Keeps `sentinel_staffaway` true: the spells off duty of whoever stands in the ledger, with the two days by which the
sums count them (`tallies`).

`services.latest` calls `follow` after every write of narrow rows, in its transaction and under its lock; whatever
writes spells has the narrow rows of their people follow.
"""

from outpost.core.db import run, value_of
from outpost.sentinel.services.tallies import SUMMED, TOUCHED

_KEY = "person_id, spell_id"
_COLUMNS = ("staff_id", "enrolment_id", "lapses_on", "last_on", "starts_on", "ends_on")
_SPELLS = f"""SELECT n.person_id, d.id AS spell_id, n.staff_id, n.enrolment_id, {SUMMED}, d.starts_on, d.ends_on
  FROM sentinel_stafflatest n JOIN sentinel_dutyspell d ON d.staff_id = n.staff_id {{of_touched}}
  WHERE n.left_at IS NULL AND d.ends_on IS DISTINCT FROM d.starts_on"""


def _columns(of: str) -> str:
    return ", ".join(f"{of}.{name}" for name in _COLUMNS)


_FOLLOW = f"""WITH gone AS (DELETE FROM sentinel_staffaway a WHERE {{among}} NOT EXISTS
    (SELECT FROM ({_SPELLS}) s WHERE s.person_id = a.person_id AND s.spell_id = a.spell_id))
  INSERT INTO sentinel_staffaway AS a ({_KEY}, {", ".join(_COLUMNS)})
  SELECT {_KEY}, {_columns("s")} FROM ({_SPELLS}) s
  ON CONFLICT ({_KEY}) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _COLUMNS)}
  WHERE ROW({_columns("a")}) IS DISTINCT FROM ROW({_columns("EXCLUDED")})"""
_FOLLOW_TOUCHED = _FOLLOW.format(
    among="a.person_id IN (SELECT person_id FROM sentinel_touched) AND",
    of_touched=TOUCHED,
)
_WRONG = f"""SELECT count(*) FROM ({_SPELLS.format(of_touched="")}) s FULL JOIN sentinel_staffaway a USING ({_KEY})
  WHERE ROW({_columns("s")}) IS DISTINCT FROM ROW({_columns("a")})"""


def follow() -> None:
    """Bring the spells of `sentinel_touched` up to the narrow rows."""
    run(_FOLLOW_TOUCHED)


def mend() -> int:
    """Hold every spell against the narrow rows; put right what is wrong and return of how many spells."""
    wrong = int(value_of(_WRONG))
    if wrong:
        run(_FOLLOW.format(among="", of_touched=""))
    return wrong
