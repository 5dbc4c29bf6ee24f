"""每日健康 by file: of the contract's people alone; what was first stays; an abnormal one is told; it is undone."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.exchange.models import Import
from outpost.health.models import DailyReport
from outpost.notifications.models import InboxMessage
from outpost.sentinel.tests.ledgers import confirm, counts, csv_file, id_number, send, undo
from outpost.sites.models import Contract, Registration
from outpost.sites.services.daily_health import report_one
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_import import reasons
from outpost.sites.tests.test_passing import HOUR, command, crew, registered  # noqa: F401 - fixtures
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def health_row(
    number: int, temperature: str = "36.5", symptoms: str = "无", **changes: str
) -> dict[str, str]:
    return {
        "证件号码": id_number(number),
        "姓名": "甄工友",
        "时间": told(NOON - HOUR),
        "体温": temperature,
        "症状": symptoms,
    } | changes


def told(at: datetime) -> str:
    return at.astimezone(zone()).strftime("%Y-%m-%d %H:%M")


class Files:
    """Files of daily health for the first contract."""

    def __init__(self, actor: Actor, folder: Path) -> None:
        self.actor, self._folder = actor, folder

    def sent(self, *rows: Mapping[str, str]) -> Import:
        path = csv_file(self._folder / "健康.csv", list(rows[0]), [list(row.values()) for row in rows])
        return send(path, "sites.daily_health", {"contract": "HT0001"}, actor=self.actor)

    def __call__(self, *rows: Mapping[str, str]) -> Import:
        return confirm(self.sent(*rows), actor=self.actor)


@pytest.fixture
def files(command: Actor, tmp_path: Path) -> Files:  # noqa: F811 - the fixture's value
    return Files(command, tmp_path)


def told_of() -> int:
    return InboxMessage.objects.filter(template="sites.abnormal_health").count()


def test_what_was_first_of_a_moment_stays_and_a_correction_has_its_own_time(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    assert counts(files(health_row(1, "36.5"), health_row(2, ""), health_row(3, "36.8", ""))) == (3, 0, 0, 0)
    assert counts(files(health_row(1, "36.5"))) == (0, 0, 1, 0)
    with translation.override("zh-hans"):
        again = files(health_row(1, "36.7"), health_row(2, "37.5"), health_row(2, "37.6"))
        assert "先填的保留" in reasons(again)[0]
    assert counts(again) == (0, 0, 0, 3)
    assert counts(files(health_row(1, "36.7", 时间=told(NOON)))) == (1, 0, 0, 0)
    kept = list(DailyReport.objects.order_by("temperature").values_list("temperature", flat=True))
    assert kept == [Decimal("36.5"), Decimal("36.7"), Decimal("36.8"), None]


def test_nobody_is_reported_who_is_not_registered_and_a_row_finds_out_nothing(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    with translation.override("zh-hans"):
        task = files(health_row(9), health_row(1, 姓名="甄他人"), health_row(2))
        first, second = (one.partition("；")[2] for one in reasons(task))
    assert counts(task) == (1, 0, 0, 2)
    assert first == second


def test_slips_are_asked_back_each_at_its_column(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    wrong = (
        health_row(1, "366"),
        health_row(1, "36.5", "头晕"),
        health_row(1, "36.5", "无、发热"),
        health_row(1, "", ""),
        health_row(1, 时间="2022-06-01"),
        health_row(1, 时间=told(NOON + HOUR)),
    )
    with translation.override("zh-hans"):
        said = reasons(files(*wrong))
    for text, part in zip(said, ("36.6", "头晕", "无症状", "体温", "几点几分", "时间"), strict=True):
        assert part in text, text


def test_what_contradicts_itself_or_failed_is_kept_and_told(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    task = files(
        health_row(1, "38.6", 测温方式="额温枪"), health_row(2, "36.4", "发热"), health_row(3, "34.2", "")
    )
    assert counts(task) == (3, 0, 0, 0)
    task.refresh_from_db()
    assert task.warnings == {"health.contradictory": 2, "health.failed_reading": 1}
    kept = DailyReport.objects.order_by("temperature").values_list("is_contradictory", "method")
    assert list(kept) == [(False, ""), (True, ""), (True, "forehead")]


def test_a_number_of_a_workbook_is_read_as_it_is_shown(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["证件号码", "时间", "体温", "症状"])
    book.active.append(
        [id_number(1), NOON.astimezone(zone()).replace(tzinfo=None) - HOUR, 36.6, "咳嗽、发热"]
    )
    book.save(tmp_path / "健康.xlsx")
    params = {"contract": "HT0001"}
    task = confirm(
        send(tmp_path / "健康.xlsx", "sites.daily_health", params, actor=files.actor), actor=files.actor
    )
    assert counts(task) == (1, 0, 0, 0)
    row = DailyReport.objects.get()
    assert (row.temperature, row.symptoms) == (Decimal("36.6"), ["发热", "咳嗽"])


def test_an_abnormal_row_is_told_once_it_is_taken_and_an_undo_takes_the_reports_back(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    report_one(crew[0].id, Decimal("36.5"), [], actor=files.actor, at=NOON)
    before = told_of()
    checked = files.sent(health_row(1, "37.3"), health_row(2))
    assert told_of() == before
    confirm(checked, actor=files.actor)
    assert told_of() > before
    undo(checked, actor=files.actor)
    assert DailyReport.objects.get().reported_at == NOON


def test_a_town_reports_by_file_within_its_reach_alone(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    files: Files,
) -> None:
    files.actor = cast.actor("town")
    assert counts(files(health_row(1))) == (1, 0, 0, 0)
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    Contract.objects.filter(id=crew[0].contract_id).update(project=far.project)
    assert files.sent(health_row(2)).state == "refused"
    assert DailyReport.objects.count() == 1
