"""Hostile files. Each is refused with its own reason, quickly, and without much memory."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.columns import Column, Sheet
from outpost.core.sheets.guard import inspect
from outpost.core.sheets.limits import MIB, FileLimits
from outpost.core.sheets.reading import open_table
from outpost.core.sheets.tests.archives import HEADER, Part, archive, basic, bomb, save, sheet_xml
from outpost.testing.rows import read_rows

pytestmark = pytest.mark.rules

SHEET = Sheet("people", "人员", (Column("name", "姓名", required=True), Column("phone", "手机")))
ROW = '<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c></row>'
BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'


def with_part(part: Part) -> list[Part]:
    return [*basic(sheet_xml(ROW)), part]


def shared_string(mib: int, declared: int | None) -> list[Part]:
    packed = bomb(STRINGS, b"x", mib, b"</t></si></sst>")
    size = len(STRINGS) + mib * MIB + len(b"</t></si></sst>")
    return with_part(
        Part("xl/sharedStrings.xml", packed=packed, declared=size if declared is None else declared)
    )


def overlapping() -> list[Part]:
    """Three names for the same packed bytes."""
    parts = basic(sheet_xml(ROW))
    inner = Part("xl/media/a.bin", packed=bomb(b"", b"\0", 1, b""), declared=MIB)
    at = len(archive(parts)) - sum(46 + len(part.name) for part in parts) - 22
    twins = [Part(f"xl/media/{n}.bin", packed=inner.packed, declared=MIB, offset=at) for n in range(3)]
    return [*parts, inner, *twins]


HOSTILE: dict[str, tuple[Callable[[], list[Part]], Problem]] = {
    "2 GB shared string": (lambda: shared_string(2_048, None), errors.UNPACKS_TOO_LARGE),
    "2 GB shared string, forged size": (lambda: shared_string(2_048, 1_000), errors.DAMAGED),
    "200 MB of one letter": (lambda: shared_string(200, None), errors.UNPACKS_TOO_LARGE),
    "billion laughs": (lambda: basic(sheet_xml(ROW, BILLION_LAUGHS)), errors.UNSAFE),
    "external entity": (
        lambda: basic(sheet_xml(ROW, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')),
        errors.UNSAFE,
    ),
    "document type across two windows": (
        lambda: basic(b"<x>" + b" " * (256 * 1024 - 8) + b"<!DOCTYPE y>" + sheet_xml(ROW)),
        errors.UNSAFE,
    ),
    "UTF-16 part": (lambda: basic(sheet_xml(ROW, BILLION_LAUGHS).decode().encode("utf-16")), errors.UNSAFE),
    "far cell": (
        lambda: basic(sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        errors.FAR_CELLS,
    ),
    "far cell in a near row": (
        lambda: basic(sheet_xml('<row r="2"><c r="XFD1048576"><v>1</v></c></row>')),
        errors.FAR_CELLS,
    ),
    "far cell, other spelling": (
        lambda: basic(sheet_xml("<row><c r = 'XFD1048576'><v>1</v></c></row>")),
        errors.TOO_HEAVY,
    ),
    "row beyond the last": (
        lambda: basic(sheet_xml('<row r="1048577"><c r="A1048577"/></row>')),
        errors.FAR_CELLS,
    ),
    "archive inside": (
        lambda: basic(archive(basic(sheet_xml(ROW)))),
        errors.UNSAFE,
    ),
    "1,001 parts": (lambda: basic(b"") + [Part(f"xl/{n}") for n in range(996)], errors.TOO_MANY_PARTS),
    "70,000 parts": (lambda: basic(b"") + [Part(f"xl/{n}") for n in range(70_000)], errors.TOO_MANY_PARTS),
    "path out of the archive": (lambda: with_part(Part("xl/../../etc/cron.d/x", b"x")), errors.UNSAFE),
    "absolute path": (lambda: with_part(Part("/etc/passwd", b"x")), errors.UNSAFE),
    "Windows path": (lambda: with_part(Part("C:\\x", b"x")), errors.UNSAFE),
    "link": (
        lambda: with_part(Part("xl/link.xml", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)),
        errors.UNSAFE,
    ),
    "same name twice": (lambda: with_part(Part("xl/Workbook.xml", b"<x/>")), errors.UNSAFE),
    "overlapping parts": (overlapping, errors.DAMAGED),
    "encrypted part": (lambda: with_part(Part("xl/media/a.bin", b"x", flags=1)), errors.ENCRYPTED),
    "text document": (
        lambda: [Part("[Content_Types].xml", b"<x/>"), Part("word/document.xml", b"<x/>")],
        errors.NOT_A_WORKBOOK,
    ),
    "binary workbook": (lambda: with_part(Part("xl/workbook.bin", b"x")), errors.NOT_A_WORKBOOK),
    "no table": (lambda: basic(sheet_xml(ROW).replace("姓名".encode(), "名字".encode())), errors.NO_HEADER),
}


# The child as it is, and afterwards what it took: processor seconds and MiB (ru_maxrss would count the parent's).
PROBE = """
import os, sys, time
from outpost.core.sheets.child import main
from outpost.testing.rows import read_rows
with os.fdopen(0, "rb") as file, os.fdopen(os.dup(1), "wb") as out:
    main(sys.argv[1].encode(), file, out)
