"""What takes in foreign bytes and numbers: whatever comes, an answer or a refusal, soon, and no crash (F6).

The short form of an hour's fuzzing: honest files are damaged in random places; texts are random near the forms.
"""

import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core import clock
from outpost.core.credit_code import normalise_credit_code
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.core.sheets import cells
from outpost.core.sheets.guard import Unsafe, inspect
from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.reading import open_table
from outpost.health.sheets import TESTS
from outpost.people.rules import DocumentType, normalise_document
from outpost.testing.rows import read_rows

pytestmark = [pytest.mark.rules, pytest.mark.promise("F6")]

SECONDS = 2
TODAY = date(2022, 6, 8)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(max_examples=400, deadline=None)
HEADERS = ("来源", "记录编号", "证件号码", "采样时间", "检测结果")
ROW = ("区疾控", "A1", "440199198001011015", "2022-06-05 08:00", "阴性")


def workbook() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in (HEADERS, *[ROW] * 20):
        sheet.append(row)
    book.save(file)
    return file.getvalue()


def loose() -> list[tuple[str, bytes]]:
    """The parts of the workbook, to be damaged before they are packed."""
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


WORKBOOK = workbook()
PARTS = loose()
TABLE = "\r\n".join(map(",".join, (HEADERS, *[ROW] * 20)))
CUTS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=12), st.integers(0, 40)), max_size=6)


def damaged(data: bytes, cuts: list[tuple[int, bytes, int]]) -> bytes:
    """`data` with some stretches replaced."""
    for place, put, length in cuts:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + length :]
    return data


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook damaged from outside, or one whose parts are damaged."""
    if draw(st.booleans()):
        return damaged(WORKBOOK, draw(CUTS))
    hurt = draw(st.integers(0, len(PARTS) - 1))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, (name, content) in enumerate(PARTS):
            archive.writestr(name, damaged(content, draw(CUTS)) if n == hurt else content)
    return file.getvalue()


def soon(work: Callable[[], object]) -> None:
    """Answers or refuses within the time; any other error ends the test."""
    begun = time.monotonic()
    with suppress(Refusal, Unsafe):
        work()
    assert time.monotonic() - begun < SECONDS


def read(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    with open_table(path, TESTS) as table:
        assert all(row.number > 1 for row in read_rows(table, clock.zone()))


@MANY
@given(workbooks())
def test_the_guard_answers_on_every_workbook(data: bytes) -> None:
    soon(lambda: inspect(io.BytesIO(data), UPLOAD))


@FEW
@given(workbooks())
def test_the_reader_answers_on_every_workbook(tmp_path: Path, data: bytes) -> None:
    soon(lambda: read(data, tmp_path / "table.xlsx"))


@MANY
@given(cuts=CUTS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_the_reader_answers_on_every_text(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, bytes, int]], encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    soon(lambda: read(damaged(TABLE.encode(encoding), cuts), path))


NEAR = st.one_of(
    st.text(max_size=40),
    st.text("0123456789Xx１２３ -+.:/TZEe*年月日", max_size=40),
    st.tuples(st.sampled_from(ROW), CUTS).map(
        lambda pair: damaged(pair[0].encode(), pair[1]).decode(errors="replace")
    ),
)
CELLS: list[Callable[[Any], object]] = [
    lambda raw: cells.text(raw, 60),
    lambda raw: cells.identifier(raw, 40),
    lambda raw: cells.number(raw, 20),
    lambda raw: cells.whole(raw, 20),
    lambda raw: cells.day(raw, clock.zone()),
    lambda raw: cells.instant(raw, clock.zone()),
    normalise_phone,
    normalise_credit_code,
    *[lambda raw, kind=kind: normalise_document(kind, raw, today=TODAY) for kind in DocumentType],
]


@pytest.mark.parametrize("parse", CELLS)
@MANY
@given(raw=NEAR)
def test_every_parser_of_a_cell_answers(parse: Callable[[Any], object], raw: str) -> None:
    soon(lambda: parse(raw))
