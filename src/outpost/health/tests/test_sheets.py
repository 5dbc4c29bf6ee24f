"""The check of one record: what is stored of a good one, and every way in which one can be bad."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.crypto import ring
from outpost.core.sheets.columns import CellError
from outpost.core.stated import name_hash
from outpost.health import services
from outpost.health.sheets import (
    TESTS,
    VACCINATIONS,
    RecordParser,
    TestImport,
    TestParser,
    VaccinationImport,
    VaccinationParser,
)
from outpost.health.tests.records import a_dose, a_test, cells, document, person
from outpost.testing.cast import NOON

ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.datetimes()),
    st.sampled_from(
        ["2022-06-01 08:30", document(1), "居民身份证", "护照", "阴性", "作废", "1", "lims", "张三", "=1+1"]
    ),
)


def parsed(parser: RecordParser, **fields: Any) -> dict[str, Any]:
    row = parser(cells(parser.sheet, fields))
    assert not row.faults, [error.message for error in row.faults]
    return row.values


def staged(staging: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in staging}


def complaints(parser: RecordParser, **fields: Any) -> list[tuple[str, str]]:
    row = parser(cells(parser.sheet, fields))
    assert row.faults, row
    return [(error.column.name if error.column else "", error.problem.code) for error in row.faults]


@pytest.fixture
def tests() -> TestParser:
    return TestParser(at=NOON)


@pytest.fixture
def doses(db: None) -> VaccinationParser:
    services.ensure_products()
    return VaccinationParser(at=NOON)


BLANK = ("result_at", "result", "laboratory", "sampling_point", "tube", "status")


def test_a_full_record_is_staged_by_the_names_of_its_columns(tests: TestParser) -> None:
    row = parsed(
        tests,
        **a_test(
            document_type="居民身份证",
            name="张三",
            result_at="2022-06-01 20:15",
            result="阴性",
            laboratory=" 南沙医院 ",
            sampling_point="体育馆",
            tube="T0001",
            status="作废",
        ),
    )
    assert staged(services.TEST_STAGING, row) == {
        "source": "lims",
        "record_id": "1",
        "person_id": person(1).hex,
        "sampled_at": "2022-06-01 00:30:00+00:00",
        "result_at": "2022-06-01 12:15:00+00:00",
        "result": "negative",
        "laboratory": "南沙医院",
        "sampling_point": "体育馆",
        "tube": "T0001",
        "is_withdrawn": True,
        "is_corrected": False,
        "name_hash": name_hash(ring(), "张三"),
    }


def test_a_short_record_is_pending_and_counts(tests: TestParser) -> None:
    row = staged(services.TEST_STAGING, parsed(tests, **dict.fromkeys(BLANK, ""), **a_test()))
    assert list(row.values())[4:] == [None, "pending", "", "", "", None, False, None]


def test_what_is_not_stated_is_not_blank(tests: TestParser) -> None:
    row = staged(services.TEST_STAGING, parsed(tests, **a_test()))
    assert list(row.values())[4:] == [None, None, None, None, None, None, False, None]


@pytest.mark.parametrize(
    "written",
    [
        *("2022-06-01 08:30", "2022/6/1 8:30", "2022-06-01T08:30:00+08:00", "2022-06-01T00:30:00Z"),
        *("２０２２-06-01 08:30", "2022年6月1日 8:30", datetime.fromisoformat("2022-06-01 08:29:59.999997")),
    ],
)
def test_times_are_understood_as_people_and_programs_write_them(tests: TestParser, written: Any) -> None:
    assert parsed(tests, **a_test(sampled_at=written))["sampled_at"] == "2022-06-01 00:30:00+00:00"


@pytest.mark.parametrize(
    "written",
    [
        *(document(7), document(7).lower(), f" {document(7)[:6]} {document(7)[6:]} ", f"'{document(7)}"),
        document(7).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"}),
    ],
)
def test_one_document_is_one_person_however_it_is_written(tests: TestParser, written: str) -> None:
    assert parsed(tests, **a_test(document_number=written))["person_id"] == person(7).hex


def test_other_documents_have_people_of_their_own(tests: TestParser) -> None:
    row = parsed(tests, **a_test(document_type="护照", document_number="E1234 5678"))
    assert row["person_id"] == ring().pseudonym("passport", "E12345678").hex


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("source", None, "sheets.required"),
        ("source", "a/b", "health.source_form"),
        ("source", "😷", "health.source_form"),
        ("record_id", "", "sheets.required"),
        ("record_id", "x" * 129, "sheets.too_long"),
        ("record_id", "a\x00b", "sheets.control_character"),
        ("record_id", "#REF!", "sheets.formula_error"),
        ("document_type", "驾照", "people.document_type_unknown"),
        ("document_number", None, "sheets.required"),
        ("document_number", "   ", "sheets.required"),
        ("document_number", 440106199001017777.0, "sheets.digits_lost"),
        ("document_number", 440106199001017777, "sheets.digits_lost"),
        ("document_number", "4.40106E+17", "sheets.digits_lost"),
        ("document_number", "440115199001011234.0", "sheets.digits_lost"),
        ("document_number", "44011519900101123", "people.document_lost_character"),
        ("document_number", "440115199002301234", "people.document_birth_date"),
        ("document_number", "11010119000101001💉", "people.document_characters"),
        ("document_number", datetime.fromisoformat("2022-06-01"), "sheets.date_instead"),
        ("document_number", True, "sheets.truth_instead"),
        ("sampled_at", None, "sheets.required"),
        ("sampled_at", "1 June", "sheets.not_a_time"),
        ("sampled_at", "2022-02-30 08:30", "sheets.not_a_time"),
        ("sampled_at", 44713.35, "sheets.not_a_time"),
        ("sampled_at", "2022-06-08 14:00", "health.sampled_ahead"),
        ("sampled_at", "1999-12-31 08:30", "health.too_long_ago"),
        ("sampled_at", "=NOW()", "sheets.not_a_time"),
        ("result_at", "2022-06-01 08:29", "health.result_before_sample"),
        ("result_at", "2022-06-09 08:29", "health.result_ahead"),
        ("result", "不详", "sheets.unknown_choice"),
        ("laboratory", "x" * 201, "sheets.too_long"),
        ("laboratory", "a\x07b", "sheets.control_character"),
        ("tube", 4.4e17, "sheets.digits_lost"),
        ("status", "verified", "sheets.unknown_choice"),
    ],
)
def test_a_bad_cell_is_named_with_its_reason(tests: TestParser, column: str, value: Any, code: str) -> None:
    assert complaints(tests, **a_test(**{column: value})) == [(column, code)]


def test_all_that_is_wrong_with_a_row_is_said_at_once(tests: TestParser) -> None:
    found = complaints(tests, **a_test(source="", document_number="1", sampled_at="?", result="?"))
    assert [column for column, _code in found] == ["source", "sampled_at", "result", "document_number"]


def test_a_clock_that_is_a_little_fast_is_no_mistake(tests: TestParser) -> None:
    assert parsed(tests, **a_test(sampled_at="2022-06-08 12:59"))["sampled_at"] == "2022-06-08 04:59:00+00:00"


def test_a_parser_forgets_the_errors_of_the_row_before(tests: TestParser) -> None:
    complaints(tests, **a_test(source=""))
    parsed(tests, **a_test())


def test_a_dose_is_staged_under_its_products_code(doses: VaccinationParser) -> None:
    row = parsed(
        doses, **a_dose(product="新冠病毒灭活疫苗（vero 细胞）", dose="第二针", given_on=date(2022, 1, 5))
    )
    assert staged(services.VACCINATION_STAGING, row) == {
        "source": "vaccine-system",
        "record_id": "1",
        "person_id": person(1).hex,
        "product_id": "inactivated-vero",
        "dose": "2",
        "given_on": date(2022, 1, 5),
        "site": None,
        "is_withdrawn": None,
        "is_corrected": False,
        "name_hash": None,
    }


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("product", "板蓝根", "health.product_unknown"),
        ("product", None, "sheets.required"),
        ("dose", "0", "sheets.unknown_choice"),
        ("dose", 1.5, "sheets.unknown_choice"),
        ("dose", "加强", "sheets.unknown_choice"),
        ("given_on", "2022-06-09", "health.given_ahead"),
        ("given_on", "1900-01-01", "health.too_long_ago"),
        ("given_on", "05/01/2022", "sheets.not_a_date"),
    ],
)
def test_a_bad_dose_is_named_with_its_reason(
    doses: VaccinationParser, column: str, value: Any, code: str
) -> None:
    assert complaints(doses, **a_dose(**{column: value})) == [(column, code)]


def test_an_unknown_vaccine_is_answered_with_the_known_ones(doses: VaccinationParser) -> None:
    (error,) = doses(cells(VACCINATIONS, a_dose(product="板蓝根"))).faults
    assert isinstance(error, CellError)
    assert "新冠病毒灭活疫苗(Vero细胞)、" in error.message
    assert "板蓝根" in error.message


@given(st.lists(ANYTHING, min_size=len(TESTS.columns), max_size=len(TESTS.columns)))
def test_no_cells_break_the_check(row: list[Any]) -> None:
    found = TestParser(at=NOON)(row)
    assert set(services.TEST_STAGING) <= set(found.values)
    assert all(isinstance(error, CellError) for error in found.faults)


def test_a_correction_is_shown_field_by_field() -> None:
    before = {
        "person_id": str(person(1)),
        "sampled_at": "2022-06-01T00:30:00+00:00",
        "result_at": None,
        "result": "negative",
        "laboratory": "",
        "sampling_point": "",
        "tube": "T1",
        "is_withdrawn": False,
        "source": "lims",
        "record_id": "1",
    }
    after = {
        **before,
        "person_id": str(person(2)),
        "sampled_at": "2022-06-01T01:00:00+00:00",
        "is_withdrawn": True,
        "result": "positive",
        "laboratory": "南沙医院",
    }
    shown = [(one.label, one.before, one.after) for one in TestImport().differences(before, after)]
    assert shown == [
        ("证件号码", "原证件", "另一证件"),
        ("采样时间", "2022-06-01 08:30", "2022-06-01 09:00"),
        ("检测结果", "阴性", "阳性"),
        ("检测机构", "—", "南沙医院"),
        ("状态", "有效", "作废"),
    ]


def test_a_corrected_dose_is_shown_too() -> None:
    before = {
        "source": "v",
        "record_id": "1",
        "person_id": str(person(1)),
        "product_id": "inactivated-vero",
        "dose": 1,
        "given_on": "2022-01-05",
        "site": "",
        "is_withdrawn": False,
    }
    after = {**before, "dose": 2, "product_id": "recombinant-cho"}  # as the merge would make it
    shown = [(one.label, one.before, one.after) for one in VaccinationImport().differences(before, after)]
    assert shown == [("疫苗名称", "inactivated-vero", "recombinant-cho"), ("针次", "第1针", "第2针")]


def test_the_future_begins_an_hour_from_now() -> None:
    parser = TestParser(at=NOON - timedelta(minutes=30))
    assert complaints(parser, **a_test(sampled_at="2022-06-08 12:31")) == [
        ("sampled_at", "health.sampled_ahead")
    ]
