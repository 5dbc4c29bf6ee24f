"""Keeps `sentinel_staffaway` true: the spells off duty of whoever stands in the ledger, with the two days by which the
sums count them (`tallies`).

`services.latest` calls `follow` after every write of narrow rows, in its transaction and under its lock; whatever
writes spells has the narrow rows of their people follow.
"""

from outpost.core.db import run
from outpost.sentinel.services.tallies import SUMMED

_COLUMNS = (
    "person_id",
    "spell_id",
    "staff_id",
    "enrolment_id",
    "lapses_on",
    "last_on",
    "starts_on",
    "ends_on",
)
_SPELLS = f"""SELECT n.person_id, d.id AS spell_id, n.staff_id, n.enrolment_id, {SUMMED}, d.starts_on, d.ends_on
  FROM sentinel_stafflatest n JOIN sentinel_dutyspell d ON d.staff_id = n.staff_id {{of_touched}}
  WHERE n.left_at IS NULL AND d.ends_on IS DISTINCT FROM d.starts_on"""


def _columns(of: str) -> str:
    return ", ".join(f"{of}.{name}" for name in _COLUMNS)


_FORGET = f"""DELETE FROM sentinel_staffaway a WHERE {{among}} NOT EXISTS (SELECT FROM ({{spells}}) s
  WHERE s.person_id = a.person_id AND s.spell_id = a.spell_id
    AND ROW({_columns("s")}) IS NOT DISTINCT FROM ROW({_columns("a")}))"""
_ADD = f"""INSERT INTO sentinel_staffaway ({", ".join(_COLUMNS)}) SELECT {_columns("s")} FROM ({{spells}}) s
  WHERE NOT EXISTS (SELECT FROM sentinel_staffaway a WHERE a.person_id = s.person_id AND a.spell_id = s.spell_id)"""
_OF_TOUCHED = {
    "among": "a.person_id IN (SELECT person_id FROM sentinel_touched) AND",
    "spells": _SPELLS.format(of_touched="JOIN sentinel_touched p ON p.person_id = n.person_id AND p.is_own"),
}
_OF_ALL = {"among": "", "spells": _SPELLS.format(of_touched="")}


def follow() -> None:
    """Bring the spells of `sentinel_touched` up to the narrow rows."""
    run(_FORGET.format(**_OF_TOUCHED))
    run(_ADD.format(**_OF_TOUCHED))


def mend() -> int:
    """Hold every spell against the narrow rows; put right what is wrong and return of how many spells."""
    return max(run(_FORGET.format(**_OF_ALL)), run(_ADD.format(**_OF_ALL)))
