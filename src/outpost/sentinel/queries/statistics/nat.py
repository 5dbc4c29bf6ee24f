"""核酸数据统计: who of the ledger was tested in a range of days, and how often.

Health keeps each person's latest samples in one small row, and whoever has fewer of them since the range began than
are kept is counted from it. Only for the others the records are read: person by person where they are few, else
all of the range at once.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.figures.declared import Figure, Rate, Row, Statistic
from outpost.health.rules import LATEST_KEPT
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.queries.statistics.ledger import (
    ANY,
    BODIES,
    MEMBER,
    Chosen,
    Grouping,
    Ledger,
    grouped,
)

OFTEN = 0.02
"""From this share of people whose kept samples all lie behind the first day, the records are read at once."""


_OLDEST = f"l.sampled_at[{LATEST_KEPT}]"
_UP_TO_NOW = " ".join(
    f"WHEN l.sampled_at[{k}] IS NULL OR l.sampled_at[{k}] < %(start)s THEN {k - 1}"
    for k in range(2, LATEST_KEPT + 1)
)
_INSIDE = " + ".join(
    f"coalesce((l.sampled_at[{k}] >= %(start)s AND l.sampled_at[{k}] < %(end)s)::int, 0)"
    for k in range(1, LATEST_KEPT + 1)
)

# The samples in the range of whoever was sampled since the first day; `{open}` of those whose row may lack some.
_IS_OPEN = f"{_OLDEST} >= %(start)s"
_KEPT = f"""SELECT l.person_id, CASE
      WHEN {_IS_OPEN} THEN {{open}}
      WHEN l.sampled_at[1] < %(end)s THEN CASE {_UP_TO_NOW} END
      ELSE {_INSIDE} END AS samples
    FROM health_latestsamples l"""
_RECORDS = """FROM health_testrecord h
    WHERE NOT h.is_withdrawn AND h.sampled_at >= %(start)s AND h.sampled_at < %(end)s"""
_EACH = f"""{_KEPT.format(open="h.samples")}
    LEFT JOIN LATERAL (SELECT count(*) AS samples {_RECORDS} AND h.person_id = l.person_id AND {_IS_OPEN}) h
    ON {_IS_OPEN} WHERE l.sampled_at[1] >= %(start)s"""
_ALL = f"""{_KEPT.format(open="coalesce(h.samples, 0)")}
    LEFT JOIN (SELECT h.person_id, count(*) AS samples {_RECORDS} GROUP BY h.person_id) h
    ON h.person_id = l.person_id WHERE l.sampled_at[1] >= %(start)s"""

_NONE = f"{_KEPT.format(open='-1')} WHERE l.sampled_at[1] >= %(start)s"

FOUND = "coalesce(l.samples, 0)"
"""SQL over `l` of these joins: how many samples of the person `s` lie in the range."""

TESTS = Statistic(
    (
        *BODIES,
        Figure("tested", _("Tested"), "sum(n.tested)", where=f"{FOUND} > 0"),
        Figure("untested", _("Not tested"), "sum(n.staff) - sum(n.tested)", where=f"{FOUND} = 0"),
        Figure("samples", _("Samples"), "sum(n.samples)", opens="samples"),
        Rate("rate", _("Rate"), part="tested"),
    )
)

LOOKED_UP = f"LEFT JOIN LATERAL ({_EACH} AND l.person_id = s.person_id) l ON true"
FEW_OPEN = f"LEFT JOIN ({_EACH}) l ON l.person_id = s.person_id"
MANY_OPEN = f"LEFT JOIN ({_ALL}) l ON l.person_id = s.person_id"
NONE_OPEN = f"LEFT JOIN ({_NONE}) l ON l.person_id = s.person_id"  # whoever is open has -1 samples

_COUNTS = f"""SELECT one.enrolment_id, count(*) AS staff, count(*) FILTER (WHERE one.found > 0) AS tested,
    sum(one.found) AS samples, count(*) FILTER (WHERE one.found < 0) AS open
  FROM (SELECT s.enrolment_id, {FOUND} AS found FROM sentinel_staffmember s {{facts}}
    WHERE {MEMBER} AND s.enrolment_id IN (SELECT id FROM enrolment)) one
  GROUP BY one.enrolment_id"""
_SUMS = f"{TESTS.sums}, coalesce(sum(n.open), 0)"

_SHARE = f"""SELECT coalesce(avg(coalesce({_OLDEST} >= %(start)s, false)::int), 0)
  FROM health_latestsamples l TABLESAMPLE SYSTEM (1)"""


def nat_statistics(
    first: date,
    last: date,
    *,
    by: Grouping,
    actor: Actor,
    chosen: Chosen = ANY,
    with_empty: bool = False,
) -> list[Row]:
    """Organisations, staff, tested people and samples of the days `first` to `last`, by group, all of one instant.

    The staff are those of the ledger at the end of the range. Groups without staff only `with_empty`.
    Raises Refusal RANGE_REVERSED.
    """
    ledger = Ledger(first, last, chosen, (actor.reach(SEE_COMPLIANCE),))
    rows = [TESTS.row(key, name, counts) for key, name, *counts in _rows(ledger, by)]
    return [row for row in rows if with_empty or row["staff"]]


def _rows(ledger: Ledger, by: Grouping) -> Sequence[Sequence[Any]]:
    """Key, name and counts of the groups. The kept samples alone are tried first, for mostly they are enough."""

    def counted(way: str) -> Sequence[Sequence[Any]]:
        return ledger.rows(grouped(by, _COUNTS.replace("{facts}", way), _SUMS))

    if ledger.has_few():
        rows = counted(LOOKED_UP)
    else:
        rows = counted(NONE_OPEN)
        if any(row[-1] for row in rows):
            rows = counted(_with_records(ledger))
    return [row[:-1] for row in rows]


def facts(ledger: Ledger) -> str:
    """How the samples of the ledger's people (alias `s`) are read: a join with the alias `l`, for FOUND."""
    return LOOKED_UP if ledger.has_few() else _with_records(ledger)


def _with_records(ledger: Ledger) -> str:
    return MANY_OPEN if _are_often_sampled(ledger) else FEW_OPEN


def _are_often_sampled(ledger: Ledger) -> bool:
    """A guess from one page in a hundred; it decides how the answer is read, not what it is."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, ledger.parameters)
        (share,) = cursor.fetchone()
    return bool(share > OFTEN)
