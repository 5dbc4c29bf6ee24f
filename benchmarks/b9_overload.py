"""B9: far more who want to check in than the lane can take, and who try again: how much of what it can do it does, how
fast it refuses, and how fast it answers once they are gone.

Each of the crowd holds a connection, waits as long as it is told and a random while that doubles, as the check-in page
does. It is no open loop: ten times what the lane takes is more than a generator sends from the same two cores. How long
an answer takes is seen by a few others beside the crowd, who are not slowed by sending.
"""

import multiprocessing
import random
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection

from benchmarks import lanes, load
from benchmarks.harness import Result
from outpost.core import clock
from outpost.venues.days import keep_days

SECONDS = {False: 8, True: 300}
CROWD = 6_000
"""Connections: six times as many as the lane works on at once."""
RETRY_AFTER, LONGEST_PAUSE = 1.0, 60.0
MEASURED = 10_000
BESIDE = 40
"""A second: who measures how long an answer takes."""


def run(*, full: bool) -> Iterable[Result]:
    """The most that it takes, then the crowd, then a calm while."""
    codes = lanes.venues()
    keep_days(clock.local_day(clock.now()))
    seconds = SECONDS[full]
    with lanes.served(lanes.lane) as port:
        most, _seen = load.as_fast_as_answered(port, lanes.check_ins(codes, MEASURED))
        requests = lanes.check_ins(codes, int(most * seconds))
        beside = lanes.check_ins(codes, BESIDE * seconds)
        spawn = multiprocessing.get_context("fork")
        ours, theirs = spawn.Pipe()
        others = spawn.Process(target=_crowd, args=(theirs, port, requests, float(seconds)))
        others.start()
        theirs.close()  # or nobody would notice that the crowd ended without a word
        seen = load.at_a_pace(port, beside, a_second=BESIDE, patience=0.1, pause=_pause, connections=BESIDE)
        taken, refused = ours.recv()
        others.join()
        yield Result(
            "B9 taken in from a crowd", "requests/s", taken + refused, ours=taken / seconds, limit=most
        )
        for what, waits in (("refusals", seen.refused), ("taken in beside", seen.taken)):
            if waits:
                slow = load.percentile(waits, 0.99)
                yield Result(f"B9 {what}, p99", "s", len(waits), ours=slow, limit=0.2)
        calm = load.at_a_pace(port, lanes.check_ins(codes, 500), a_second=50, patience=10.0, pause=_pause)
        yield Result("B9 calm again, p99", "s", 500, ours=load.percentile(calm.taken, 0.99), limit=0.15)


def _crowd(told: Connection, port: int, requests: Sequence[bytes], seconds: float) -> None:
    told.send(load.a_crowd(port, requests, seconds=seconds, pause=_pause, connections=CROWD))


def _pause(tries: int) -> float:
    return RETRY_AFTER + random.uniform(0, min(2.0**tries, LONGEST_PAUSE))
