"""Pages as a browser asks for them, timed in this process: middleware and template included, the network is not."""

import sys
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.test import Client

from benchmarks.harness import Result
from outpost.access.models import User
from outpost.testing.browsers import sign_in

TIMES, ENOUGH_SECONDS = 20, 5  # a page far from the goal is opened fewer times
GOAL_MS, GOAL_STATEMENTS = 150.0, 15


def page(bench: str, name: str, client: Client, address: str, rows: int) -> Iterator[Result]:
    """Its 95th percentile and its statements, against the goals."""
    seen: list[str] = []

    def count(execute: Callable[..., object], statement: str, *rest: object) -> object:
        seen.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(count):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
    times: list[float] = []
    while len(times) < TIMES and sum(times) < ENOUGH_SECONDS:
        times.append(_seconds(client, address))
    p95 = sorted(times)[max(0, int(len(times) * 0.95) - 1)] * 1000
    print(f"  {name}: {p95:.0f} ms, {len(seen)} statements", file=sys.stderr, flush=True)
    yield Result(f"{bench} {name}", "ms p95", rows, ours=p95, limit=GOAL_MS)
    yield Result(f"{bench} {name}", "statements", rows, ours=len(seen), limit=GOAL_STATEMENTS)


def signed_in(user: User) -> Client:
    """The browser of an account."""
    client = Client(headers={"accept-language": "zh-hans"}, SERVER_NAME="localhost")
    sign_in(client, User.objects.get(id=user.id))
    return client


def _seconds(client: Client, address: str) -> float:
    begun = time.perf_counter()
    client.get(address).getvalue()
    return time.perf_counter() - begun
