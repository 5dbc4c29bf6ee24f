"""Header matching and rows."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.core.sheets.parsing import RowParser
from outpost.testing.rows import read_row

pytestmark = pytest.mark.rules

TOO_YOUNG = Problem("test.too_young", 422, "{age} is too young.")


def grown_up(age: int) -> int:
    if age < 18:
        raise Refusal(TOO_YOUNG, age=age)
    return age


STAFF = Sheet(
    "staff",
    "员工",
    (
        Column("organization", "主体名称", required=True),
        Column(
            "document_number", "身份证号码", required=True, synonyms=("证件号码",), kind=ColumnKind.IDENTIFIER
        ),
        Column(
            "sex",
            "性别",
            kind=ColumnKind.CHOICE,
            choices=(Choice("m", "男", "male"), Choice("f", "女", "female")),
        ),
        Column("age", "年龄", kind=ColumnKind.WHOLE, check=grown_up),
    ),
)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "headers",
    [
        ["主体名称", "身份证号码", "性别"],
        ["性别", "证件号码*", "*主体名称"],
        ["sex", "document_number", "organization"],
        ["Sex", "Document number *", "ORGANIZATION"],
        ["性 别", "身份证号码（必填）", "主体名称 (required)"],
        ["ｓｅｘ", "ＤＯＣＵＭＥＮＴ＿ＮＵＭＢＥＲ", "\ufeff主体名称："],
    ],
)
def test_headers_match_in_any_order_and_spelling(headers: list[str]) -> None:
    layout = STAFF.match(headers)
    assert sorted(layout.positions) == ["document_number", "organization", "sex"]
    assert not layout.has("age")
    assert layout.unknown == ()


def test_unknown_headers_are_listed_and_the_reason_is_not_one() -> None:
    layout = STAFF.match(["备注", "主体名称", "", "身份证号码", "失败原因"])
    assert layout.unknown == ("备注",)
    assert layout.kept() == [0, 1, 2, 3]


def test_all_missing_columns_are_named_at_once() -> None:
    with override("zh-hans"), pytest.raises(Refusal) as refused:
        STAFF.match(["性别"])
    assert refused.value.problem is errors.MISSING_COLUMNS
    assert refused.value.fields == {"columns": "主体名称、身份证号码"}


def test_same_column_twice_is_refused() -> None:
    with override("zh-hans"), pytest.raises(Refusal) as refused:
        STAFF.match(["主体名称", "身份证号码", "证件号码"])
    assert refused.value.problem is errors.DUPLICATE_COLUMNS
    assert refused.value.fields == {"columns": "身份证号码、证件号码"}


def test_columns_that_answer_to_one_name_cannot_be_defined() -> None:
    with pytest.raises(ValueError, match="several columns"):
        Sheet("x", "x", (Column("a", "姓名"), Column("b", "姓 名")))
    with pytest.raises(ValueError, match="several columns"):
        Sheet("x", "x", (Column("a", "失败原因"),))


def test_good_row() -> None:
    layout = STAFF.match(["年龄", "主体名称", "证件号码", "性别"])
    row = read_row(layout, ZONE, ["30", " 甲公司 ", "４４０１", "女"])
    assert row.values == {"organization": "甲公司", "document_number": "4401", "sex": "f", "age": 30}
    assert row.faults == []


def test_every_error_of_a_row_is_found_with_its_column() -> None:
    layout = STAFF.match(["主体名称", "证件号码", "性别", "年龄"])
    with override("en"):
        row = read_row(layout, ZONE, [" ", 4.4e17, "x", 17])
        assert [(error.column and error.column.name, error.problem) for error in row.faults] == [
            ("organization", errors.REQUIRED),
            ("document_number", errors.DIGITS_LOST),
            ("sex", errors.UNKNOWN_CHOICE),
            ("age", TOO_YOUNG),
        ]
        assert row.faults[3].message == "Age: 17 is too young."


def test_short_rows_are_filled_up_and_absent_columns_are_none() -> None:
    layout = STAFF.match(["主体名称", "证件号码", "性别"])
    assert read_row(layout, ZONE, ["甲", "1"]).values == {
        "organization": "甲",
        "document_number": "1",
        "sex": None,
        "age": None,
    }


def test_shifted_row_is_refused_as_a_whole() -> None:
    layout = STAFF.match(["主体名称", "证件号码"])
    assert [error.problem for error in read_row(layout, ZONE, ["甲", "乙", "1"]).faults] == [
        errors.ROW_TOO_LONG
    ]
    assert read_row(layout, ZONE, ["甲", "1", ""]).faults[0].problem is errors.ROW_TOO_LONG
    ends_blank = replace(layout, surplus=2)  # as its header does
    assert read_row(ends_blank, ZONE, ["甲", "1", "", ""]).faults == []


def test_templates_and_exports_share_the_headers() -> None:
    assert STAFF.headers("zh-hans") == ["主体名称", "身份证号码", "性别", "年龄"]
    assert STAFF.headers("en", marked=True) == ["Organization*", "Document number*", "Sex", "Age"]
    assert sorted(STAFF.match(STAFF.headers("en", marked=True)).positions) == sorted(
        c.name for c in STAFF.columns
    )


def test_a_cell_of_no_column_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match=r"no column \['phone'\]"):
        RowParser(STAFF, ZONE).stated({"organization": "港前冷链", "phone": "13800138000"})