with open("/proc/self/status") as status:
    peak = status.read().partition("VmHWM:")[2].split()[0]
print(time.process_time(), int(peak) / 1024)
"""


def run(path: Path, limits: FileLimits) -> tuple[bytes, float, float]:
    """The child's last line, its processor seconds and its memory in MiB."""
    request = orjson.dumps({"limits": asdict(limits), "names": sorted(SHEET.names())})
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", PROBE, request], stdin=file, capture_output=True, timeout=60, check=True
        )
    *_, last, cost = done.stdout.splitlines()
    seconds, mib = map(float, cost.split())
    return last, seconds, mib


@pytest.mark.promise("F2")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbook_is_refused(name: str, tmp_path: Path) -> None:
    build, problem = HOSTILE[name]
    path = save(tmp_path / "harmless.csv", build())
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is problem
    assert refused.value.message
    if problem is errors.TOO_HEAVY:
        return  # ended by its memory limit: nothing is left to measure
    last, seconds, mib = run(path, FileLimits())
    assert last.startswith(b"E")
    assert seconds < 1
    assert mib < 200


@pytest.mark.promise("F2")
def test_false_dimension_is_harmless(tmp_path: Path) -> None:
    xml = sheet_xml(ROW).replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    with open_table(save(tmp_path / "a.xlsx", basic(xml)), SHEET) as table:
        assert [cells[0] for _, cells in table.rows()] == ["张三"]


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.9, 0.99])
def test_truncated_workbook_is_refused(keep: float, tmp_path: Path) -> None:
    whole = archive(basic(sheet_xml(ROW)))
    path = tmp_path / "a.xlsx"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is errors.DAMAGED


def test_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2_000 + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is errors.ENCRYPTED


def test_broken_old_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + os.urandom(5_000))
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem in (errors.DAMAGED, errors.TOO_HEAVY)


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", errors.FILE_EMPTY),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', errors.WEB_PAGE),
        (b"\xef\xbb\xbf<!DOCTYPE html><table><tr><td>x</td></tr></table>", errors.WEB_PAGE),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", errors.NOT_A_TABLE),
        (b"\x7fELF\0\0", errors.NOT_A_TABLE),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n\0\x01", errors.NOT_A_TABLE),
        ("姓名,手机\n".encode("utf-16"), errors.ENCODING),
        (b"a,b\n\xff\xff\xff\n", errors.ENCODING),
        (b"what,ever\n1,2\n", errors.NO_HEADER),
        (b"x" * (9 * MIB), errors.NOT_A_TABLE),
    ],
)
def test_type_is_told_by_content(content: bytes, problem: Problem, tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is problem


def test_no_file_but_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(Refusal) as refused:
        open_table(tmp_path / "pipe.csv", SHEET)
    assert refused.value.problem is errors.NOT_A_TABLE


def test_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(51 * MIB)
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is errors.FILE_TOO_LARGE
    assert refused.value.fields == {"limit": 50}


def many_rows(count: int) -> list[Part]:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>n{n:0100}</t></is></c></row>'
        for n in range(2, count + 2)
    )
    return basic(sheet_xml(rows))


