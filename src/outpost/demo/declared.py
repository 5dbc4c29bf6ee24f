"""What the made-up staff declare of their health, and the few of whom the command decided something."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from outpost.core.clock import local_day
from outpost.demo.invented import Worker
from outpost.fields.specs import FieldKind, FieldSpec

DECLARATION_HEADERS = (
    *("来源", "记录编号", "证件号码", "姓名", "手机号码", "申报时间", "出发地", "目的地"),
    *("风险地区", "体温", "症状"),
)
DISPOSITION_HEADERS = (
    "证件号码",
    "姓名",
    "处置方式",
    "开始时间",
    "截止日期",
    "隔离/就医方式",
    "依据类别",
    "依据",
)
ABROAD = FieldSpec(
    *("abroad", "14天内是否出境", FieldKind.CHOICE, "Abroad within 14 days"),
    *(("是", "否"), True, ("Yes", "No")),
)
ISOLATED_EACH, OVER_AT = 2500, 100


def declarations(random: Random, workers: Iterable[Worker], at: datetime) -> Iterator[tuple[object, ...]]:
    """Nearly everybody declared within the last 13 days; few have a symptom, fewer were in a risk area."""
    for number, worker in enumerate(workers):
        if random.random() < 0.06:
            continue
        is_ill, was_away = random.random() < 0.004, random.random() < 0.003
        declared_at = at - timedelta(hours=random.randint(1, 13 * 24))
        yield (
            *("demo-hotline", f"H{number:07d}", worker.number, worker.name, worker.phone),
            *(declared_at.isoformat(timespec="seconds"), "湖南省长沙市" if was_away else worker.body.town),
            *(
                worker.body.town,
                "是" if was_away else "否",
                "37.8" if is_ill else "36.5",
                "咳嗽" if is_ill else "无",
                "否",
            ),
        )


def dispositions(random: Random, workers: Iterable[Worker], at: datetime) -> Iterator[tuple[object, ...]]:
    """One in some thousand is isolated since yesterday or the day before; of as many the days are over, and of every
    second of these the last day was typed wrongly."""
    for number, worker in enumerate(workers):
        turn, place = divmod(number, ISOLATED_EACH)
        if place not in (OVER_AT, ISOLATED_EACH // 2):
            continue
        is_over = place == OVER_AT
        began = at - (timedelta(days=17) if is_over else timedelta(hours=random.randint(20, 50)))
        last_day = local_day(began) + timedelta(days=14 if turn % 2 else 11) if is_over else ""
        yield (
            *(worker.number, worker.name, "需隔离", began.isoformat(timespec="seconds"), last_day),
            *("居家观察", "密切接触", "区疾控中心第18号函"),
        )
