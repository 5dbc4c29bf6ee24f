"""How health facts go: records of tests, declarations and dispositions by age; vaccinations after the person's last
post, since doses count for life.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from psycopg import sql

from outpost.audit.purging import HEALTH, Rows, execute
from outpost.core.db import run
from outpost.health import latest


@dataclass(frozen=True, slots=True)
class _Facts(Rows):
    """Records of people; what is kept of them stays true in the same transaction."""

    kept: latest.Kept = field(kw_only=True)

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        lock = sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE")  # as every merge does
        run(lock.format(sql.Identifier(self.table)))
        self.kept.before_removal()
        removed = execute(
            "WITH gone AS (DELETE FROM {table} t WHERE {condition} RETURNING person_id)"
            " INSERT INTO health_touched SELECT person_id FROM gone",
            values,
            table=self.table,
            condition=condition,
        )
        self.kept.after_removal()
        return removed


_DECLARATIONS = partial(_Facts, "declarations", "health_declaration", kept=latest.DECLARATIONS)
_DISPOSITIONS = partial(_Facts, "dispositions", "health_disposition", kept=latest.DISPOSITIONS)
_EXPOSURES = partial(_Facts, "dispositions", "health_exposure", kept=latest.EXPOSURES)
_DOSES = partial(_Facts, "vaccinations", "health_vaccination", kept=latest.VACCINATIONS)

_OBJECTIONS = Rows("objections", "health_objection", "t.answered_at < %(before)s", HEALTH)
FACTS = (
    _Facts("tests", "health_testrecord", "t.sampled_at < %(before)s", HEALTH, kept=latest.TESTS),
    _DECLARATIONS("t.declared_at < %(before)s", HEALTH),
    _DISPOSITIONS("t.started_at < %(before)s", HEALTH),
    _DOSES("t.received_at < %(before)s", unless_referenced=True),
    _DOSES(ends_with=HEALTH),
)
_PROPOSALS = Rows("dispositions", "health_dispositionproposal", "t.asked_at < %(before)s", HEALTH)
_TERMS = Rows("dispositions", "health_orderterm", "t.started_at < %(before)s", HEALTH)
_DAILY = Rows("declarations", "health_dailyreport", "t.reported_at < %(before)s", HEALTH)
ROWS = (*FACTS, _EXPOSURES("t.ends_at < %(before)s", HEALTH), _OBJECTIONS, _PROPOSALS, _TERMS, _DAILY)
