"""What we hand out: complete, typed, marked, harmless, and readable by ourselves without a difference."""

import csv
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.core.sheets import writing
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Column, Sheet
from outpost.core.sheets.formulas import neutralise, restore
from outpost.core.sheets.reading import open_table
from outpost.core.sheets.writing import Cell, Mark, Table, Written, write_csv, write_tables, write_workbook

pytestmark = pytest.mark.rules

ZONE = ZoneInfo("Asia/Shanghai")
SHEET = Sheet("people", "人员", (Column("name", "姓名"), Column("phone", "手机"), Column("note", "备注")))
HEADERS = ["姓名", "手机", "备注"]
STARTERS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
FORMULAS = [
    f"{quotes}{starter}{rest}"
    for starter in STARTERS
    for quotes in ("", "'", "''")
    for rest in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "8613800000000", "", " & <b>")
]
Write = Callable[[Path, Sequence[Sequence[Cell]]], Written]


def as_xlsx(path: Path, rows: Sequence[Sequence[Cell]]) -> Written:
    return write_workbook(path, "人员", HEADERS, iter(rows), zone=ZONE)


def as_csv(path: Path, rows: Sequence[Sequence[Cell]]) -> Written:
    return write_csv(path, HEADERS, iter(rows), zone=ZONE)


def read_back(path: Path) -> list[list[Raw]]:
    with open_table(path, SHEET) as table:
        return [list(cells) for _, cells in table.rows()]


