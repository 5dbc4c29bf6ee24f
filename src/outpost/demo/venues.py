"""Venues of the made-up district with a fortnight of check-ins, some of them silent; the flow is the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from orjson import dumps

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.demo.district import DAYS, SEED, Loader, Progress
from outpost.demo.invented import address, person_name, phones
from outpost.people.models import Person
from outpost.regions.queries import towns
from outpost.venues.days import keep_days
from outpost.venues.models import CheckIn, Kind, Venue
from outpost.venues.services import recount_flow
from outpost.venues.services.kinds import KindEntry, set_kind
from outpost.venues.services.leaving import offer_check_out
from outpost.venues.services.naming import let_branch

VENUES = 600
FIRST_PHONE = 100_000  # beyond those of the staff
SILENT_EVERY, SILENT_DAYS, NEVER_EVERY = 40, 6, 150
PEAK = 30  # as many times the usual number
DEPARTMENT, ITS_KINDS = "market", ("market", "restaurant", "mall")
DOORS = ("南门", "北门", "东门", "西门")


@dataclass(frozen=True, slots=True)
class Trade:
    """What venues of a kind are called, about how many come on a day, and at which hours, the busy ones repeated."""

    kind: str
    stems: Sequence[str]
    visits: int
    hours: Sequence[int]


_SHOPS = (9, 10, 11, 12, 14, 15, 16, 17, 18, 18, 19, 19, 20, 21)
_OFFICES = (8, 8, 8, 9, 9, 10, 11, 13, 14, 15)
TRADES = (
    Trade("market", ("农贸市场", "综合市场"), 24, (6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 11, 15, 16, 17, 17, 18)),
    Trade(
        "restaurant",
        ("渔港酒家", "茶餐厅", "面馆", "粤菜馆"),
        8,
        (7, 8, 11, 12, 12, 12, 13, 17, 18, 18, 19, 19),
    ),
    Trade("mall", ("万汇广场", "百货城", "便民超市"), 18, _SHOPS),
    Trade("lodging", ("海景酒店", "商务宾馆"), 4, (12, 14, 15, 16, 18, 20, 21, 22, 23)),
    Trade("office", ("政务大楼", "商会大厦"), 7, _OFFICES),
    Trade("housing", ("花园小区", "滨海新村"), 12, (7, 8, 12, 17, 18, 18, 19, 20, 21, 22)),
    Trade("hospital", ("卫生服务站", "门诊楼"), 11, (8, 8, 9, 9, 10, 10, 11, 14, 15, 16)),
    Trade("transport", ("客运码头", "公交总站"), 16, (6, 7, 7, 8, 8, 9, 12, 16, 17, 17, 18, 18, 19, 21)),
)
_VISITS = """WITH met AS MATERIALIZED (
    SELECT venue_id, day, gates[1 + floor(random() * cardinality(gates))::int] AS checkpoint_id,
           (day + make_interval(hours => hours[1 + floor(random() * cardinality(hours))::int],
                                secs => floor(random() * 3600))) AT TIME ZONE %(zone)s AS at,
           1 + floor(random() * %(people)s)::int AS number, random() AS measured, random() AS warmth
      FROM unnest(%(venues)s::uuid[], %(days)s::date[], %(trades)s::text[], %(visits)s::int[])
             AS planned (venue_id, day, trade, visits)
      JOIN (SELECT venue_id, array_agg(id ORDER BY position) AS gates FROM venues_checkpoint GROUP BY 1) AS g
           USING (venue_id)
      JOIN (SELECT key AS trade, ARRAY(SELECT value::int FROM jsonb_array_elements_text(value)) AS hours
              FROM jsonb_each(%(hours)s::jsonb)) AS h USING (trade)
     CROSS JOIN LATERAL generate_series(1, visits)),
  people AS MATERIALIZED (SELECT row_number() OVER (ORDER BY person_id) AS number, person_id FROM people_person)
INSERT INTO venues_checkin (venue_id, day, id, checkpoint_id, person_id, occurred_at, received_at, temperature)
SELECT venue_id, day, gen_random_uuid(), checkpoint_id, person_id, at, at + interval '1 second',
       CASE WHEN measured > 0.3 THEN NULL WHEN warmth < 0.005 THEN 37.4 + measured * 3 ELSE 36 + warmth * 1.3 END
  FROM met JOIN people USING (number) WHERE at <= %(now)s"""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many come to a venue on a day, spread over its hours as in its trade."""

    venue_id: UUID
    day: date
    trade: str
    visits: int


