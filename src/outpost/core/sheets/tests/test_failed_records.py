"""Errors of an .xls are refused with their name, wherever they stand and whatever made them."""

import struct
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.core.sheets import failed_records
from outpost.core.sheets.columns import Column, Sheet
from outpost.core.sheets.reading import open_table
from outpost.core.sheets.tests.test_guard import assert_read_or_refused
from outpost.testing.rows import read_rows

pytestmark = pytest.mark.rules

ZONE = ZoneInfo("Asia/Shanghai")
SHEET = Sheet("people", "人员", (Column("name", "姓名", required=True), Column("phone", "手机")))
CODES = {
    "#NULL!": 0x00,
    "#DIV/0!": 0x07,
    "#VALUE!": 0x0F,
    "#REF!": 0x17,
    "#NAME?": 0x1D,
    "#NUM!": 0x24,
    "#N/A": 0x2A,
}
EMPTY_TEXT, NOT_AVAILABLE = b"\3\0\0\0\0\0\xff\xff", b"\2\0\x2a\0\0\0\xff\xff"
"""What a formula came to: nothing, as xlwt writes it, and #N/A."""


def found(path: Path) -> list[tuple[int, list[object], list[str]]]:
    with open_table(path, SHEET) as table:
        rows = list(read_rows(table, ZONE))
    return [(row.number, list(row.cells), [fault.problem.code for fault in row.errors]) for row in rows]


def book(*, top: int = 0, left: int = 0, error: str = "") -> xlwt.Workbook:
    """A workbook with the heading there, a row below it, one with an error, and a formula in the third."""
    made = xlwt.Workbook()
    made.add_sheet("说明").row(0).set_cell_error(0, "#REF!")
    sheet = made.add_sheet("员工 & <名单>")
    for number, row in enumerate((("姓名", "手机"), ("甲", "1"), ("乙", error), ("丙", ""))):
        for place, cell in enumerate(row):
            if cell.startswith("#"):
                sheet.row(top + number).set_cell_error(left + place, CODES[cell])
            elif cell:
                sheet.write(top + number, left + place, cell)
    sheet.write(top + 3, left + 1, xlwt.Formula("A1"))
    return made


@pytest.mark.parametrize(("top", "left"), [(0, 0), (5, 0), (0, 3), (5, 3)])
@pytest.mark.parametrize("error", CODES)
def test_an_error_is_refused_at_its_cell(error: str, top: int, left: int, tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    book(top=top, left=left, error=error).save(str(path))
    content = path.read_bytes()
    path.write_bytes(content.replace(EMPTY_TEXT, NOT_AVAILABLE))
    assert EMPTY_TEXT in content
    refused = ["sheets.formula_error"]
    assert found(path) == [
        (top + 2, ["甲", "1"], []),
        (top + 3, ["乙", error], refused),
        (top + 4, ["丙", "#N/A"], refused),
    ]


def test_what_lies_inside_a_sheet_is_not_of_it() -> None:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<2H", kind, len(body)) + body

    def failed(row: int) -> bytes:
        return record(0x0205, struct.pack("<3H2B", row, 1, 0, 0x2A, 1))

    begin, end = record(0x0809, b"\0" * 16), record(0x000A, b"")
    sheet = begin + failed(1) + begin + failed(2) + end + failed(3) + end + begin + failed(4) + end
    assert failed_records._errors(sheet, 0) == {2: {2: "#N/A"}, 4: {2: "#N/A"}}


@settings(max_examples=25, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 5_600), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_old_workbook_is_read_or_refused(
    changes: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("old") / "a.xls"
    book(error="#N/A").save(str(path))
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    assert_read_or_refused(bytes(content))
