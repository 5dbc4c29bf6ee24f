"""How health facts go: test records by age; vaccinations after the person's last post, since doses count for life."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import sql

from outpost.audit.purging import HEALTH, Rows, execute
from outpost.health import latest


class _Tests(Rows):
    """Test records; the latest samples of their people stay true in the same transaction."""

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE health_testrecord IN EXCLUSIVE MODE")  # as every merge does
        latest.before_removal()
        removed = execute(
            "WITH gone AS (DELETE FROM {table} t WHERE {condition} RETURNING person_id)"
            " INSERT INTO health_touched SELECT person_id FROM gone",
            values,
            table=self.table,
            condition=condition,
        )
        latest.after_removal()
        return removed


ROWS = (
    _Tests("tests", "health_testrecord", "t.sampled_at < %(before)s", HEALTH),
    Rows("vaccinations", "health_vaccination", "t.received_at < %(before)s", unless_referenced=True),
    Rows("vaccinations", "health_vaccination", ends_with=HEALTH),
)
