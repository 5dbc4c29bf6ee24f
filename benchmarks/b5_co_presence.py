"""B5: the first ring of a 14-day case, by index over check-ins in day partitions.

The limit is the look-ups alone, without what the rule makes of them. The peer joins by venue and day,
without windows of time, and lets the rule sort out the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import product
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.harness import Result, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.core.ids import new_id
from outpost.demo.invented import resident_number
from outpost.health.models import TestRecord
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.regions.models import Region
from outpost.tracing import visits
from outpost.tracing.cases import Purpose, Window
from outpost.tracing.services import Opening, Search, approve_case, open_case, search_co_presence
from outpost.venues.days import keep_days
from outpost.venues.models import CheckIn, Checkpoint, Kind, Venue
from outpost.venues.services import ensure_kinds

ACTOR, SECOND = Actor.system("benchmark"), Actor.system("second")
SIZES = {False: (100_000, 1_000_000), True: (1_000_000, 100_000_000)}
"""Check-ins: a district grows by venues, each as busy as before."""
DAYS, A_DAY, BUSY = 14, 3, 400
"""Days of a case, its visits on each, check-ins of a venue on a day."""
CASES = {False: 20, True: 60}
_FILL = """INSERT INTO venues_checkin
    (venue_id, day, id, checkpoint_id, person_id, occurred_at, received_at, left_at)
  SELECT venue_id, %(day)s, gen_random_uuid(), checkpoint_id, md5((random() * %(people)s)::int::text)::uuid, at, at,
         CASE WHEN random() < 0.1 THEN at + interval '25 minutes' END
    FROM (SELECT id AS checkpoint_id, venue_id, %(begins)s + random() * interval '16 hours' AS at
            FROM venues_checkpoint CROSS JOIN generate_series(1, %(busy)s)
           WHERE position >= %(first)s AND position < %(last)s OFFSET 0) made"""
_INDEXES = """SELECT indexname, indexdef FROM pg_indexes
   WHERE tablename = 'venues_checkin' AND indexname <> 'venues_checkin_pkey'"""
_BY_DAY = """SELECT count(*) FROM venues_checkin own JOIN venues_checkin c USING (venue_id, day)
   WHERE own.person_id = %s AND c.person_id <> own.person_id"""


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody whose visits are searched, within an open case."""

    id: UUID
    person_id: UUID


def run(*, full: bool) -> Iterable[Result]:
    """Search at the smaller size, let the district grow, search again."""
    small, large = (size // (DAYS * BUSY) for size in SIZES[full])
    today = clock.local_day(clock.now())
    keep_days(today)
    _venues(large)
    cases = _cases(Random(5), CASES[full], small, today)
    at_small = 0.0
    for first, last in ((0, small), (small, large)):
        timed(f"fill to {last} venues", partial(_fill, first, last, today))
        size = CheckIn.objects.count()
        ours, limit = _p95(partial(_search, today), cases), _p95(partial(_look_up, today), cases)
        peer = _p95(_by_day, cases)
        yield Result("B5 co-presence of a case, p95", "s", size, ours=ours, peer=peer, limit=limit)
        if at_small:
            yield Result(
                "B5 growth, times the smaller size's p95", "ratio", size, ours=ours / at_small, limit=3
            )
        at_small = ours


def _venues(count: int) -> None:
    """Venues with one checkpoint each; its position numbers them."""
    ensure_kinds()
    Region.objects.create(code="440115001", name="南沙街道", level="town")
    kind, at = Kind.objects.get(code="market"), clock.now()
    about = {"kind": kind, "region_id": "440115001", "address": "1", "sealed": b"", "manager_name_hash": b""}
    venues = [
        Venue(name=f"市场{n}", manager_phone_hash=n.to_bytes(4), created_at=at, updated_at=at, **about)
        for n in range(count)
    ]
    Venue.objects.bulk_create(venues, batch_size=5000)
    gates = (
        Checkpoint(venue=venue, name="正门", position=n, created_at=at) for n, venue in enumerate(venues)
    )
    Checkpoint.objects.bulk_create(gates, batch_size=5000)


def _cases(chance: Random, count: int, venues: int, today: date) -> list[Case]:
    """Registered people with visits on each day, at venues that are there from the start."""
    gates = list(Checkpoint.objects.filter(position__lt=venues))
    cases = []
    for _ in range(count):
        number = resident_number(chance)
        person_id = register_person(Document(DocumentType.RESIDENT_ID, number), "甄病例", at=clock.now())
        cases.append(Case(_opened(number, person_id, today), person_id))
        for back, _turn in product(range(DAYS), range(A_DAY)):
            gate, at = chance.choice(gates), _opening(today, back) + timedelta(minutes=chance.randrange(960))
            row = CheckIn(id=new_id(), venue_id=gate.venue_id, day=clock.local_day(at), checkpoint_id=gate.id)
            row.person_id, row.occurred_at, row.received_at = person_id, at, at
            row.save(force_insert=True)
    return cases


def _opened(number: str, person_id: UUID, today: date) -> UUID:
    """The case of somebody with a positive result, open on the word of two."""
    at = clock.now()
    result = TestRecord(source="bench", record_id=number, person_id=person_id, result="positive")
    result.sampled_at = result.result_at = result.received_at = at
    result.save(force_insert=True)
    wanted = Opening(number, Purpose.CONTACTS, "B5", Window(*_span(today)))
    case = open_case(wanted, actor=ACTOR, at=at)
    approve_case(case.id, actor=SECOND, at=at)
    return case.id


def _opening(today: date, back: int) -> datetime:
    """Six in the morning so many days ago."""
    return clock.day_start(today - timedelta(days=back)) + timedelta(hours=6)


def _fill(first: int, last: int, today: date) -> None:
    """The indexes beside the key are made once the rows are there: kept meanwhile, a row takes longer with each."""
    values: dict[str, Any] = {"first": first, "last": last, "busy": BUSY, "people": last * BUSY}
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for back in range(DAYS):
            about = {"day": today - timedelta(days=back), "begins": _opening(today, back)}
            cursor.execute(_FILL, values | about)
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition.replace(" ON ONLY ", " ON "))
        cursor.execute("VACUUM ANALYZE venues_checkin")


def _span(today: date) -> tuple[datetime, datetime]:
    return clock.day_span(today - timedelta(days=DAYS - 1), today)


def _search(today: date, case: Case) -> None:
    search = Search(case.id, *_span(today), "B5")
    if not search_co_presence(search, actor=ACTOR, at=clock.now()).meetings:
        raise AssertionError("nobody was met")


def _look_up(today: date, case: Case) -> None:
    """The reads of a search without what is made of them."""
    reading = visits.Reading(case.id, *_span(today))
    seen = visits.visits_of(reading)
    usual = timedelta(minutes=30)
    windows = [visits.Window(one.venue_id, one.occurred_at, one.occurred_at + usual, usual) for one in seen]
    sum(1 for _ in visits.seen_in(reading, windows))


def _by_day(case: Case) -> None:
    rows_of(_BY_DAY, [case.person_id])


def _p95(work: Callable[[Case], None], cases: Sequence[Case]) -> float:
    """Seconds; each case once, after one that warms up."""
    work(cases[0])
    return quantiles((_seconds(work, case) for case in cases), n=20)[-1]


def _seconds(work: Callable[[Case], None], case: Case) -> float:
    begun = perf_counter()
    work(case)
    return perf_counter() - begun
