"""Construction sites of the made-up district: projects of one or two contracts, each with some employers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random

from outpost.demo.district import SEED, Loader, Progress
from outpost.demo.invented import address, person_name, phones
from outpost.regions.queries import towns

SITES = 40
FIRST_PHONE = 110_000  # beyond those of the venues' managers
PEOPLE = 16
"""Registered under each of the first contracts (`site_people`); most contracts state a few more."""
SECOND_EVERY = 5
"""Each fifth project has a second contract."""

_WORKS = ("安置房", "产业园", "小学扩建", "污水管网", "跨线桥", "社区医院", "物流仓库", "滨海步道")
_FIRMS = ("海晏", "长岭", "云程", "三江", "鼎岳")
_KINDS = ("本市企业", "外地进穗企业", "中央企业")
_CREWS = ("恒力", "众信", "远征", "新川", "万和", "金石", "顺安")
_STATIONS = ("第一监督站", "第二监督站", "第三监督站")
_HEADERS = (
    *("报建编号", "合同报送编号", "项目名称", "项目地址", "所属镇街", "经度", "纬度", "监督站", "总包单位"),
    "总包单位类型",
    *(
        "监理单位",
        "合同用工人数",
        "用人单位",
        "总包项目负责人",
        "负责人电话",
        "监理项目负责人",
        "监理负责人电话",
    ),
)


def load_sites(folder: Path, *, at: datetime, progress: Progress) -> None:
    """Make up and import contracts. What is there already stays."""
    rows = _rows(Random(SEED), [town.name for town in towns()])
    Loader(folder, at, progress).load("sites.contracts", _HEADERS, rows)


def _rows(random: Random, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    numbers = islice(phones(), FIRST_PHONE, None)
    for serial in range(SITES):
        town, work = names[serial % len(names)], _WORKS[serial % len(_WORKS)]
        prefix = town.removesuffix("街道").removesuffix("镇")
        point = (f"{113.42 + serial % 8 * 0.03:.5f}", f"{22.62 + serial // 8 * 0.05 + serial % 3 * 0.01:.5f}")
        place = (f"{prefix}{work}{serial + 1:02d}工程", address(random, town), town, *point)
        for turn in range(2 if serial % SECOND_EVERY == SECOND_EVERY - 1 else 1):
            firm = (serial + turn) % len(_FIRMS)
            contract = (
                *(f"BJ2022{serial + 1:03d}", f"HT2022{serial + 1:03d}-{turn + 1}", *place),
                *(_STATIONS[serial % len(_STATIONS)], f"{_FIRMS[firm]}建设集团有限公司"),
                *(_KINDS[firm % len(_KINDS)], f"{_FIRMS[-firm - 1]}工程监理有限公司"),
                "" if serial % 4 == 3 else str(PEOPLE + serial % 5),
            )
            leads = (person_name(random), next(numbers), person_name(random), next(numbers))
            for crew in random.sample(_CREWS, random.choice((1, 2, 2, 3))):
                yield *contract, f"{crew}建筑劳务有限公司", *leads
