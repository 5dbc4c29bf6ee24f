"""B1: check-ins over HTTP, durable when acknowledged, 256 connections held open by a process of their own.

The limit is the same application on the same server whose writer answers without a database; the peer a view of Django
that inserts a row by the ORM. Then the same lane at a pace of 6 in 10 of what it can do: how long the slowest of a
hundred waits from the instant at which it was due.
"""

from collections.abc import Callable, Iterable

from benchmarks import lanes, load
from benchmarks.harness import Result
from outpost.core import clock
from outpost.venues.days import keep_days

REQUESTS = {False: 10_000, True: 200_000}
PEER_REQUESTS = {False: 2_000, True: 20_000}
ROUNDS = 3
PACE = 0.6
NEVER = 60.0  # seconds: nobody gives up


def run(*, full: bool) -> Iterable[Result]:
    """Make venues, then measure lane, limit and peer in turn, and the lane at its pace."""
    codes = lanes.venues()
    keep_days(clock.local_day(clock.now()))
    count = REQUESTS[full]

    def rate(serve: lanes.Serve, requests: int) -> Callable[[], float]:
        def measured() -> float:
            with lanes.served(serve) as port:
                made, seen = load.as_fast_as_answered(port, lanes.check_ins(codes, requests))
            if seen[201] != requests:
                raise AssertionError(f"of {requests} check-ins: {seen}")
            return made

        return measured

    kinds = (
        rate(lanes.lane, count),
        rate(lanes.lane_without_database, count),
        rate(lanes.orm_view, PEER_REQUESTS[full]),
    )
    ours, limit, peer = load.in_turn(ROUNDS, kinds)
    yield Result("B1 check-ins over HTTP", "requests/s", count, ours=ours, limit=limit, peer=peer)
    with lanes.served(lanes.lane) as port:
        requests = lanes.check_ins(codes, count)
        paced = load.at_a_pace(port, requests, a_second=PACE * ours, patience=NEVER, pause=lambda _tries: 0.1)
    seconds = load.percentile(paced.taken, 0.99)
    yield Result("B1 check-ins at 0.6 of that, p99", "s", count, ours=seconds, limit=0.15)