@pytest.mark.promise("F1")
@pytest.mark.parametrize("place", range(3))
def test_no_formula_reaches_a_workbook(place: int, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [["张三"] * place + [formula] + ["x"] * (2 - place) for formula in [*FORMULAS, "\0=1"]]
    as_xlsx(path, rows)
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = openpyxl.load_workbook(path).active
    written = [row[place] for row in sheet.iter_rows(min_row=2)]
    assert len(written) == len(rows)
    assert {cell.data_type for cell in written} == {"s"}
    assert all(str(cell.value).startswith("'") for cell in written)


@pytest.mark.promise("F1")
@pytest.mark.parametrize("place", range(3))
def test_no_formula_reaches_a_csv(place: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [["张三"] * place + [formula] + ["x"] * (2 - place) for formula in FORMULAS]
    as_csv(path, rows)
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = [row[place] for row in csv.reader(file)][1:]
    assert len(written) == len(rows)
    assert all(cell.startswith("'") for cell in written)


@pytest.mark.promise("F1")
def test_headers_are_neutralised_too(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", "=x", ["=1+1"], [])
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A1"].value == "'=1+1"
    write_csv(tmp_path / "a.csv", ["=1+1"], [])
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "'=1+1\n"


@pytest.mark.promise("F5")
@given(st.text())
def test_restore_undoes_neutralise(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert neutralise(text).removeprefix("'") in (text, text.removeprefix("'"))


# A first cell that is never blank keeps the row; the rest is any text that a file can hold.
FILLED = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
TABLE = st.lists(
    st.tuples(FILLED.map(lambda text: "x" + text), FILLED, st.one_of(FILLED, st.sampled_from(FORMULAS))),
    max_size=30,
)


@pytest.mark.promise("F5")
@pytest.mark.parametrize("write", [as_xlsx, as_csv])
@settings(max_examples=20, deadline=None)
@given(rows=TABLE)
def test_export_and_import_is_identity(write: Write, rows: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        written = write(path, rows)
        assert written.rows == len(rows)
        assert read_back(path) == [list(row) for row in rows]


@pytest.mark.promise("R4")
@pytest.mark.parametrize("count", [0, 1, 65_535, 65_536, 65_537])
@pytest.mark.parametrize("write", [as_xlsx, as_csv])
def test_every_row_arrives(write: Write, count: int, tmp_path: Path) -> None:
    path = tmp_path / "export"
    written = write(path, [[f"n{number}", "138", ""] for number in range(count)])
    assert written == Written(count, hashlib.sha256(path.read_bytes()).hexdigest())
    names = [row[0] for row in read_back(path)]
    assert names == [f"n{number}" for number in range(count)]


def test_cells_keep_their_types(tmp_path: Path) -> None:
    at = datetime(2022, 6, 1, 0, 30, 15, tzinfo=UTC)
    row: list[Cell] = [at, date(2022, 6, 1), -5]
    as_xlsx(tmp_path / "a.xlsx", [row, [1.5, Decimal("36.70"), None]])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in sheet[2]] == [
        datetime(2022, 6, 1, 8, 30, 15, tzinfo=None),  # noqa: DTZ001 - cells have no zone
        datetime(2022, 6, 1, tzinfo=None),  # noqa: DTZ001
        -5,
    ]
    assert [cell.value for cell in sheet[3]] == [1.5, 36.7, None]
    as_csv(tmp_path / "a.csv", [row, [1.5, Decimal("36.70"), None]])
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines[1:] == ["2022-06-01 08:30:15,2022-06-01,-5", "1.5,36.70,"]


def test_instant_needs_a_zone(tmp_path: Path) -> None:
    at = datetime(2022, 6, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        write_workbook(tmp_path / "a.xlsx", "x", ["t"], [[at]])
    with pytest.raises(ValueError, match="zone"):
        write_csv(tmp_path / "a.csv", ["t"], [[at]])


def test_long_numbers_stay_text(tmp_path: Path) -> None:
    as_xlsx(tmp_path / "a.xlsx", [["440106199001017779", "13800000000", "001"]])
    cells = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active[2])
    assert [cell.value for cell in cells] == ["440106199001017779", "13800000000", "001"]
    assert {cell.number_format for cell in cells} == {"@"}


def test_what_a_sheet_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32,767"):
        as_xlsx(tmp_path / "a.xlsx", [["x" * 32_768, "", ""]])
    with pytest.raises(ValueError, match=r"zip|size"):
        as_xlsx(tmp_path / "b.xlsx", [["too", "short"]])
    as_xlsx(tmp_path / "c.xlsx", [["x" * 32_767, "=" * 32_766, ""]])
    assert read_back_lengths(tmp_path / "c.xlsx") == [32_767, 32_767]


def read_back_lengths(path: Path) -> list[int]:
    return [len(str(cell.value)) for cell in openpyxl.load_workbook(path).active[2] if cell.value]


@pytest.mark.promise("V3")
def test_mark_stands_on_each_sheet_and_in_the_properties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROWS_A_SHEET", 10)
    mark = Mark("李四 & 南沙区", "2022-06-08 09:00", "3f0c-77")
    rows = [[str(number), "", ""] for number in range(25)]
    written = write_workbook(tmp_path / "a.xlsx", "员工/名单", HEADERS, rows, mark=mark)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert written.rows == 25
    assert book.sheetnames == ["员工_名单", "员工_名单 2", "员工_名单 3"]
    assert [sheet.max_row for sheet in book] == [11, 11, 6]
    assert [[cell.value for cell in sheet[1]] for sheet in book] == [HEADERS] * 3
    assert [row[0].value for sheet in book for row in sheet.iter_rows(min_row=2)] == [
        str(n) for n in range(25)
    ]
    for sheet in book:
        assert sheet.oddFooter.left.text == "李四 ＆ 南沙区 · 2022-06-08 09:00 · 3f0c-77"
    assert book.properties.creator == mark.who
    assert book.properties.subject == mark.request
    assert book.properties.description == mark.line()


@pytest.mark.promise("V3")
@pytest.mark.parametrize("who", ["K&G 建设", "&G", "甲&[Picture]", "&P&N", "&&", "&" * 80])
def test_no_name_takes_the_mark_off_a_sheet(tmp_path: Path, who: str) -> None:
    """At the foot of a sheet & begins a code, and one for a picture that is not there takes the whole foot away."""
    mark = Mark(who, "2022-06-08 09:00", "3f0c-77", "监督检查")
    write_workbook(tmp_path / "a.xlsx", "名单", HEADERS, [["1", "", ""]], mark=mark)
    (sheet,) = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert sheet.oddFooter.left.text == mark.line().replace("&", "＆")
    assert sheet.oddFooter.right.text == "&P/&N"


def test_tables_are_sheets_each_with_a_title_of_its_own_and_one_is_selected(tmp_path: Path) -> None:
    long = "重点行业从业人员（含外包、临时、劳务派遣人员）的类别"
    tables = [
        Table("冷链", ["姓名"], [["a"], ["b"]]),
        Table(long + "甲", ["姓名", "仓位"], [["c", 7]]),
        Table(long + "乙", ["姓名"], []),
        Table("冷链", ["x"], [["d"]]),
    ]
    assert write_tables(tmp_path / "a.xlsx", tables).rows == 4
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    first, second, third, fourth = book
    assert first.title == "冷链"
    assert fourth.title == "冷链 (2)"
    assert len({second.title, third.title}) == 2
    assert [*second.values] == [("姓名", "仓位"), ("c", 7)]
    assert [sheet.sheet_view.tabSelected for sheet in book] == [True, None, None, None]


def test_equal_and_empty_headers_are_written_as_they_are(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", "x", ["姓名", "", "备注", "备注"], [["a", "b", "c", "d"]])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in sheet[1]] == ["姓名", None, "备注", "备注"]
    assert [cell.value for cell in sheet[2]] == ["a", "b", "c", "d"]


MEMORY = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure()
from outpost.core.sheets.writing import write_workbook
rows = ((f"n{n}", "138", "黄阁镇") for n in range(int(sys.argv[2])))
write_workbook(Path(sys.argv[1]), "x", ["a", "b", "c"], rows)
status = Path("/proc/self/status").read_text()  # unlike ru_maxrss, without what the parent had
print(status.partition("VmHWM:")[2].split()[0])
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def used(count: int) -> int:
        command = [sys.executable, "-c", MEMORY, str(tmp_path / "a.xlsx"), str(count)]
        return int(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout) // 1024

    few, many = used(1_000), used(200_000)
    assert many < 60
    assert many - few < 10
