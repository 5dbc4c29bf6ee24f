"""核酸数据统计: who of the ledger was tested in a range of days, and how often.

Whoever has fewer samples since the range began than are kept is counted from the narrow row. Only for the others the
records are read: person by person where they are few, else all of the range at once.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.figures.declared import Figure, Rate, Row, Statistic
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.queries import latest
from outpost.sentinel.queries.statistics.ledger import (
    ANY,
    BODIES,
    FEW,
    IN_GROUPS,
    MEMBER,
    Chosen,
    Grouping,
    Ledger,
    grouped,
    unknown_in,
)

_IS_OPEN = latest.may_lack("%(before_start)s")
_RECORDS = """SELECT count(*) AS samples FROM health_testrecord h
    WHERE NOT h.is_withdrawn AND NOT h.is_repeated AND h.sampled_at >= %(start)s AND h.sampled_at < %(end)s"""

NONE_OPEN = "CROSS JOIN (SELECT 0 AS samples) h"
FEW_OPEN = f"LEFT JOIN LATERAL ({_RECORDS} AND h.person_id = n.person_id AND {_IS_OPEN}) h ON {_IS_OPEN}"
MANY_OPEN = f"""LEFT JOIN ({_RECORDS.replace("SELECT", "SELECT h.person_id,", 1)} GROUP BY h.person_id) h
    ON h.person_id = n.person_id"""

_KEPT = latest.inside("%(before_start)s", "%(before_end)s")
FOUND = f"CASE WHEN {_IS_OPEN} THEN coalesce(h.samples, 0) ELSE {_KEPT} END"
"""SQL over `n` and one of these joins `h`: how many samples of the person lie in the range."""
_KNOWN = f"CASE WHEN NOT {_IS_OPEN} THEN {_KEPT} END"

TESTS = Statistic(
    (
        *BODIES,
        Figure("tested", _("Tested"), "sum(n.tested)", where=f"{FOUND} > 0"),
        Figure("untested", _("Not tested"), "sum(n.staff) - sum(n.tested)", where=f"{FOUND} = 0"),
        Figure("samples", _("Samples"), "sum(n.samples)", opens="samples"),
        Rate("rate", _("Rate"), part="tested"),
    )
)

# OFFSET: or what is found is computed anew for each of the counts. Quoted as in `match.tasks_sql`.
_COUNTS = f"""SELECT one.key, count(*) AS staff, count(*) FILTER (WHERE one.found > 0) AS tested,
    sum(one.found) AS samples, count(*) - count(one.found) AS unknown
  FROM (SELECT g.key, {{found}} AS found FROM {IN_GROUPS} {{facts}}
    WHERE {MEMBER} OFFSET '0') one
  GROUP BY one.key"""


def nat_statistics(
    first: date, last: date, *, by: Grouping, actor: Actor, chosen: Chosen = ANY, with_empty: bool = False
) -> list[Row]:
    """Organisations, staff, tested people and samples of the days `first` to `last`, by group, all of one instant.

    The staff are those of the ledger at the end of the range. Groups without staff only `with_empty`.
    Raises Refusal RANGE_REVERSED.
    """
    ledger = Ledger(first, last, chosen, (actor.reach(SEE_COMPLIANCE),))
    rows = ledger.rows(_grouped(by, _KNOWN, NONE_OPEN))
    if unknown := unknown_in(rows):
        rows = ledger.rows(_grouped(by, FOUND, _facts(ledger, unknown)))
    found = [TESTS.row(key, name, counts) for key, name, *counts, _unknown in rows]
    return [row for row in found if with_empty or row["staff"]]


def _grouped(by: Grouping, found: str, facts: str) -> str:
    return grouped(by, _COUNTS.replace("{found}", found).replace("{facts}", facts), TESTS.sums)


def facts(ledger: Ledger) -> str:
    """How what the narrow rows of the ledger's people (alias `n`) lack is read: a join `h`, for FOUND."""
    return _facts(ledger, ledger.people(_IS_OPEN))


def _facts(ledger: Ledger, open_ones: int) -> str:
    if not open_ones:
        return NONE_OPEN
    return FEW_OPEN if open_ones <= FEW or ledger.is_shown else MANY_OPEN