def load_venues(folder: Path, *, at: datetime, progress: Progress) -> None:
    """Make up and import venues, and let people of the district check in there. What is there already stays."""
    random = Random(SEED)
    loader = Loader(folder, at, progress)
    _assign_kinds(at)
    loader.load("venues.venues", _HEADERS, _rows(random, [town.name for town in towns()]))
    _show_what_may_be_set(at)
    keep_days(clock.local_day(at))
    with transaction.atomic():
        if not CheckIn.objects.exists():
            planned = list(_planned(random, clock.local_day(at)))
            _check_in(planned, at)
            recount_flow({(one.venue_id, one.day) for one in planned})
            progress(f"demo: check-ins {CheckIn.objects.count()}")


def _show_what_may_be_set(at: datetime) -> None:
    """The manager who signs in (`sign_ins.py`) may enter branches, and their venue offers to check out."""
    for venue in Venue.objects.current().filter(kind="market", most_branches=0).order_by("name")[:1]:
        actor = Actor.system("demo")
        let_branch(venue.id, 5, actor=actor, at=at)
        offer_check_out(venue.id, offers=True, actor=actor, at=at)


def _assign_kinds(at: datetime) -> None:
    """Give its kinds of venues to the bureau that signs in; one that was given to somebody stays theirs."""
    for kind in Kind.objects.filter(code__in=ITS_KINDS, department=None):
        entry = KindEntry(kind.name, kind.name_en, kind.usual_minutes, DEPARTMENT)
        set_kind(entry, code=kind.code, actor=Actor.system("demo"), at=at)


_HEADERS = (
    "场所名称",
    "场所类型",
    "所属镇街",
    "详细地址",
    "经度",
    "纬度",
    "管理员姓名",
    "管理员手机",
    "检测点",
)


def _rows(random: Random, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
    kinds = {kind.code: kind.name for kind in Kind.objects.all()}
    numbers = islice(phones(), FIRST_PHONE, None)
    for serial in range(VENUES):
        town, trade = names[serial % len(names)], TRADES[serial // len(names) % len(TRADES)]
        turn = serial // (len(names) * len(TRADES))
        prefix = town.removesuffix("街道").removesuffix("镇")
        yield (
            f"{prefix}{trade.stems[turn % len(trade.stems)]}{turn // len(trade.stems) + 1:02d}",
            kinds[trade.kind],
            town,
            address(random, town),
            f"{random.uniform(113.3, 113.7):.5f}",
            f"{random.uniform(22.6, 22.9):.5f}",
            person_name(random),
            next(numbers),
            "、".join(DOORS[: random.choice((1, 2, 2, 3, 4))]),
        )


def _planned(random: Random, today: date) -> Iterator[Planned]:
    """The first market had a peak yesterday; some venues fell silent, some never had anybody."""
    visits = {trade.kind: trade.visits for trade in TRADES}
    found = Venue.objects.filter(kind__in=visits).order_by("created_at", "region", "name")
    for serial, (venue_id, kind) in enumerate(found.values_list("id", "kind_id")):
        if serial % NEVER_EVERY == NEVER_EVERY - 1:
            continue
        first = SILENT_DAYS if serial % SILENT_EVERY == SILENT_EVERY - 1 else 0
        size = random.paretovariate(2.5)
        for back in range(first, DAYS):
            peak = PEAK if serial == 0 and back == 1 else 1
            number = random.gauss(1, 0.2) * size * visits[kind] * peak / 2
            yield Planned(venue_id, today - timedelta(days=back), kind, max(1, round(number)))


def _check_in(planned: Sequence[Planned], at: datetime) -> None:
    values: dict[str, Any] = {
        "venues": [one.venue_id for one in planned],
        "days": [one.day for one in planned],
        "trades": [one.trade for one in planned],
        "visits": [one.visits for one in planned],
        "hours": dumps({trade.kind: trade.hours for trade in TRADES}).decode(),
        "people": Person.objects.count(),
        "zone": str(clock.zone()),
        "now": at,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.44)")
        cursor.execute(_VISITS, values)
