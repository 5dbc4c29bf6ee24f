"""B8: showing one's own pass by the lane, many people with facts, 256 connections. The limit is the same application
that reads nothing."""

from collections.abc import Callable, Iterable

from django.db import connection

from benchmarks import lanes, load
from benchmarks.harness import Result
from outpost.core.ids import new_id

PEOPLE = {False: 20_000, True: 1_000_000}
LOOKS = {False: 10_000, True: 200_000}
ROUNDS = 3
FILL = """INSERT INTO health_passfacts (person_id, negative_at, declared_at, has_symptoms, was_in_risk_area)
    SELECT id, now() - interval '20 hours', now() - interval '2 days', false, false FROM unnest(%s::uuid[]) AS id"""


def run(*, full: bool) -> Iterable[Result]:
    """Make people with a row of facts each, then look, with and without a database in turn."""
    lanes.venues()
    people = [new_id() for _ in range(PEOPLE[full])]
    with connection.cursor() as cursor:
        cursor.execute(FILL, [people])
    count = LOOKS[full]

    def rate(serve: lanes.Serve) -> Callable[[], float]:
        def measured() -> float:
            with lanes.served(serve) as port:
                made, seen = load.as_fast_as_answered(port, lanes.looks(people, count))
            if seen[200] != count:
                raise AssertionError(f"of {count} looks: {seen}")
            return made

        return measured

    ours, limit = load.in_turn(ROUNDS, (rate(lanes.lane), rate(lanes.lane_without_database)))
    yield Result("B8 one's own pass", "requests/s", count, ours=ours, limit=limit)
