"""Every kind of file and call with what people and programs really send: said clearly, nothing lost, nothing twice."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outpost.core.sheets.columns import REASON_EN, REASON_ZH
from tests.faults import tables
from tests.faults.installation import CATEGORY, Done, Installation
from tests.faults.tables import KINDS, TABLES, a_row, write_csv, write_xlsx

pytestmark = pytest.mark.slow

SQL_OF_ALL = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM {table}"
    for table in (*TABLES.values(), "audit_rowversion", "people_person")
)
STAGED = "SELECT count(*) FROM pg_class WHERE relnamespace = 'staging'::regnamespace AND relkind = 'r'"
Writer = Callable[[Path, str], Path]


@pytest.fixture(autouse=True)
def nothing_left_behind(installation: Installation) -> Iterator[None]:
    """No staging table outlives its import, whatever the file was."""
    yield
    assert installation.rows(STAGED) == [(0,)]


def a_file(content: bytes) -> Writer:
    def write(path: Path, kind: str) -> Path:
        path.write_bytes(content)
        return path

    return write


def truncated(path: Path, kind: str) -> Path:
    whole = write_xlsx(path, kind, [a_row(kind, n) for n in range(50)]).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def without_columns(path: Path, kind: str) -> Path:
    """The first and the last of the required columns are not there."""
    row = a_row(kind, 1)
    others = tables.HEADERS[kind][1:]
    kept = [name for name in others if name not in {"居住地址", "主体地址", "采样时间", "接种日期"}]
    lines = [",".join(kept), ",".join(str(row[name]) for name in kept)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def nonsense(path: Path, kind: str) -> Path:
    path.write_text("一,二\n三,四\n", encoding="utf-8")
    return path


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20
# what is sent → its writer, the stable code, what the message must name in English and in Chinese
REFUSED: Mapping[str, tuple[Writer, str, str, str]] = {
    "empty": (a_file(b""), "sheets.file_empty", "template", "模板"),
    "binary": (a_file(PNG), "sheets.not_a_table", "Excel", "Excel"),
    "web page": (a_file(b"<html><body>x</body></html>"), "sheets.web_page", "web page", "网页"),
    "truncated": (truncated, "sheets.damaged", "incomplete", "损坏"),
    "no header": (nonsense, "sheets.no_header", "first row", "表头"),
    "missing columns": (without_columns, "sheets.missing_columns", "missing", "缺"),
    "bomb": (tables.a_zip_bomb, "sheets.unpacks_too_large", "400 MiB", "400"),
    "far": (
        lambda path, kind: tables.a_cell_at(path, kind, "XFD", 1_048_576),
        "sheets.far_cells",
        "16384",
        "16384",
    ),
    "row 1048577": (
        lambda path, kind: tables.a_cell_at(path, kind, "A", 1_048_577),
        "sheets.far_cells",
        "row 1048577",
        "1048577",
    ),
    "mixed encodings": (
        a_file("主体名称,姓名\n".encode() * 9 + "近岸冷链".encode("gb18030")),
        "sheets.broken_byte",
        "10",
        "10",
    ),
}


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def require_refusal(done: Done, code: str, named: str) -> None:
    """Exit code 1, one JSON object, the same message for the person, no trace of our code."""
    assert done.code == 1, done.err
    assert done.document["error"] == code, done.err
    (message,) = done.document["messages"]
    assert named in message
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.promise("F2")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_table_is_refused_whole(
    installation: Installation, tmp_path: Path, name: str, kind: str
) -> None:
    write, code, english, chinese = REFUSED[name]
    path = write(tmp_path / "file.csv", kind)
    before = installation.rows(SQL_OF_ALL)
    told = {}
    for language, named in (("en", english), ("zh", chinese))[: 2 if kind == "staff" else 1]:
        done = installation.import_file(kind, path, language=language)
        require_refusal(done, code, named)
        told[language] = done.document["messages"][0]
    assert installation.rows(SQL_OF_ALL) == before
    if kind == "staff":
        assert told["en"] != told["zh"]
        assert is_chinese(told["zh"])


def test_missing_columns_are_all_named(installation: Installation, tmp_path: Path) -> None:
    done = installation.import_file("staff", without_columns(tmp_path / "a.csv", "staff"), language="zh")
    for column in ("主体名称", "居住地址"):
        assert column in done.document["messages"][0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_alone_is_a_table_of_no_rows(installation: Installation, tmp_path: Path, kind: str) -> None:
    done = installation.import_file(kind, write_csv(tmp_path / "a.csv", kind, []))
    assert (done.code, done.counts) == (0, (0, 0, 0, 0, 0))
    assert done.document["warnings"] == {"sheets.no_rows": 1}  # said, in the workbook too


# --- rows -------------------------------------------------------------------------------------------------------

LOST_DIGITS = 440106199001017777.0  # what Excel keeps of an ID number that was typed into a number cell
BIG = 9_000_000
# kind → changes of one row and the column that the reason must name
BAD_CELLS: Mapping[str, tuple[tuple[Mapping[str, Any], str], ...]] = {
    "organizations": (
        ({"所属镇街": "天河街道"}, "所属镇街"),
        ({"所属镇街": ""}, "所属镇街"),
        ({"负责人电话": 1.38001380001e10 + 0.5}, "负责人电话"),
        ({"负责人电话": "12345"}, "负责人电话"),
        ({"负责人姓名": "甄\x07负责"}, "负责人姓名"),
        ({"统一社会信用代码": 9.1440101e17}, "统一社会信用代码"),
        ({"统一社会信用代码": "91440101MA5000000X"}, "统一社会信用代码"),
        ({"主体地址": "长" * 301}, "主体地址"),
        ({"主体名称": ("=1/0", "#DIV/0!")}, "主体名称"),
    ),
    "staff": (
        ({"身份证号码": LOST_DIGITS}, "身份证号码"),
        ({"身份证号码": "4.40106E+17"}, "身份证号码"),
        ({"身份证号码": "110101193001010000"}, "身份证号码"),
        ({"身份证号码": "1930-01-01"}, "身份证号码"),
        ({"手机号码": "一三八"}, "手机号码"),
        ({"入职日期": "五月一日"}, "入职日期"),
        ({"入职日期": "2022-02-30"}, "入职日期"),
        ({"主体名称": "没有这家公司"}, "主体名称"),
        ({"证件类型": "图书证"}, "证件类型"),
        ({"姓名": "甄\x00测试"}, "姓名"),
        ({"姓名": ""}, "姓名"),
        ({"居住地址": ("=NA()", "#N/A")}, "居住地址"),
    ),
    "tests": (
        ({"证件号码": LOST_DIGITS}, "证件号码"),
        ({"采样时间": "昨天"}, "采样时间"),
        ({"采样时间": "2999-01-01 08:00"}, "采样时间"),
        ({"采样时间": True}, "采样时间"),
        ({"检测结果": "还行"}, "检测结果"),
        ({"记录编号": ""}, "记录编号"),
        ({"记录编号": "r" * 129}, "记录编号"),
        ({"来源": "a/b"}, "来源"),
        ({"证件类型": "图书证"}, "证件类型"),
    ),
    "vaccinations": (
        ({"证件号码": LOST_DIGITS}, "证件号码"),
        ({"疫苗名称": "板蓝根"}, "疫苗名称"),
        ({"针次": "第十针"}, "针次"),
        ({"针次": 1.5}, "针次"),
        ({"接种日期": "2999-01-01"}, "接种日期"),
        ({"接种日期": 12}, "接种日期"),
        ({"来源": ""}, "来源"),
    ),
}
# accepted as it is meant: full-width digits, emoji, text that looks like a formula, spaces around
ODD_BUT_GOOD: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "organizations": (
        {"负责人电话": "１３８００１３８０００"},
        {"主体地址": "港前大道9号🏭"},
        {"主体地址": '=HYPERLINK("http://x")'},
        {"主体名称": "  矩阵冷库 甲 "},
    ),
    "staff": (
        {"手机号码": "１３９００１３９０００"},
        {"手机号码": 13900139001},
        {"居住地址": "+金沙路🏠"},
        {"居住地址": ('="金沙路"&8', "金沙路8")},
        {"入职日期": "2022年5月1日"},
    ),
    "tests": (
        {"采样时间": "2022/6/1 8:30"},
        {"采样时间": "２０２２-０６-０１ ０８:３０"},
        {"试管条码": "=T1"},
        {"检测结果": "negative"},
        {"姓名": "甄𠮷"},
        {"姓名": "甄\x1b测试"},  # nobody keeps the name of a test: it rejects none
    ),
    "vaccinations": (
        {"针次": 2},
        {"针次": "３"},
        {"接种日期": "2021-06-01T09:00:00+08:00"},
        {"姓名": "甄\x85测试"},
    ),
}


def reasons(done: Done) -> list[tuple[tuple[Any, ...], str]]:
    """The rows of the failure workbook: the user's cells, and why."""
    book = openpyxl.load_workbook(done.document["failures"])
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert header[-1] in {REASON_ZH, REASON_EN}
    return [(row[:-1], str(row[-1])) for row in rows]


