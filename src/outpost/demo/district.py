"""Fills an installation with the made-up district: writes the files a district would send, imports them."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.demo.declared import ABROAD, DECLARATION_HEADERS, DISPOSITION_HEADERS, declarations, dispositions
from outpost.demo.invented import Body, Worker, bodies_of, phones, samples_of, workers_of
from outpost.demo.trades import TRADES
from outpost.exchange.services.running import run_import
from outpost.health.lifting import BUILT_IN, LiftingRule, Running
from outpost.health.models.questions import Question
from outpost.health.models.rule_sets import LiftingRuleSet
from outpost.health.rules import BUILT_IN_PRODUCTS, Disposition
from outpost.health.services import Asking, add_question, propose_lifting_rules
from outpost.regions.queries import towns
from outpost.sentinel.models import CategoryField
from outpost.sentinel.services.matching import run_match

SEED = 440115
DAYS = 14
WINDOW = 7  # the tests begin so many days earlier, for the first days are matched, too
ACTOR = Actor.system("demo")
LABORATORIES = ("南沙中心医院检验科", "区疾控中心实验室", "金域检验")
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600  # made up, but shaped like what nobody else may read
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loader:
    """Writes one file after another into `folder` and imports it."""

    folder: Path
    at: datetime
    progress: Progress

    def load(
        self, kind: str, headers: Sequence[str], rows: Iterable[Sequence[object]], **params: str
    ) -> None:
        """Import rows as a file of that kind; every one of them must be accepted."""
        path = self.folder / f"{kind}{''.join('-' + value for value in params.values())}.csv"
        path.touch(mode=PRIVATE_FILE)
        path.chmod(PRIVATE_FILE)  # one of an earlier load, too
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headers)
            writer.writerows(rows)
        result = run_import(path, kind=kind, params=params, actor=ACTOR, at=self.at)
        if result.rejected:
            raise AssertionError(f"the made-up district has {result.rejected} wrong rows: {result.failures}")
        self.progress(f"demo: {path.name} {result.read}")


def load_district(folder: Path, *, at: datetime, progress: Progress) -> list[Body]:
    """Make up and import organisations, staff, tests, vaccinations and declarations; then match the last days.

    The same time and seed give the same district. Returns the bodies, for the sign-ins.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    folder.chmod(PRIVATE_FOLDER)
    random, today = Random(SEED), clock.local_day(at)
    loader = Loader(folder, at, progress)
    numbers, used = phones(), set[str]()
    names = [town.name for town in towns()]
    bodies: list[Body] = []
    workers: list[tuple[Worker, float]] = []
    for trade in TRADES:
        group = bodies_of(random, trade, names, numbers)
        staff = list(workers_of(random, trade, group, numbers, today, used))
        _load_ledger(loader, random, trade.category, group, staff)
        bodies += group
        workers += [(worker, trade.every_days) for worker in staff]
    loader.load("health.tests", _TEST_HEADERS, _tests(random, workers, at))
    loader.load("health.vaccinations", _DOSE_HEADERS, _doses(random, workers, today))
    _load_declared(loader, [worker for worker, _every in workers], at)
    for back in range(DAYS - 1, -1, -1):
        run_match(today - timedelta(days=back), actor=ACTOR, at=at)
    return bodies


def _load_declared(loader: Loader, workers: list[Worker], at: datetime) -> None:
    random = Random(SEED)  # of its own: the rest of the district stays as it was
    if not Question.objects.exists():
        add_question(Asking(spec=ABROAD, begins_on=clock.local_day(at)), actor=ACTOR, at=at)
    headers = (*DECLARATION_HEADERS, ABROAD.name)
    loader.load("health.declarations", headers, declarations(random, workers, at))
    loader.load("health.dispositions", DISPOSITION_HEADERS, dispositions(random, workers, at))
    if not LiftingRuleSet.objects.exists():  # waits for a second officer
        shorter = {**BUILT_IN, Disposition.ISOLATION: LiftingRule(10, 2)}
        propose_lifting_rules(shorter, Running.SHORTEN, reason="第九版方案：14天改为10天", actor=ACTOR, at=at)


