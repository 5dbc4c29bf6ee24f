"""Pages as a browser asks for them, timed in this process: middleware and template included, the network is not."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from django.db import connection
from django.test import Client

from benchmarks.harness import Result
from outpost.access.models import User
from outpost.testing.browsers import sign_in

TIMES, ENOUGH_SECONDS = 20, 5  # a page far from the goal is opened fewer times
GOAL_MS, GOAL_STATEMENTS = 150.0, 15
SLOWEST, BEGINNING = 3, 150  # how many statements are named, and how much of each


def page(bench: str, name: str, client: Client, address: str, rows: int) -> Iterator[Result]:
    """Its 95th percentile and its statements, against the goals; on standard error what its slowest statements take of
    a warm page."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    seen, whole = _watched(client, address)
    times: list[float] = []
    computing = time.process_time()
    while len(times) < TIMES and sum(times) < ENOUGH_SECONDS:
        times.append(_seconds(client, address))
    computing = (time.process_time() - computing) / len(times) * 1000
    p95 = sorted(times)[max(0, int(len(times) * 0.95) - 1)] * 1000
    told = f"{p95:.0f} ms, {computing:.0f} of our own computing, {len(seen)} statements"
    machine = f"load {os.getloadavg()[0]:.1f}, {_pace():.0f} ms a million additions"
    print(f"  {name}: {told}; {machine}", file=sys.stderr, flush=True)
    for seconds, statement in sorted(seen, reverse=True)[:SLOWEST]:
        print(f"    {seconds / whole:4.0%} {_beginning(statement)}", file=sys.stderr, flush=True)
    yield Result(f"{bench} {name}", "ms p95", rows, ours=p95, limit=GOAL_MS)
    yield Result(f"{bench} {name}", "statements", rows, ours=len(seen), limit=GOAL_STATEMENTS)


def signed_in(user: User) -> Client:
    """The browser of an account."""
    client = Client(headers={"accept-language": "zh-hans"}, SERVER_NAME="localhost")
    sign_in(client, User.objects.get(id=user.id))
    return client


def _watched(client: Client, address: str) -> tuple[Sequence[tuple[float, str]], float]:
    """The statements of a page with the seconds that each took, and the seconds of the whole."""
    seen: list[tuple[float, str]] = []

    def watch(execute: Callable[..., object], statement: str, *rest: object) -> object:
        begun = time.perf_counter()
        try:
            return execute(statement, *rest)
        finally:
            seen.append((time.perf_counter() - begun, str(statement)))

    with connection.execute_wrapper(watch):
        whole = _seconds(client, address)
    return seen, whole


def _beginning(statement: str) -> str:
    """Enough of a statement to know it by: what it selects is as long as the table is wide."""
    short = re.sub(r"^SELECT (?!COUNT).*? FROM ", "SELECT … FROM ", " ".join(statement.split()))
    return short[:BEGINNING]


def _pace() -> float:
    """Milliseconds that this machine takes just now for what is the same work on any day: shared ones were seen to
    take twice as long in one hour as in the next, and so do the pages."""
    begun = time.perf_counter()
    sum(number for number in range(1_000_000))
    return (time.perf_counter() - begun) * 1000


def _seconds(client: Client, address: str) -> float:
    begun = time.perf_counter()
    client.get(address).getvalue()
    return time.perf_counter() - begun
