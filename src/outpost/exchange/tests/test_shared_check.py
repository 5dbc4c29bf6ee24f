"""A large text file is checked by two processes: the same rows, the same counts, the same rejects."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange import check_worker, files, registry, rejected_rows, services, staging
from outpost.exchange.models import Import
from outpost.exchange.tests.test_interrupted import side_by_side
from outpost.people.rules import check_character

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
ROWS = 2_000
NUMBER = "11010119900101100" + check_character("11010119900101100")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_worker, "SHARED_FROM_ROWS", 100)
    monkeypatch.setattr(check_worker, "BLOCK_ROWS", 50)


LINES = [
    f"lims,R{number},{NUMBER},2022-06-01 08:30,{'不明' if number % 100 == 0 else '阴性'}"
    for number in range(1, ROWS + 1)
]
CONTENT = "\n".join(["来源,记录编号,证件号码,采样时间,检测结果", *LINES])


def upload() -> Import:
    system = Actor.system("test")
    return services.upload(
        [CONTENT.encode()], "tests.csv", kind="health.tests", params={}, actor=system, at=AT
    )


def asked(task: Import, at: datetime, rejected: Path) -> dict[str, Any]:
    """What a worker is told, for blocks of 50 rows."""
    return {
        "import_id": str(task.id),
        "at": at.isoformat(),
        "block_rows": 50,
        "rejected": str(rejected),
        "database": {},
    }


def blocks_of(task: Import) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {staging.claims_table(task.id)}")
        (count,) = cursor.fetchone()
    return int(count)


@pytest.mark.promise("R4")
def test_two_processes_lose_and_double_nothing() -> None:
    task = upload()
    services.check_import(task.id, at=AT)
    task.refresh_from_db()
    assert (task.state, task.read, task.new, task.rejected) == ("checked", ROWS, ROWS - 20, 20)
    assert blocks_of(task) == ROWS // 50
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT row_no) FROM {staging.table(task.id)}")
        assert cursor.fetchone() == (ROWS - 20,)
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True, min_row=2))
    assert [line[1] for line in lines] == [f"R{number}" for number in range(100, ROWS + 1, 100)]
    assert [str(line[-1]).partition("；")[0] for line in lines] == [
        f"第{n + 1}行" for n in range(100, ROWS + 1, 100)
    ]
    assert all("检测结果" in str(line[-1]) for line in lines)
    assert not files.rejected_file(task.id).exists()


def test_each_checks_the_blocks_that_the_other_left() -> None:
    task = upload()
    Import.objects.filter(id=task.id).update(state="checking", step_started_at=AT)
    kind = registry.import_kind(task.kind)
    staging.create(task.id, kind.staging)
    for block in range(0, ROWS // 50, 2):
        assert staging.claim(task.id, run=AT, block=block)
    rejected = files.private(files.rejected_file(task.id))
    check_worker.work(asked(task, AT, rejected))
    task.refresh_from_db()
    assert (task.read, task.rejected) == (ROWS // 2, 20)
    assert staging.count(task.id) == ROWS // 2 - 20
    with rejected.open("rb") as file:
        found = list(rejected_rows.read(file, kind.sheet({})))
    assert [number for number, _cells, _errors in found] == list(range(101, ROWS + 2, 100))
    assert found[0][2][0].message.startswith("检测结果")


def test_a_helper_of_an_earlier_run_leaves_no_row() -> None:
    task = upload()
    Import.objects.filter(id=task.id).update(state="checking", step_started_at=AT)
    staging.create(task.id, registry.import_kind(task.kind).staging)
    rejected = files.private(files.rejected_file(task.id))
    earlier = AT.replace(hour=1)
    side_by_side(lambda: check_worker.work(asked(task, earlier, rejected)))
    assert staging.count(task.id) == 0
    assert staging.claim(task.id, run=AT, block=0)


def test_a_second_process_that_fails_fails_the_check_which_can_be_begun_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = upload()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", str(Path("/bin/false")))
        with pytest.raises(check_worker.Broken):
            services.check_import(task.id, at=AT)
    task.refresh_from_db()
    assert task.state == "checking"
    services.check_import(task.id, at=AT.replace(hour=5))
    task.refresh_from_db()
    assert (task.state, task.read, task.rejected) == ("checked", ROWS, 20)


def test_a_second_process_that_fails_on_the_command_line_is_told_and_the_import_can_be_run_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, system = tmp_path / "tests.csv", Actor.system("test")
    file.write_text(CONTENT, encoding="utf-8")
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", str(Path("/bin/false")))
        with pytest.raises(Refusal) as told:
            services.run_import(file, kind="health.tests", params={}, actor=system, at=AT)
    assert (told.value.code, told.value.status) == ("exchange.cut_off", 500)
    task = Import.objects.get()
    assert task.state == "refused"
    assert task.id not in staging.all_ids()
    assert not any(
        of(task.id).exists() for of in (files.source_file, files.failure_file, files.rejected_file)
    )
    done = services.run_import(file, kind="health.tests", params={}, actor=system, at=AT)
    assert (done.read, done.new, done.rejected) == (ROWS, ROWS - 20, 20)


def test_a_check_that_is_discarded_meanwhile_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    task = upload()

    def discard(*_arguments: object, **_options: object) -> bool:
        Import.objects.filter(id=task.id).update(state="discarded")
        return True

    monkeypatch.setattr(staging, "claim", discard)
    services.check_import(task.id, at=AT)
    assert task.id not in staging.all_ids()
    assert not files.source_file(task.id).exists()
