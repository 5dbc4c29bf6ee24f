"""B10: the test and the vaccination statistics of a million staff by town; goal: below half a second each.

Ours are the statements behind the pages. The peer is the plain statement over the raw records that one would write
first; its answer must equal ours. The limit is one read of the staff rows.
"""

import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.b4_nightly_match import (
    FULL,
    LEDGER,
    RECORDS,
    RECORDS_EACH,
    RULES,
    SMALL,
    STAFF_EACH_ENROLMENT,
    follow,
)
from benchmarks.harness import Result, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.figures.declared import Row
from outpost.health.services import ensure_products
from outpost.sentinel.queries import statistics

TODAY = date(2022, 6, 14)  # the records are of the fourteen days up to it
RANGES = (1, 3, 7, 14)
ACTOR = Actor.system("bench")

TOWNS = """
INSERT INTO regions_region (code, name, level, parent_id, aliases)
  SELECT '4401151' || lpad(i::text, 2, '0'), 't' || i, 'town', '440115', '{}' FROM generate_series(1, 10) i;
UPDATE regions_organization SET region_id = '4401151' || lpad((1 + substr(name, 2)::int %% 10)::text, 2, '0');
"""
# One in ten never, one in ten by a record of the second dose alone, the others one to three doses in order.
DOSES = """
INSERT INTO health_vaccination
  (source, record_id, person_id, product_id, dose, given_on, site, received_at, is_withdrawn)
  SELECT 'b', n || '-' || k, person_id,
    (ARRAY['inactivated-vero', 'recombinant-cho', 'recombinant-ad5'])[1 + n %% 3], k,
    date '2021-03-01' + (n %% 100)::int + k * 60, '', now(), false
  FROM (SELECT person_id, row_number() OVER () n FROM people_person) p, generate_series(1, 3) k
  WHERE n %% 10 > 0 AND (CASE WHEN n %% 10 = 1 THEN k = 2 ELSE k <= 1 + n %% 3 END);
VACUUM ANALYZE;
"""
NAIVE_TESTS = """SELECT r.code, count(DISTINCT e.id), count(s.id), count(s.id) FILTER (WHERE t.samples > 0),
    coalesce(sum(t.samples), 0)
  FROM sentinel_enrolment e JOIN regions_organization o ON o.id = e.organization_id
  JOIN regions_region r ON r.code = o.region_id
  LEFT JOIN sentinel_staffmember s ON s.enrolment_id = e.id AND s.removed_at IS NULL
  LEFT JOIN (SELECT person_id, count(*) AS samples FROM health_testrecord
    WHERE NOT is_withdrawn AND sampled_at >= %(start)s AND sampled_at < %(end)s GROUP BY person_id) t
    ON t.person_id = s.person_id
  GROUP BY 1 ORDER BY 1"""
NAIVE_DOSES = """SELECT r.code, count(DISTINCT e.id), count(s.id), count(s.id) FILTER (WHERE v.dose >= 1),
    count(s.id) FILTER (WHERE v.dose >= 2), count(s.id) FILTER (WHERE v.dose >= 3)
  FROM sentinel_enrolment e JOIN regions_organization o ON o.id = e.organization_id
  JOIN regions_region r ON r.code = o.region_id
  LEFT JOIN sentinel_staffmember s ON s.enrolment_id = e.id AND s.removed_at IS NULL
  LEFT JOIN (SELECT DISTINCT ON (person_id) person_id, dose FROM health_vaccination
    WHERE NOT is_withdrawn AND given_on <= %(last)s ORDER BY person_id, dose DESC, given_on DESC) v
    ON v.person_id = s.person_id
  GROUP BY 1 ORDER BY 1"""
READ_STAFF = "SELECT count(person_id), max(joined_on), max(enrolment_id::text) FROM sentinel_staffmember"


def run(*, full: bool) -> Iterable[Result]:
    """The tests over the four ranges that the page offers, then the vaccinations."""
    staff = FULL if full else SMALL
    _execute(LEDGER, rules=list(RULES), bodies=staff // STAFF_EACH_ENROLMENT, staff=staff)
    _execute(TOWNS)
    _execute(RECORDS, prefix="a", each=RECORDS_EACH)
    ensure_products()
    _execute(DOSES)
    follow()
    limit = _median("staff rows read once", lambda: _answer(READ_STAFF))
    for days in RANGES:
        yield _tests(days, staff, limit)
    yield _vaccinations(staff, limit)


def _tests(days: int, staff: int, limit: float) -> Result:
    first = TODAY - timedelta(days=days - 1)
    start, end = clock.day_span(first, TODAY)

    def ours() -> list[Row]:
        return statistics.nat_statistics(first, TODAY, by=statistics.Grouping.TOWN, actor=ACTOR)

    def peer() -> list[tuple[Any, ...]]:
        return _answer(NAIVE_TESTS, start=start, end=end)

    seconds = _median(f"tests of {days} days", ours)
    other = _once(f"plain statement, {days} days", peer)
    figures = ("organizations", "staff", "tested", "samples")
    counted = [(row.key, *(row[figure] for figure in figures)) for row in ours()]
    _same(counted, [(code, *map(int, counts)) for code, *counts in peer()])
    return Result(f"B10 tests, {days} days", "s", staff, ours=seconds, peer=other, limit=limit)


def _vaccinations(staff: int, limit: float) -> Result:
    def ours() -> list[Row]:
        return statistics.vaccination_statistics(TODAY, by=statistics.Grouping.TOWN, actor=ACTOR)

    def peer() -> list[tuple[Any, ...]]:
        return _answer(NAIVE_DOSES, last=TODAY)

    seconds = _median("vaccinations", ours)
    other = _once("plain statement, highest dose alone", peer)
    figures = ("organizations", "staff", "done_1", "done_2", "done_3")
    counted = [(row.key, *(row[figure] for figure in figures)) for row in ours()]
    _same(counted, peer())
    return Result("B10 vaccinations", "s", staff, ours=seconds, peer=other, limit=limit)


def _same(ours: list[tuple[Any, ...]], peer: list[tuple[Any, ...]]) -> None:
    if ours != peer:
        print(f"ours {ours}\npeer {peer}", file=sys.stderr)
        raise AssertionError("the peer counts other people")


def _execute(script: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        for statement in script.split(";\n"):
            if statement.strip():
                cursor.execute(statement, parameters)


def _answer(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _median(what: str, work: Callable[[], object]) -> float:
    return median(timed(what, work)[0] for _ in range(3))


def _once(what: str, work: Callable[[], object]) -> float:
    return timed(what, work)[0]
