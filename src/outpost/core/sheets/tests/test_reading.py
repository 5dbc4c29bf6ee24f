"""Honest files of every kind."""

import csv
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter
import xlwt

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.columns import Column, ColumnKind, Sheet
from outpost.core.sheets.limits import FileLimits
from outpost.core.sheets.reading import open_table
from outpost.testing.rows import read_rows

pytestmark = pytest.mark.rules

TESTS = Sheet(
    "tests",
    "核酸记录",
    (
        Column("source", "来源", required=True),
        Column("document_number", "证件号码", kind=ColumnKind.IDENTIFIER),
        Column("sampled_at", "采样时间", kind=ColumnKind.DATETIME),
    ),
)
HEADERS = ["来源", "证件号码", "采样时间"]
ZONE = ZoneInfo("Asia/Shanghai")
Rows = list[list[Any]]


def xlsx(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def xls(path: Path, rows: Rows) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(line, place, cell, *([style] if isinstance(cell, date) else []))
    book.save(str(path))
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def taken(path: Path, limits: FileLimits | None = None) -> list[tuple[int, list[Any]]]:
    with open_table(path, TESTS, limits=limits or FileLimits()) as table:
        return [(number, list(cells)) for number, cells in table.rows()]


@pytest.mark.parametrize("write", [xlsx, xls])
def test_workbook_keeps_types_and_row_numbers(write: Callable[[Path, Rows], Path], tmp_path: Path) -> None:
    at = datetime(2022, 6, 1, 8, 30, tzinfo=None)  # noqa: DTZ001 - cells have no zone
    path = write(
        tmp_path / "upload",
        [["核酸记录表"], [], HEADERS, ["a", 440106199001017777, at], [], ["b", "'=1", "x"]],
    )
    assert taken(path) == [(4, ["a", 4.40106199001017777e17, at]), (6, ["b", "=1", "x"])]
    with open_table(path, TESTS) as table:
        assert table.headers == tuple(HEADERS)
        assert table.total == 3
        rows = list(read_rows(table, ZONE))
    assert rows[0].values["sampled_at"] == datetime(2022, 6, 1, 0, 30, tzinfo=UTC)
    assert [error.problem for error in rows[0].errors] == [errors.DIGITS_LOST]
    assert [error.problem for error in rows[1].errors] == [errors.NOT_A_TIME]


def test_table_that_begins_further_in_keeps_its_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    old = xlwt.Workbook()
    old_sheet = old.add_sheet("S")
    for line, place, cell in (
        (5, 3, "来源"),
        (5, 4, "证件号码"),
        (7, 3, "a"),
        (7, 9, "a note beside the table"),
    ):
        book.active.cell(line, place, cell)
        old_sheet.write(line - 1, place - 1, cell)
    book.save(tmp_path / "a.xlsx")
    old.save(str(tmp_path / "a.xls"))
    assert taken(tmp_path / "a.xlsx") == [(7, ["a", ""])]
    assert taken(tmp_path / "a.xls") == [(7, ["a", ""])]


def test_formula_gives_its_last_value(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        sheet.write_formula(1, 0, '="a"&"b"', None, "ab")
        sheet.write_formula(1, 1, "=1+1", None, 2)
    assert taken(tmp_path / "a.xlsx") == [(2, ["ab", 2, ""])]


def test_hidden_and_other_sheets_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    hidden = book.create_sheet("hidden")
    hidden.append(HEADERS)
    hidden.append(["old", "1", ""])
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("shown")
    shown.append(HEADERS)
    shown.append(["new", "2", ""])
    book.save(tmp_path / "a.xlsx")
    assert taken(tmp_path / "a.xlsx") == [(2, ["new", "2", ""])]


def test_second_table_is_refused_not_ignored(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("黄阁镇")):
        sheet.append(HEADERS)
        sheet.append(["a", "1", ""])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(Refusal) as refused:
        taken(tmp_path / "a.xlsx")
    assert refused.value.problem is errors.SEVERAL_TABLES
    assert "黄阁镇" in refused.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_of_every_make(encoding: str, delimiter: str, end: str, tmp_path: Path) -> None:
    lines = [
        delimiter.join(row)
        for row in (["核酸"], HEADERS, ["穗采", "1", ""], ["", "", ""], ["深采", '"a""b"', "2022-06-01"])
    ]
    path = text(tmp_path / "a.xlsx", end.join(lines), encoding)
    assert taken(path) == [(3, ["穗采", "1", ""]), (5, ["深采", 'a"b', "2022-06-01"])]


def test_rare_characters_of_gb18030(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "来源,证件号码\n𬱖㛃犇,1\n", "gb18030")
    assert taken(path) == [(2, ["𬱖㛃犇", "1"])]


def test_first_characters_that_look_like_utf8(tmp_path: Path) -> None:
    assert "联通".encode("gb18030").decode("utf-8", "ignore") != ""
    path = text(tmp_path / "a.csv", "联通,来源,证件号码\n联通,穗采,1\n", "gb18030")
    assert taken(path) == [(2, ["联通", "穗采", "1"])]


def test_utf8_with_an_error_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    content = "source,证件号码\n" + "广州市南沙区黄阁镇,1\n" * 100
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode() + b"\xe5\x8c,2\n")
    with pytest.raises(Refusal) as refused:
        taken(path)
    assert (refused.value.problem, refused.value.fields) == (errors.BROKEN_BYTE, {"row": 102})
    path.write_bytes(content.encode()[:-4] + "区".encode()[:1])
    with pytest.raises(Refusal) as refused:
        taken(path)
    assert (refused.value.problem, refused.value.fields) == (errors.BROKEN_BYTE, {"row": 101})


def test_line_breaks_inside_cells(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", '来源,证件号码\n"a\nb",1\nc,2\n')
    assert taken(path) == [(2, ["a\nb", "1"]), (3, ["c", "2"])]


@pytest.mark.parametrize(
    ("content", "problem", "row"),
    [
        ('来源,证件号码\na,1\n"b,2\nc,3\n', errors.BROKEN_QUOTES, 3),
        ('来源,证件号码\na,1\n"b"x,2\n', errors.BROKEN_QUOTES, 3),
        ("来源,证件号码\na,1\nb", errors.CUT_OFF, 3),
        ("来源,证件号码\na," + "1" * 32_767 + "\n", errors.CELL_TOO_LONG, 2),
        ('来源,证件号码\na,1\nb,"' + "1,\n" * 20_000, errors.CELL_TOO_LONG, 3),
    ],
)
def test_broken_csv_names_the_row(content: str, problem: Problem, row: int, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        taken(text(tmp_path / "a.csv", content))
    assert refused.value.problem is problem
    assert refused.value.fields["row"] == row


@pytest.mark.parametrize("end", ["", "\n", "\nb,2", "\nb\nc", "\n ", "\nb\n"])
def test_a_file_without_a_last_line_break_is_taken_where_its_last_row_is_no_shorter(
    end: str, tmp_path: Path
) -> None:
    assert taken(text(tmp_path / "a.csv", "来源,证件号码\na,1" + end))


def test_long_cell_of_a_workbook_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADERS, ["a", "1" * 32_767, ""]])
    with pytest.raises(Refusal) as refused:
        taken(path)
    assert refused.value.problem is errors.CELL_TOO_LONG
    assert refused.value.fields == {"row": 2, "limit": 32_766}


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_too_many_columns_or_rows(suffix: str, tmp_path: Path) -> None:
    wide = [*HEADERS, *(f"c{n}" for n in range(200))]
    rows = [wide, *(["a", str(n)] for n in range(11))]
    path = tmp_path / f"a.{suffix}"
    if suffix == "xlsx":
        xlsx(path, rows)
    else:
        text(path, "\n".join(",".join(row) for row in rows))
    with pytest.raises(Refusal) as refused:
        taken(path)
    assert refused.value.problem is errors.TOO_MANY_COLUMNS
    with pytest.raises(Refusal) as refused:
        taken(path, FileLimits(columns=300, rows=10))
    assert refused.value.problem is errors.TOO_MANY_ROWS
    assert refused.value.fields == {"limit": 10}
    assert len(taken(path, FileLimits(columns=300, rows=11))) == 11


@pytest.mark.promise("R4")
def test_one_row_too_many_is_never_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["source", "document_number"], *(["a", "1"] for _ in range(1_048_576))])
    counter = count()
    with open_table(path, TESTS) as table, pytest.raises(Refusal) as refused:
        deque(zip(table.rows(), counter, strict=False), maxlen=0)
    assert refused.value.problem is errors.TOO_MANY_ROWS
    assert next(counter) == 1_048_575


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_header_alone_is_an_empty_table(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "xlsx":
        xlsx(path, [HEADERS])
    else:
        text(path, ",".join(HEADERS))
    assert taken(path) == []


def test_header_may_stand_in_row_20_but_not_in_row_21(tmp_path: Path) -> None:
    for above, found in ((19, True), (20, False)):
        path = text(tmp_path / "a.csv", "x\n" * above + "来源,证件号码\na,1\n")
        if found:
            assert taken(path) == [(21, ["a", "1"])]
        else:
            with pytest.raises(Refusal) as refused:
                taken(path)
            assert refused.value.problem is errors.NO_HEADER