@pytest.mark.promise("F4")
@settings(max_examples=20, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2_500), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.booleans(),
)
def test_damaged_workbook_is_read_or_refused(changes: list[tuple[int, int]], cut: bool) -> None:
    content = bytearray(archive(basic(sheet_xml(ROW))))
    for place, value in changes:
        content[place % len(content)] = value
    assert_read_or_refused(bytes(content[: changes[0][0]] if cut else content))


@settings(max_examples=200, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"姓名,手机\n{text}".encode())
    )
)
def test_any_text_is_read_or_refused(content: bytes) -> None:
    assert_read_or_refused(content)


def assert_read_or_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        try:
            with open_table(path, SHEET) as table:
                rows = list(read_rows(table, ZoneInfo("Asia/Shanghai")))
        except Refusal as refusal:
            rows = []
            message = refusal.message
        else:
            message = "".join(error.message for row in rows for error in row.errors)
    assert message or all(row.values["name"] for row in rows)


def test_endless_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((b"," * MIB + b"\n") * 40)
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET)
    assert refused.value.problem is errors.NO_HEADER


def test_endless_header_is_refused(tmp_path: Path) -> None:
    header = HEADER.replace("</row>", f'<c r="C1" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>')
    xml = sheet_xml(ROW).replace(HEADER.encode(), header.encode())
    with pytest.raises(Refusal) as refused:
        open_table(save(tmp_path / "a.xlsx", basic(xml)), SHEET)
    assert refused.value.problem is errors.CELL_TOO_LONG


@pytest.mark.promise("F3")
def test_child_out_of_memory_is_a_clean_refusal(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", many_rows(200_000))
    with pytest.raises(Refusal) as refused:
        open_table(path, SHEET, limits=FileLimits(memory_bytes=64 * MIB))
    assert refused.value.problem is errors.TOO_HEAVY


@pytest.mark.promise("F3")
def test_child_out_of_time_is_a_clean_refusal(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", many_rows(500_000))
    began = time.monotonic()
    with (
        pytest.raises(Refusal) as refused,
        open_table(path, SHEET, limits=FileLimits(cpu_seconds=1)) as table,
    ):
        list(table.rows())
    assert refused.value.problem is errors.TOO_HEAVY
    assert time.monotonic() - began < 30


@pytest.mark.promise("F3")
def test_killed_child_is_a_clean_refusal(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", many_rows(30_000))
    with open_table(path, SHEET) as table:
        rows = table.rows()
        next(rows)
        child = table._source._child  # type: ignore[attr-defined]
        child.kill()
        with pytest.raises(Refusal) as refused:
            list(rows)
    assert refused.value.problem is errors.TOO_HEAVY


def test_reader_given_up_ends_its_child(tmp_path: Path) -> None:
    with open_table(save(tmp_path / "a.xlsx", many_rows(30_000)), SHEET) as table:
        next(table.rows())
        child = table._source._child  # type: ignore[attr-defined]
    assert child.returncode is not None


def test_child_has_limits_and_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    path = save(tmp_path / "a.xlsx", many_rows(30_000))
    with open_table(path, SHEET) as table:
        next(table.rows())
        pid = table._source._child.pid  # type: ignore[attr-defined]
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text()
    assert b"secret" not in environment
    assert f"Max address space         {512 * MIB}" in limits
    assert "Max cpu time              60" in limits


def test_answer_is_json_lines(tmp_path: Path) -> None:
    last, _, _ = run(save(tmp_path / "a.xlsx", basic(sheet_xml(ROW))), FileLimits())
    assert last[:1] == b"Z"
    assert orjson.loads(last[1:]) == {}


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="e"><v>#N/A</v></c>',
        "<c r='A2' t = 'e'><v>#N/A</v></c>",
        '<c r="A2"><f>B2</f></c>',
        '<c r="A2"><f t="shared" si="0"/></c>',
        '<c r="A2"><f/></c>',
        '<x:c r="A2"><x:f>B2</x:f></x:c>',
        '<x:c r="A2"><x:f t="shared" si="0"/></x:c>',
    ],
)
def test_a_cell_that_failed_or_has_a_formula_is_noticed(cell: str) -> None:
    """Only then the sheet is read once more, for the errors in it."""
    of_cell = archive(basic(sheet_xml(f'<row r="2">{cell}</row>')))
    assert inspect(BytesIO(of_cell), FileLimits())
    assert not inspect(BytesIO(archive(basic(sheet_xml(ROW)))), FileLimits())
