"""疫苗数据统计 of ten towns, from files to the report and its workbook, held against a count by hand."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange import files
from outpost.exchange.models import Export
from outpost.exchange.services import request_export, write_export
from outpost.exchange.services.running import run_import
from outpost.health.services import ensure_products
from outpost.people.rules import check_character
from outpost.regions.queries import towns
from outpost.regions.services import load_divisions
from outpost.sentinel.queries.statistics import Grouping, vaccination_report
from outpost.sentinel.services.templates import ensure_templates

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]

REGION, CATEGORY, TODAY = "440106", "cold-chain", date(2022, 6, 8)
ACTOR = Actor.system("rehearsal")
# product → days from the first dose to the second, from the second to the third
DAYS_TO = {"新冠病毒灭活疫苗(Vero细胞)": (21, 180), "重组新冠病毒疫苗(CHO细胞)": (28, 28)}
STAFF = (160, 80, 37, 23, 16, 9, 7, 3, 1, 40)
FIRST_GIVEN = 133  # of the 160 of the first town: 83.125 %, which is 83.13 half up and 83.12 half even


@dataclass(frozen=True)
class Person:
    town: str
    number: str
    product: str
    doses: int
    last_on: date

    def standing(self, dose: int) -> str:
        """Given, due or neither, by the rules as officials state them."""
        if self.doses >= dose:
            return "done"
        if dose == 1:
            return "eligible"
        is_next = self.doses == dose - 1
        days = DAYS_TO[self.product][dose - 2]
        return "eligible" if is_next and self.last_on + timedelta(days=days) <= TODAY else "rest"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, settings: Any) -> datetime:
    """Noon of the day in a district of more than ten towns."""
    settings.OUTPOST_REGION = REGION
    noon = clock.day_start(TODAY) + timedelta(hours=12)
    monkeypatch.setattr(clock, "now", lambda: noon)
    return noon


def test_ten_towns_from_files_to_the_table(at: datetime, tmp_path: Path) -> None:
    load_divisions(REGION, actor=ACTOR, at=at)
    ensure_templates(region=REGION, actor=ACTOR, at=at)
    ensure_products()
    people = list(everybody([town.name for town in towns()][: len(STAFF)]))
    send_in(people, tmp_path, at)
    report = vaccination_report(TODAY, by=Grouping.TOWN, actor=ACTOR, with_balance=True)
    assert [row["group"] for row in report["rows"]] == list(dict.fromkeys(one.town for one in people))
    for row in [*report["rows"], {"group": None, **report["total"]}]:
        mine = [one for one in people if row["group"] in (one.town, None)]
        assert row["staff"] == len(mine)
        for dose, figures in enumerate(row["doses"], 1):
            assert (figures["eligible"], figures["done"], figures["rate"]) == by_hand(mine, dose)
            rest = figures["not_due"] + figures["not_applicable"]
            assert figures["eligible"] + figures["done"] + rest == len(mine)
    assert report["rows"][0]["doses"][0]["rate"] == "83.13"
    assert workbook(at) == [*map(as_row, report["rows"]), as_row({"group": None, **report["total"]})]


def everybody(names: Sequence[str]) -> Iterable[Person]:
    chance, serial = Random(10), 0
    for town, staff in zip(names, STAFF, strict=True):
        for n in range(staff):
            serial += 1
            first_17 = f"440199198{serial % 10}0101{serial:03}"
            doses = chance.randint(1, 3) if n < FIRST_GIVEN and staff == STAFF[0] else chance.randint(0, 3)
            if staff == STAFF[0] and n >= FIRST_GIVEN:
                doses = 0
            last_on = TODAY - timedelta(days=chance.randint(1, 300))
            product = chance.choice(list(DAYS_TO))
            yield Person(town, first_17 + check_character(first_17), product, doses, last_on)


def by_hand(people: Iterable[Person], dose: int) -> tuple[int, int, str]:
    standings = [one.standing(dose) for one in people]
    done = standings.count("done")
    rate = (Decimal(done) * 100 / len(standings)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return standings.count("eligible"), done, str(rate)


def send_in(people: Sequence[Person], folder: Path, at: datetime) -> None:
    """As a district does it: organisations, staff, then the clinic's list, which knows only the last dose of some."""
    names = list(dict.fromkeys(one.town for one in people))
    bodies = [(f"{town}冷库", town, "甄冷", f"1390000{n:04}", "示例路1号") for n, town in enumerate(names)]
    load(
        folder, at, ("主体名称", "所属镇街", "负责人姓名", "负责人电话", "主体地址"), bodies, "organizations"
    )
    staff = [
        (f"{one.town}冷库", "甄员工", f"1380000{n:04}", one.number, "示例路2号")
        for n, one in enumerate(people)
    ]
    load(folder, at, ("主体名称", "姓名", "手机号码", "身份证号码", "居住地址"), staff, "staff")
    doses = [
        (
            "卫生院",
            f"{n}-{dose}",
            one.number,
            one.product,
            dose,
            one.last_on - (one.doses - dose) * timedelta(200),
        )
        for n, one in enumerate(people)
        for dose in range(one.doses if n % 3 == 0 else 1, one.doses + 1)
        if dose
    ]
    load(folder, at, ("来源", "记录编号", "证件号码", "疫苗名称", "针次", "接种日期"), doses, "vaccinations")


def load(folder: Path, at: datetime, header: Sequence[str], rows: Sequence[Sequence[Any]], what: str) -> None:
    path = folder / f"{what}.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    kind = f"health.{what}" if what == "vaccinations" else f"sentinel.{what}"
    params = {} if what == "vaccinations" else {"category": CATEGORY}
    done = run_import(path, kind=kind, params=params, actor=ACTOR, at=at)
    assert (done.new, done.rejected) == (len(rows), 0)


def workbook(at: datetime) -> list[tuple[Any, ...]]:
    params = {"by": "town", "last": TODAY.isoformat()}
    task = request_export("sentinel.vaccination_statistics", params=params, purpose="", actor=ACTOR, at=at)
    write_export(task.id, at=at)
    assert Export.objects.get(id=task.id).state == "ready"
    sheet = openpyxl.load_workbook(files.export_file(task.id)).worksheets[0]
    return [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


FIGURES = ("eligible", "done", "rate", "done_by_later", "not_due", "not_applicable")


def as_row(row: dict[str, Any]) -> tuple[Any, ...]:
    doses = [dose[figure] for dose in row["doses"] for figure in FIGURES]
    return (row["group"] or "合计", row["organizations"], row["staff"], *doses)