@pytest.mark.promise("R4")
@pytest.mark.parametrize("kind", KINDS)
def test_bad_rows_come_back_and_the_others_go_in(
    installation: Installation, tmp_path: Path, kind: str
) -> None:
    base = BIG + 1000 * KINDS.index(kind)
    good = [a_row(kind, base + n, **changes) for n, changes in enumerate(ODD_BUT_GOOD[kind])]
    bad = [a_row(kind, base + 500 + n, **changes) for n, (changes, _) in enumerate(BAD_CELLS[kind])]
    path = write_xlsx(tmp_path / "mixed.xlsx", kind, [*good, *bad])
    done = installation.import_file(kind, path, language="zh")
    assert done.code == 1
    assert done.counts == (len(good) + len(bad), len(good), 0, 0, len(bad)), reasons(done)
    found = reasons(done)
    expected = enumerate((column for _, column in BAD_CELLS[kind]), len(good) + 2)
    for (number, column), (cells, reason) in zip(expected, found, strict=True):
        assert reason.startswith(f"第{number}行；{column}"), reason
        assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in cells)
    again = installation.import_file(kind, path, language="en")
    assert again.counts == (len(good) + len(bad), 0, 0, len(good), len(bad))
    assert all(
        reason.startswith(f"Row {number}; ")
        for number, (_, reason) in enumerate(reasons(again), len(good) + 2)
    )


