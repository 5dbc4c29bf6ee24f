"""B12: merging 10,000 tests of which 2,000 concern staff, with the narrow rows of the ledger kept true.

The limit is the same merge while nobody follows the facts. There is no peer. Each merge brings new records of the same
people, a call of a feeder at a time of day when the ledger is full.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from django.db import connection

from benchmarks.b4_nightly_match import FULL, LEDGER, RULES, SMALL, STAFF_EACH_ENROLMENT
from benchmarks.harness import Result, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health import followers
from outpost.health.services import TEST_STAGING, record_tests
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services import latest

RECORDS, OF_STAFF, ROUNDS = 10_000, 2_000, 7
ACTOR = Actor.system("bench")
UNSAID = dict.fromkeys(TEST_STAGING) | {"result": "negative", "is_corrected": False}


def run(*, full: bool) -> Iterable[Result]:
    """Both merges in turn, the median of each."""
    staff = FULL if full else SMALL
    with connection.cursor() as cursor:
        for statement in LEDGER.split(";\n"):
            if statement.strip():
                cursor.execute(
                    statement, {"rules": list(RULES), "bodies": staff // STAFF_EACH_ENROLMENT, "staff": staff}
                )
    latest.mend()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    known = StaffMember.objects.values_list("person_id", flat=True)[:OF_STAFF]
    people = [*known, *(uuid4() for _ in range(RECORDS - OF_STAFF))]
    ours, limit = [], []
    for number in range(ROUNDS):
        ours.append(_merge("with the narrow rows", people, number * 2))
        with patch.object(followers, "_followers", []):
            limit.append(_merge("without them", people, number * 2 + 1))
    latest.mend()
    yield Result("B12", "s", RECORDS, ours=median(ours), limit=median(limit))


def _merge(what: str, people: list[UUID], number: int) -> float:
    rows = list(_rows(people, number))
    seconds, outcomes = timed(what, lambda: record_tests(rows, actor=ACTOR, at=clock.now()))
    assert all(one.outcome == "new" for one in outcomes)
    return seconds


def _rows(people: list[UUID], number: int) -> Iterator[dict[str, Any]]:
    at = clock.now() + timedelta(minutes=number)
    for n, person in enumerate(people):
        yield {**UNSAID, "source": "b", "record_id": f"{number}-{n}", "person_id": person, "sampled_at": at}
