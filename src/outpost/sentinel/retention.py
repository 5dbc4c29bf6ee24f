"""How ledgers, kept runs, their findings and follow-ups go.

Findings, which name people, go before the runs with their figures: a past day keeps its counts for longer than its
people. Removed staff and enterprises stay while something kept refers to them.
"""

from collections.abc import Mapping
from typing import Any

from psycopg import sql

from outpost.audit.purging import HEALTH, LEDGERS, Rows
from outpost.sentinel.services import latest

_GONE = "removed_at < %(before)s"
_STAFF_GONE = f"t.{_GONE} AND NOT EXISTS (SELECT FROM sentinel_matchfinding f WHERE f.staff_id = t.id)"
_OF_GONE_STAFF = f"""EXISTS (SELECT FROM sentinel_staffmember s WHERE s.id = t.staff_id AND s.{_GONE}
    AND NOT EXISTS (SELECT FROM sentinel_matchfinding f WHERE f.staff_id = s.id))"""
_OF_OLD_RUNS = 'EXISTS (SELECT FROM sentinel_matchrun r WHERE r.id = t.run_id AND r."on" < %(first)s)'
_ENROLMENT_GONE = f"""t.{_GONE} AND NOT EXISTS (SELECT FROM sentinel_staffmember s WHERE s.enrolment_id = t.id)
    AND NOT EXISTS (SELECT FROM sentinel_matchcount c WHERE c.enrolment_id = t.id)"""


class _Staff(Rows):
    """Staff members, and the narrow row of each."""

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        going = sql.SQL("SELECT person_id FROM {} t WHERE {}").format(sql.Identifier(self.table), condition)
        with latest.following(going.as_string(), dict(values)):
            return super().remove(condition, values)


ROWS = (
    Rows("findings", "sentinel_matchfinding", _OF_OLD_RUNS, HEALTH),
    Rows("follow_ups", "sentinel_followup", 't."on" < %(first)s', HEALTH),
    Rows("runs", "sentinel_matchfinding", _OF_OLD_RUNS),
    Rows("runs", "sentinel_matchcount", _OF_OLD_RUNS, HEALTH),
    Rows("runs", "sentinel_matchrun", 't."on" < %(first)s', HEALTH),
    Rows("runs", "sentinel_alertround", 't."on" < %(first)s', HEALTH),
    Rows("staff", "sentinel_followup", _OF_GONE_STAFF, is_part=True),
    Rows("staff", "sentinel_dutyspell", _OF_GONE_STAFF, LEDGERS, is_part=True),
    _Staff("staff", "sentinel_staffmember", _STAFF_GONE, LEDGERS),
    Rows("organizations", "sentinel_enrolment", _ENROLMENT_GONE, LEDGERS, is_part=True),
)