def _load_ledger(
    loader: Loader, random: Random, category: str, bodies: list[Body], staff: list[Worker]
) -> None:
    extra = _Extra(random, category)
    headers = ["主体名称", "所属镇街", "负责人姓名", "负责人电话", "主体地址", *extra.headers("organization")]
    loader.load(
        "sentinel.organizations",
        headers,
        ([b.name, b.town, b.principal, b.phone, b.address, *extra.values("organization")] for b in bodies),
        category=category,
    )
    headers = ["主体名称", "姓名", "人员类别", "手机号码", "身份证号码", "居住地址", "入职日期", "在岗状态"]
    loader.load(
        "sentinel.staff",
        [*headers, *extra.headers("staff")],
        (
            [
                w.body.name,
                w.name,
                w.job,
                w.phone,
                w.number,
                w.address,
                w.joined_on,
                w.duty,
                *extra.values("staff"),
            ]
            for w in staff
        ),
        category=category,
    )


class _Extra:
    """Values for a category's own fields."""

    def __init__(self, random: Random, category: str) -> None:
        self._random = random
        self._fields = defaultdict(list)
        for field in CategoryField.objects.filter(category_id=category, is_active=True).order_by("position"):
            self._fields[field.audience].append(field)

    def headers(self, audience: str) -> list[str]:
        return [field.name for field in self._fields[audience]]

    def values(self, audience: str) -> list[object]:
        return [self._value(field) for field in self._fields[audience]]

    def _value(self, field: CategoryField) -> object:
        match field.kind:
            case "choice":
                return self._random.choice(field.choices)
            case "number":
                return self._random.randint(1, 500)
            case "date":
                return date(2027, 1, 1) + timedelta(days=self._random.randint(0, 700))
        return f"{self._random.choice('甲乙丙丁')}{self._random.randint(1, 99):02d}"


_TEST_HEADERS = (
    "来源",
    "记录编号",
    "证件号码",
    "姓名",
    "采样时间",
    "结果时间",
    "检测结果",
    "检测机构",
    "采样点",
)


def _tests(
    random: Random, workers: Iterable[tuple[Worker, float]], now: datetime
) -> Iterable[tuple[object, ...]]:
    """The samples of the last days; by night the results of the evening are not out yet."""
    number = 0
    for worker, every_days in workers:
        for at in samples_of(random, worker, every_days, clock.local_day(now), DAYS + WINDOW, clock.zone()):
            number += 1
            local = at.astimezone(clock.zone())
            result_at = local + timedelta(hours=random.randint(5, 12))
            result = "阴性" if random.random() < 0.9997 else "可疑"
            is_out = result_at <= now
            yield (
                "demo-lab",
                f"N{number:07d}",
                worker.number,
                worker.name,
                f"{local:%Y-%m-%d %H:%M}",
                f"{result_at:%Y-%m-%d %H:%M}" if is_out else "",
                result if is_out else "待出",
                random.choice(LABORATORIES),
                f"{worker.body.town}采样点",
            )


_DOSE_HEADERS = ("来源", "记录编号", "证件号码", "姓名", "疫苗名称", "针次", "接种日期", "接种单位")


def _doses(
    random: Random, workers: Iterable[tuple[Worker, float]], today: date
) -> Iterable[tuple[object, ...]]:
    number = 0
    for worker, _ in workers:
        product = random.choices(BUILT_IN_PRODUCTS, (88, 9, 3))[0]
        wanted = random.choices((0, 1, 2, 3), (3, 4, 25, 68))[0]
        given_on = today - timedelta(days=random.randint(200, 420))
        for dose in range(1, wanted + 1):
            if product.doses == 1 and dose == 2:
                continue
            if given_on > today:
                break
            number += 1
            site = f"{worker.body.town}卫生院"
            yield (
                "demo-clinic",
                f"V{number:07d}",
                worker.number,
                worker.name,
                product.name,
                dose,
                given_on,
                site,
            )
            days = product.days_to(dose + 1, given=dose) or product.booster_after_days or 28
            given_on += timedelta(days=days + random.randint(0, 20))
