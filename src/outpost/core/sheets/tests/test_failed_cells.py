"""Cells that hold an Excel error are refused with it, whatever the column; they are never taken for empty ones."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter

from outpost.core.errors import Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.core.sheets.reading import open_table
from outpost.core.sheets.tests.archives import BOOK, Part, basic, save, sheet_xml
from outpost.testing.rows import read_rows

pytestmark = pytest.mark.rules

ZONE = ZoneInfo("Asia/Shanghai")
KINDS = tuple(
    Column(
        kind.value,
        kind.value,
        kind=kind,
        choices=(Choice("a"),),
        required=required == "必填",
        synonyms=(required,),
    )
    for required, kind in zip(("必填", "b", "c", "d", "e", "f", "g", "h"), ColumnKind, strict=True)
)
ALL = Sheet("all", "all", KINDS)
TWO = Sheet("two", "two", (Column("name", "姓名"), Column("phone", "手机")))


def found(path: Path, sheet: Sheet) -> list[tuple[int, list[Any], list[str]]]:
    """Number, cells and problems of each row."""
    with open_table(path, sheet) as table:
        return [
            (row.number, list(row.cells), [e.problem.code for e in row.errors])
            for row in read_rows(table, ZONE)
        ]


def written(path: Path, sheet: str) -> Path:
    """A workbook by hand around the rows of one sheet below the header 姓名, 手机."""
    return save(path, basic(sheet_xml(sheet)))


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"]
)
def test_an_error_is_refused_in_columns_of_every_kind(tmp_path: Path, error: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.zh for column in KINDS])
        for place in range(len(KINDS)):
            sheet.write_formula(2, place, '=X!A1&"<&>"', None, error)
    ((number, cells, problems),) = found(tmp_path / "a.xlsx", ALL)
    assert (number, cells) == (3, [error] * len(KINDS))
    assert problems == ["sheets.formula_error"] * len(KINDS)


def test_the_reason_names_the_error(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.xlsx", '<row r="2"><c r="B2" t="e"><f>VLOOKUP(1,Z:Z,1)</f><v>#N/A</v></c></row>'
    )
    with open_table(path, TWO) as table:
        (row,) = read_rows(table, ZONE)
    assert "#N/A" in row.errors[0].message
    assert row.values == {"name": None, "phone": None}


def test_other_cells_of_the_row_and_of_the_sheet_stay_as_they_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line, name, phone in ((4, "姓名", "手机"), (6, "甲", "#N/A"), (7, "乙", "1"), (9, "#REF!", "2")):
        book.active.cell(line, 3, name)
        book.active.cell(line, 4, phone)
    book.active.cell(6, 8, "#N/A")  # beside the table
    book.create_sheet("other").append(["#REF!", "x"])
    book.save(tmp_path / "a.xlsx")
    refused = ["sheets.formula_error"]
    assert found(tmp_path / "a.xlsx", TWO) == [
        (6, ["甲", "#N/A"], refused),
        (7, ["乙", "1"], []),
        (9, ["#REF!", "2"], refused),
    ]


def test_the_sheet_is_found_by_its_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["#N/A", "说明"])
    table = book.create_sheet("员工 & <名单>")
    table.append(["姓名", "手机"])
    table.append(["甲", "#N/A"])
    book.move_sheet("员工 & <名单>", -1)
    book.save(tmp_path / "a.xlsx")
    assert found(tmp_path / "a.xlsx", TWO) == [(2, ["甲", "#N/A"], ["sheets.formula_error"])]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c><c t="e" s="3" r="B2"><v>#N/A</v></c></row>',
        "<row r='2'><c r='A2'><v>1</v></c><c r='B2' t='e'><v>#N/A</v></c></row>",
        '<row><c><v>1</v></c><c t = "e"><f a="x>y">NA()</f><v>#N/A</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"\nt="e"><v>#N/A</v></c></row>',
    ],
)
def test_however_it_is_spelled(tmp_path: Path, rows: str) -> None:
    assert found(written(tmp_path / "a.xlsx", rows), TWO) == [(2, [1, "#N/A"], ["sheets.formula_error"])]


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_what_no_program_calls_an_error_is_one_all_the_same(tmp_path: Path, value: str) -> None:
    path = written(tmp_path / "a.xlsx", f'<row r="2"><c r="A2" t="e">{value}</c><c r="B2"><v>1</v></c></row>')
    assert found(path, TWO) == [(2, ["#VALUE!", 1], ["sheets.formula_error"])]


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
@pytest.mark.parametrize("kind", ["", 't="n"'])
def test_a_formula_without_its_value_is_not_taken_for_an_empty_cell(
    tmp_path: Path, kind: str, value: str
) -> None:
    row = f'<row r="2"><c r="A2"><v>1</v></c><c r="B2" {kind}><f>A2+1</f>{value}</c></row>'
    assert found(written(tmp_path / "a.xlsx", row), TWO) == [(2, [1, "#UNKEPT!"], ["sheets.formula_unkept"])]


def test_nor_is_one_that_was_never_calculated(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in (("姓名", "手机"), ("甲", '=A2&""'), ("乙", "1")):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    assert found(tmp_path / "a.xlsx", TWO) == [
        (2, ["甲", "#UNKEPT!"], ["sheets.formula_unkept"]),
        (3, ["乙", "1"], []),
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B2" t="str"><f>IF(A2,"","x")</f><v></v></c>', ""),
        ('<c r="B2" t="str"><f>A2</f><v>x</v></c>', "x"),
        ('<c r="B2"><f>A2</f><v>0</v></c>', 0),
    ],
)
def test_a_formula_with_its_value_is_that_value(tmp_path: Path, cell: str, value: object) -> None:
    path = written(tmp_path / "a.xlsx", f'<row r="2"><c r="A2"><v>1</v></c>{cell}</row>')
    assert found(path, TWO) == [(2, [1, value], [])]


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_it_is_seen_across_two_windows_of_the_guard(tmp_path: Path, before: int) -> None:
    filler = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"字" * 10_000}</t></is></c></row>'
    rest = (256 << 10) - len(sheet_xml(filler)) + len("</sheetData></worksheet>") - before
    pad = f"<!--{'x' * rest}-->"
    rows = f'{filler}{pad}<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
    wide = Sheet("wide", "wide", (Column("name", "姓名", max_length=20_000), TWO.columns[1]))
    problems = [problems for _, _, problems in found(written(tmp_path / "a.xlsx", rows), wide)]
    assert problems == [[], ["sheets.formula_error"]]


def test_a_workbook_that_hides_its_sheet_is_refused(tmp_path: Path) -> None:
    parts = basic(sheet_xml('<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>'))
    parts[2] = Part("xl/workbook.xml", BOOK.replace('name="S"', 'name="S" name="T"').encode())
    with pytest.raises(Refusal) as refusal, open_table(save(tmp_path / "a.xlsx", parts), TWO) as table:
        list(table.rows())
    assert refusal.value.problem is errors.DAMAGED