# --- wrong use --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "staff", "FILE"),
        ("import", "staff", "no-such-file.csv", "--category", CATEGORY),
        ("import", "staff", ".", "--category", CATEGORY),
        ("import", "pictures", "FILE"),
        ("import", "tests", "FILE", "--category", CATEGORY),
        ("import", "tests"),
    ],
)
def test_wrong_use_ends_with_2(
    installation: Installation, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    path = str(write_csv(tmp_path / "a.csv", "staff", []))
    done = installation.run(*(path if part == "FILE" else part for part in arguments))
    assert (done.code, done.out) == (2, ""), done.err
    assert "Usage" in done.err


@pytest.mark.parametrize("kind", ["organizations", "staff"])
def test_an_unknown_category_is_answered_with_the_known(
    installation: Installation, tmp_path: Path, kind: str
) -> None:
    path = write_csv(tmp_path / "a.csv", kind, [a_row(kind, 1)])
    for language in ("en", "zh"):
        done = installation.run("import", kind, path, "--category", "nothing", "--json", "--lang", language)
        require_refusal(done, "sentinel.category_unknown", CATEGORY)
        assert is_chinese(done.document["messages"][0]) is (language == "zh")


def test_an_unknown_organisation_of_the_whole_file(installation: Installation, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "staff", [a_row("staff", 1)])
    option = ("--organization", "没有这家公司", "--json", "--lang", "en")
    done = installation.run("import", "staff", path, "--category", CATEGORY, *option)
    require_refusal(done, "sentinel.organization_unknown", "没有这家公司")
