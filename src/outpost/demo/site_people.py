"""The people of the made-up sites: they declare, are pre-registered under some of the contracts, some with a child, and
most are there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random

from outpost.core.clock import day_start, local_day
from outpost.demo.declared import DECLARATION_HEADERS
from outpost.demo.district import ACTOR, SEED, Loader, Progress
from outpost.demo.invented import person_name, phones, resident_number
from outpost.demo.sites import PEOPLE
from outpost.health.daily import Method, Report
from outpost.health.rules import Disposition, Ground
from outpost.health.services.proposals import Wanted, propose_disposition
from outpost.people.rules import DocumentType
from outpost.sites import services
from outpost.sites.models import Contract, PlaceRuleRow, Registration, Stay
from outpost.sites.models.families import FamilyMember
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.services.daily_health import report_shift
from outpost.sites.services.families import register_family
from outpost.sites.vocabularies import Checked, Relation

CONTRACTS = 10
CHILD_EVERY = 8
FIRST_PHONE = 130_000  # beyond those of the project leads
RULE = ("湖北省", 14, 2)

_PLACES = (
    "广东省清远市",
    "广东省韶关市",
    "湖南省邵阳市",
    "江西省赣州市",
    "广西壮族自治区梧州市",
    "湖北省荆州市",
)
_TRADES = ("钢筋工", "木工", "泥水工", "架子工", "电工", "塔吊司机")
_HEADERS = ("人员类型", "证件号码", "姓名", "出发地", "用人单位", "手机号码", "工种", "居住地址")
ELSEWHERE_EACH = 15
"""One of so many declares another address than the site states."""


@dataclass(frozen=True, slots=True)
class _Worker:
    contract: str
    employer: str
    number: str
    name: str
    phone: str
    place: str
    trade: str
    address: str
    declared_at: datetime


def load_site_people(folder: Path, *, at: datetime, progress: Progress) -> None:
    """Declare, register, and let in whoever may enter, under the first contracts. What is there already stays."""
    loader, workers = Loader(folder, at, progress), list(_workers(Random(SEED + 1), at))
    headers = (*DECLARATION_HEADERS, "居住地址")
    loader.load("health.declarations", headers, map(_declared, range(len(workers)), workers))
    for number in dict.fromkeys(one.contract for one in workers):
        mine = (_registered(one) for one in workers if one.contract == number)
        loader.load("sites.registrations", _HEADERS, mine, contract=number)
    if not FamilyMember.objects.exists():
        _bring_children(Random(SEED + 2), at)
    if not PlaceRuleRow.objects.exists():
        place, days, tests = RULE
        rule = PlaceRule(place, days, tests, local_day(at) - timedelta(days=30))
        services.add_place_rule(rule, actor=ACTOR, at=at)
    if not Stay.objects.exists():
        present = Registration.objects.current().order_by("id").values_list("id", flat=True)
        early = at - timedelta(minutes=100)
        services.enter(present, Checked.DOCUMENT, occurred_at=early, actor=ACTOR, at=at)
        _report_health(at)
        _order_for_tomorrow(at)


def _order_for_tomorrow(at: datetime) -> None:
    """An officer proposes that somebody on site is isolated from tomorrow at 08:00 on; another one may decide."""
    first = Stay.objects.inside().order_by("registration__contract__number", "-registration_id").first()
    if first is not None:
        begins_at = day_start(local_day(at) + timedelta(days=1)) + timedelta(hours=8)
        wanted = Wanted(
            disposition=Disposition.ISOLATION,
            ground_kind=Ground.CONTACT,
            ground="密接，区疾控中心第21号函",
            stated_last_on=local_day(begins_at) + timedelta(days=10),
            means="区隔离酒店",
            begins_at=begins_at,
        )
        propose_disposition(first.person_id, wanted, actor=ACTOR, at=at)


def _report_health(at: datetime) -> None:
    """Most people on site are reported well this morning; others are missing. Of the first site one has a fever, one
    was measured too cold, one is said to have a fever at a normal temperature."""
    unwell = (
        Report(at, Decimal("38.2"), ("发热", "咳嗽"), Method.EAR),
        Report(at, Decimal("34.2"), method=Method.FOREHEAD),
        Report(at, Decimal("36.4"), ("发热",), Method.FOREHEAD, is_contradictory=True),
    )
    for place, contract in enumerate(Contract.objects.current().order_by("number")[:CONTRACTS]):
        inside = Registration.objects.filter(contract=contract, stays__isnull=False, stays__left_at=None)
        crew = list(inside.order_by("id").values_list("id", flat=True))
        reports = {id_: Report(at, Decimal("36.4")) for id_ in crew[: len(crew) - 3]}
        if place == 0:
            reports |= zip(crew, unwell, strict=False)
        report_shift(contract.id, reports, actor=ACTOR, at=at)


def _bring_children(random: Random, at: datetime) -> None:
    """Some of the people under each contract bring a child, by its birth certificate."""
    for number, row in enumerate(Registration.objects.current().order_by("id")[::CHILD_EVERY]):
        told = {"document_type": DocumentType.BIRTH_CERTIFICATE.value, "relation": Relation.CHILD.value}
        told |= {"document_number": f"V{440_000_000 + number}", "name": person_name(random)}
        register_family(row.id, told, actor=ACTOR, at=at)


def _workers(random: Random, at: datetime) -> Iterator[_Worker]:
    numbers = islice(phones(), FIRST_PHONE, None)
    for contract in Contract.objects.current().order_by("number")[:CONTRACTS]:
        employers = _employers(contract)
        for serial in range(PEOPLE):
            yield _Worker(
                *(contract.number, employers[serial % len(employers)], resident_number(random)),
                *(person_name(random), next(numbers), random.choice(_PLACES), random.choice(_TRADES)),
                f"南沙街道示例路{serial % 5 + 1}号工人宿舍",
                at - timedelta(hours=random.randint(30, 12 * 24)),
            )


def _employers(contract: Contract) -> Sequence[str]:
    living = contract.employers.filter(removed_at__isnull=True).order_by("name")
    return list(living.values_list("name", flat=True))


def _declared(serial: int, one: _Worker) -> tuple[object, ...]:
    stated = (one.declared_at.isoformat(timespec="seconds"), one.place, "广州市南沙区", "否", "36.5", "无")
    home = "东涌镇示例村12号" if serial % ELSEWHERE_EACH == 0 else f"{one.address}{serial % 40 + 101}室"
    return "demo-hotline", f"S{serial:07d}", one.number, one.name, one.phone, *stated, home


def _registered(one: _Worker) -> tuple[object, ...]:
    return "作业人员", one.number, one.name, one.place, one.employer, one.phone, one.trade, one.address
