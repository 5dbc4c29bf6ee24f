"""Files of tests and vaccinations through the whole import."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection

from outpost.core.actor import Actor
from outpost.core.sheets.columns import Sheet
from outpost.exchange.models import Import
from outpost.exchange.services import ImportResult, request_undo, run_import, undo_import
from outpost.health import services
from outpost.health.models import TestRecord, Vaccination
from outpost.health.sheets import TESTS, VACCINATIONS
from outpost.health.tests.records import (
    a_dose,
    a_test,
    brute_force,
    cells,
    csv_file,
    document,
    dose_file,
    latest_samples,
    person,
)
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def feeder(cast: Cast) -> Actor:
    services.ensure_products()
    return cast.actor("feeder")


@pytest.fixture
def load(feeder: Actor, tmp_path: Path) -> Any:
    """Import bytes as a file; kind `health.tests` unless told otherwise."""

    def run(
        content: bytes, *, kind: str = "health.tests", at: Any = NOON, actor: Actor = feeder
    ) -> ImportResult:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return run_import(path, kind=kind, params={}, actor=actor, at=at)

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    assert result.read == result.new + result.replaced + result.unchanged + result.rejected
    return result.read, result.new, result.replaced, result.unchanged, result.rejected


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def reasons(result: ImportResult) -> list[str]:
    assert result.failures is not None
    sheet = openpyxl.load_workbook(result.failures).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    assert header[-1] == "失败原因"
    return [str(row[-1]) for row in rows]


def test_a_gb18030_file_of_tests_goes_in(load: Any) -> None:
    rows = [
        a_test(record_id=str(i), document_number=document(i), laboratory="南沙医院", result="阴性")
        for i in range(5)
    ]
    assert counts(load(csv_file(rows, encoding="gb18030"))) == (5, 5, 0, 0, 0)
    assert set(TestRecord.objects.values_list("person_id", "laboratory")) == {
        (person(i), "南沙医院") for i in range(5)
    }
    assert latest_samples() == brute_force()


def test_english_headers_in_any_order_and_unknown_columns_do(load: Any) -> None:
    text = f"sampled_at,Remark,Record ID,source,ID number\n2022-06-01 08:30,x,7,lims,{document(1)}\n"
    assert counts(load(text.encode())) == (1, 1, 0, 0, 0)
    assert TestRecord.objects.get().record_id == "7"


def test_a_workbook_goes_in_and_its_damaged_numbers_come_back(load: Any) -> None:
    headers = ["来源", "记录编号", "身份证号码", "采样时间", "检测结果"]
    rows: list[list[Any]] = [
        ["lims", "1", document(1), NOON.replace(tzinfo=None) - timedelta(days=2), "阴性"],
        ["lims", "2", 440115199001011234, "2022-06-01 08:30", "阴性"],
        ["lims", 3, document(2), "2022/6/1 8:30", ""],
        ["lims", "4", document(3), "=NOW()", "阴性"],
    ]
    result = load(workbook([headers, *rows]))
    assert counts(result) == (4, 2, 0, 0, 2)
    damaged, formula = reasons(result)
    assert "第" in damaged
    assert "证件号码" in damaged
    assert "采样时间" in formula
    assert set(TestRecord.objects.values_list("record_id", flat=True)) == {"1", "3"}


def test_a_dozen_mistakes_come_back_one_reason_a_cell(load: Any) -> None:
    wrong: list[dict[str, Any]] = [
        {"source": ""},
        {"source": "a/b"},
        {"record_id": ""},
        {"document_number": "11010119000101"},
        {"document_number": "4.40106E+17"},
        {"document_type": "驾照"},
        {"sampled_at": "昨天"},
        {"sampled_at": "2099-01-01 08:00"},
        {"result_at": "2022-05-31 08:00"},
        {"result": "不知道"},
        {"laboratory": "x" * 300},
        {"status": "verified"},
    ]
    rows = [
        a_test(record_id=f"r{i}", **change) if "record_id" not in change else a_test(**change)
        for i, change in enumerate(wrong)
    ]
    result = load(csv_file([*rows, a_test(record_id="good")]))
    assert counts(result) == (13, 1, 0, 0, 12)
    assert len(set(reasons(result))) == 12


@pytest.mark.promise("R5")
def test_the_same_file_again_changes_nothing(load: Any) -> None:
    content = csv_file([a_test(record_id="1"), a_test(record_id="2", status="作废")])
    assert counts(load(content)) == (2, 2, 0, 0, 0)
    assert counts(load(content, at=LATER)) == (2, 0, 0, 2, 0)
    assert latest_samples() == brute_force()


def test_corrections_and_withdrawals_change_the_latest_samples(load: Any) -> None:
    load(csv_file([a_test(record_id="1"), a_test(record_id="2", sampled_at="2022-06-02 08:30")]))
    moved = a_test(record_id="1", document_number=document(2), status="更正")
    withdrawn = a_test(record_id="2", sampled_at="2022-06-02 08:30", status="作废")
    assert counts(load(csv_file([moved, withdrawn]), at=LATER)) == (2, 0, 2, 0, 0)
    assert latest_samples() == brute_force()
    assert set(latest_samples()) == {person(2)}


def without_status(*rows: dict[str, Any], sheet: Sheet = TESTS) -> bytes:
    """A file that does not have the column 状态."""
    shorter = replace(sheet, columns=tuple(column for column in sheet.columns if column.name != "status"))
    return csv_file(rows, sheet=shorter)


def test_a_file_that_does_not_state_it_leaves_a_record_withdrawn(load: Any) -> None:
    two = (a_test(record_id="1"), a_test(record_id="2", sampled_at="2022-06-02 08:30"))
    assert counts(load(without_status(*two))) == (2, 2, 0, 0, 0)
    assert latest_samples() == brute_force() != {}
    load(csv_file([one | {"status": "作废"} for one in two]), at=LATER)
    assert latest_samples() == {}
    for content in (without_status(*two), csv_file(two)):  # without the column, or with empty cells
        assert counts(load(content, at=LATER)) == (2, 0, 0, 2, 0)
    corrected = a_test(record_id="1", result="阳性")
    assert counts(load(without_status(corrected), at=LATER)) == (1, 0, 1, 0, 0)
    record = TestRecord.objects.get(record_id="1")
    assert (record.result, record.is_withdrawn) == ("positive", True)
    assert latest_samples() == {}
    assert counts(load(csv_file([two[1] | {"status": "有效"}]), at=LATER)) == (1, 0, 1, 0, 0)
    assert latest_samples() == brute_force() != {}
    assert [one.is_withdrawn for one in TestRecord.objects.order_by("record_id")] == [True, False]


def test_the_same_holds_for_vaccinations(load: Any) -> None:
    load(dose_file([a_dose(status="作废")]), kind="health.vaccinations")
    same = without_status(a_dose(), sheet=VACCINATIONS)
    assert counts(load(same, kind="health.vaccinations", at=LATER)) == (1, 0, 0, 1, 0)
    assert Vaccination.objects.get().is_withdrawn
    again = dose_file([a_dose(status="有效")])
    assert counts(load(again, kind="health.vaccinations", at=LATER)) == (1, 0, 1, 0, 0)
    assert not Vaccination.objects.get().is_withdrawn


@pytest.mark.promise("R5")
def test_undoing_an_import_brings_records_and_latest_samples_back(load: Any, feeder: Actor) -> None:
    load(csv_file([a_test(record_id="1"), a_test(record_id="2", sampled_at="2022-06-02 08:30")]))
    before = latest_samples(), list(TestRecord.objects.order_by("record_id").values())
    changed = load(
        csv_file(
            [
                a_test(record_id="1", document_number=document(2)),
                a_test(record_id="2", sampled_at="2022-06-02 08:30", status="作废"),
                a_test(record_id="3", document_number=document(3)),
            ]
        ),
        at=LATER,
    )
    assert latest_samples() == brute_force()
    request_undo(changed.import_id, actor=feeder, at=LATER)
    undo_import(changed.import_id, at=LATER)
    assert Import.objects.get(id=changed.import_id).state == "undone"
    assert (latest_samples(), list(TestRecord.objects.order_by("record_id").values())) == before
    assert latest_samples() == brute_force()


def test_a_file_of_vaccinations_goes_in_is_corrected_and_undone(load: Any, feeder: Actor) -> None:
    rows = [
        a_dose(record_id="1"),
        a_dose(record_id="2", dose=2, given_on="2022-02-01"),
        a_dose(record_id="3", product="x"),
    ]
    result = load(csv_file(rows, sheet=VACCINATIONS), kind="health.vaccinations")
    assert counts(result) == (3, 2, 0, 0, 1)
    assert "新冠病毒灭活疫苗(Vero细胞)" in reasons(result)[0]
    again = load(
        csv_file([a_dose(record_id="1", dose="3")], sheet=VACCINATIONS), kind="health.vaccinations", at=LATER
    )
    assert counts(again) == (1, 0, 1, 0, 0)
    request_undo(again.import_id, actor=feeder, at=LATER)
    undo_import(again.import_id, at=LATER)
    assert list(Vaccination.objects.order_by("record_id").values_list("record_id", "dose")) == [
        ("1", 1),
        ("2", 2),
    ]


def test_every_column_is_in_the_template_example(load: Any) -> None:
    """The examples of the columns are a record that the check itself accepts."""
    for sheet, kind in ((TESTS, "health.tests"), (VACCINATIONS, "health.vaccinations")):
        row = {column.name: column.example for column in sheet.columns}
        assert cells(sheet, row)
        assert load(csv_file([row], sheet=sheet), kind=kind).rejected == 0


@pytest.mark.parametrize("table", ["health_testrecord", "health_vaccination"])
def test_the_rows_of_an_import_are_found_without_reading_the_table(db: None, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT FROM {table} t WHERE t.import_id = %s AND (TRUE)", [uuid4()])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"{table}_import" in plan


@pytest.mark.promise("T9")
@pytest.mark.parametrize(
    ("grant", "outcomes"),
    [
        (("feeder", "source", "lims"), (2, 1, 0, 0, 1)),
        (("command", "region", "440115001"), (2, 0, 0, 0, 2)),
        (("command", "region", "440115"), (2, 2, 0, 0, 0)),
        (("command", "region", "44"), (2, 2, 0, 0, 0)),
    ],
)
def test_a_file_brings_in_what_its_uploader_may_deliver(
    load: Any, cast: Cast, feeder: Actor, grant: tuple[str, str, str], outcomes: tuple[int, ...]
) -> None:
    role, kind, key = grant
    cast.users["feeder"].grants.update(role=role, scope_kind=kind, scope_key=key)
    rows = [a_test(), a_test(source="other-lab", record_id="2")]
    result = load(csv_file(rows), actor=cast.actor("feeder"))
    assert counts(result) == outcomes
