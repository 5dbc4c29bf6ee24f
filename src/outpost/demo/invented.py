"""Invented people and bodies: valid numbers, nobody's. Pure, from one seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, count
from random import Random

from outpost.people.rules import check_character

UNASSIGNED_COUNTY = "440199"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程苏魏吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文慧晓燕海波家豪嘉欣梓轩浩然子涵雨桐思远佳怡俊杰"
STREETS = ("进港大道", "环市大道", "港前大道", "双山大道", "海滨路", "丰泽东路", "金岭南路", "广隆路")


@dataclass(frozen=True, slots=True)
class Body:
    """An invented organisation of one category in one town."""

    category: str
    name: str
    town: str
    principal: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Worker:
    """An invented staff member. `diligence` is the share of due tests that are taken."""

    body: Body
    name: str
    job: str
    phone: str
    number: str
    address: str
    joined_on: date
    duty: str
    diligence: float


@dataclass(frozen=True, slots=True)
class Trade:
    """What bodies of a category are called and how many there are: `stems` are joined to a town's name."""

    category: str
    stems: Sequence[str]
    jobs: Sequence[str]
    bodies: int
    staff: int
    every_days: float


def resident_number(random: Random) -> str:
    """A resident ID number that passes every check and whose county code was never assigned (GB 11643)."""
    born = date(random.randint(1962, 2003), 1, 1) + timedelta(days=random.randint(0, 364))
    body = f"{UNASSIGNED_COUNTY}{born:%Y%m%d}{random.randint(1, 999):03d}"
    return body + check_character(body)


def person_name(random: Random) -> str:
    """A family name and one or two characters."""
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2, 2))))


def phones() -> Iterator[str]:
    """Mobile numbers of a block that is not given out, one after another."""
    return (f"1660000{number:04d}" if number < 10_000 else f"17000{number:06d}" for number in count(1))


def address(random: Random, town: str) -> str:
    return f"{town}{random.choice(STREETS)}{random.randint(1, 399)}号"


def shares(random: Random, total: int, parts: int, least: int) -> list[int]:
    """`total` split into `parts` uneven parts of at least `least`."""
    weights = [random.paretovariate(1.6) for _ in range(parts)]
    free = total - least * parts
    edges = [round(free * edge / sum(weights)) for edge in accumulate(weights)]
    return [least + after - before for before, after in zip([0, *edges], edges, strict=False)]


def bodies_of(random: Random, trade: Trade, towns: Sequence[str], numbers: Iterator[str]) -> list[Body]:
    """The bodies of one trade, spread over the towns; names stand once in a town."""
    found = []
    for serial in range(trade.bodies):
        town = towns[serial % len(towns)]
        stem = trade.stems[(serial // len(towns)) % len(trade.stems)]
        turn = serial // (len(towns) * len(trade.stems))
        prefix = town.removesuffix("街道").removesuffix("镇")
        name = f"{prefix}{stem}" if turn == 0 else f"{prefix}{'一二三四五六七八九十'[turn]}号{stem}"
        found.append(
            Body(trade.category, name, town, person_name(random), next(numbers), address(random, town))
        )
    return found


def workers_of(
    random: Random, trade: Trade, bodies: Sequence[Body], numbers: Iterator[str], today: date, used: set[str]
) -> Iterator[Worker]:
    """The staff of one trade's bodies. A few joined this week, a few are off duty, a few are careless."""
    for body, size in zip(bodies, shares(random, trade.staff, len(bodies), 4), strict=True):
        for _ in range(size):
            number = resident_number(random)
            while number in used:
                number = resident_number(random)
            used.add(number)
            is_new = random.random() < 0.02
            yield Worker(
                body=body,
                name=person_name(random),
                job=random.choice(trade.jobs),
                phone=next(numbers),
                number=number,
                address=address(random, body.town),
                joined_on=today - timedelta(days=random.randint(0, 6) if is_new else random.randint(30, 900)),
                duty=random.choices(("在岗", "轮休", "离岗", "放假"), (94, 3, 2, 1))[0],
                diligence=random.choices((1.0, 0.85, 0.4, 0.0), (80, 14, 4, 2))[0],
            )


def samples_of(
    random: Random, worker: Worker, every_days: float, today: date, days: int, zone: object
) -> Iterator[datetime]:
    """When the worker was sampled in the last `days` days, as aware UTC instants; the last may be this morning."""
    gap = max(1.0, every_days)
    at = random.uniform(0, gap)
    while at <= days:
        if random.random() < worker.diligence:
            day = today - timedelta(days=days) + timedelta(days=int(at))
            minute = random.randint(7 * 60, 20 * 60) if day < today else random.randint(7 * 60, 8 * 60)
            local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)  # type: ignore[arg-type]
            yield local.astimezone(UTC)
        at += gap * random.uniform(0.8, 1.0)
