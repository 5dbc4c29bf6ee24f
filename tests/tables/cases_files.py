"""Files: rows that would be lost, cells without a value, ordinary workbooks, stray quotes."""

from datetime import date
from functools import partial
from typing import Any

from outpost.health.models import TestRecord
from outpost.health.tests.records import document
from outpost.sentinel.models import StaffMember
from tests.tables.cases import Case, Step, a_member, a_test, csv_of, headers
from tests.tables.files import changed, saved, with_parts, workbook

SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "customXml/item1.xml": "<?xml version='1.0' encoding='utf-16'?><x/>".encode("utf-16"),
    "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 macros",
    "xl/embeddings/a.xlsx": b"PK\x03\x04 a workbook",
    "xl/media/a.svg": b"<!DOCTYPE svg><svg/>",
}


def results() -> list[str]:
    return list(TestRecord.objects.order_by("record_id").values_list("result", flat=True))


def names() -> list[str]:
    return sorted(StaffMember.objects.current().values_list("job_type", flat=True))


def above(language: str) -> bytes:
    """Data above the heading."""
    data = [list(a_member(document_number=document(n)).values()) for n in (2, 3)]
    return workbook("staff", [a_member()], language, above=data)


def titled(language: str) -> bytes:
    """A title above the heading."""
    return workbook("staff", [a_member()], language, above=[["员工名单"], ["2022年6月", "冷链"]])


def unkept(language: str, column: str = "F") -> bytes:
    """A formula that was saved without its value."""
    content = workbook("tests", [a_test(laboratory="X")], language)
    place = f"{column}2".encode()
    old = b'<c r="' + place + b'" t="inlineStr"><is><t>X</t></is></c>'
    return changed(content, SHEET, old, b'<c r="' + place + b'"><f>IF(1,"a","b")</f></c>')


def merged(area: str, language: str) -> bytes:
    """Three rows with merged cells."""
    rows = [
        list(a_test(record_id=str(n), document_number=document(n), result="").values()) for n in (1, 2, 3)
    ]
    rows[0][4] = "positive"
    return saved([headers("tests", list(a_test()), language), *rows], merged=[area])


def wrapped(language: str) -> bytes:
    """Cells that a program wrapped so that none guesses."""
    return csv_of("staff", [a_member(job_type='="司机"', document_number=f'="{document(1)}"')], language)


def shifted(language: str) -> bytes:
    """A row with one cell too many, which is blank."""
    return csv_of("staff", [a_member()], language).rstrip() + b",\r\n"


def wide(language: str) -> bytes:
    """A file of which every line ends in blank cells."""
    return b"\r\n".join(line + b",," for line in csv_of("staff", [a_member()], language).splitlines())


def swallowed(language: str) -> bytes:
    """A quote that was not closed where it should be."""
    rows = [
        a_test(laboratory="海滨医院"),
        a_test(record_id="2", document_number=document(2), laboratory="海滨医院"),
    ]
    text = csv_of("tests", rows, language).decode()
    first, second = text.rstrip().splitlines()[1:]
    opened = first.replace("海滨医院", '"海滨医院')
    return "\n".join((text.splitlines()[0], opened, second + '"', "")).encode()


def broken(what: bytes, language: str) -> bytes:
    """A byte that is no text, in the third line."""
    rows = [a_test(record_id=key, laboratory="南沙医院检验科") for key in "123"]
    lines = csv_of(
        "tests", [{**row, "laboratory": row.get("laboratory", "南沙医院检验科")} for row in rows], language
    ).splitlines()
    lines[2] = lines[2][:-2] + what
    return b"\n".join(lines)


def numbered(language: str) -> bytes:
    """Rows of spaces, and rows of nothing but a running number."""
    header, row = csv_of("staff", [a_member()], language).decode().splitlines()
    return "\n".join((f"序号,{header}", f"1,{row}", "2,,,,,,,", " ,\u3000, ,,,,,")).encode()


def twice(language: str) -> bytes:
    """Two columns of one meaning."""
    header, row = csv_of("tests", [a_test()], language).decode().splitlines()
    return "\n".join((f"{header},采集时间", f"{row},2022-06-01")).encode()


def refused(kind: str, content: Any, code: str) -> Step:
    return Step(kind, [], refused=code, content=content)


CASES = (
    Case("data above the heading", [refused("staff", above, "sheets.data_above")], names, []),
    Case("a title above the heading", [Step("staff", [], (1, 0, 0, 0), content=titled)], names, ["司机"]),
    Case(
        "a formula saved without its value",
        [Step("tests", [], (0, 0, 0, 1), tells=["sheets.formula_unkept"], content=unkept)],
        results,
        [],
    ),
    Case(
        "cells merged down one column",
        [Step("tests", [], (3, 0, 0, 0), content=partial(merged, "E2:E4"))],
        results,
        ["positive"] * 3,
    ),
    Case(
        "cells merged otherwise",
        [Step("tests", [], (1, 0, 0, 2), tells=["sheets.merged_cells"], content=partial(merged, "D2:E3"))],
        results,
        ["pending"],
    ),
    Case("wrapped cells", [Step("staff", [], (1, 0, 0, 0), content=wrapped)], names, ["司机"]),
    Case(
        "a shifted row",
        [
            Step("staff", [], (0, 0, 0, 1), tells=["sheets.row_too_long"], content=shifted),
            Step("staff", [], (1, 0, 0, 0), content=wide),
        ],
        names,
        ["司机"],
    ),
    Case(
        "a stray quote",
        [Step("tests", [], (0, 0, 0, 1), tells=["sheets.rows_swallowed"], content=swallowed, lines=3)],
        results,
        [],
    ),
    Case(
        "an ordinary workbook with other things in it",
        [
            Step(
                "tests",
                [],
                (1, 0, 0, 0),
                content=lambda language: with_parts(workbook("tests", [a_test()], language), PARTS),
            )
        ],
        results,
        ["negative"],
    ),
    Case(
        "a broken byte names its line",
        [
            refused("tests", partial(broken, b"\0\n"), "sheets.broken_byte"),
            refused("tests", partial(broken, b"\xff"), "sheets.broken_byte"),
        ],
        results,
        [],
    ),
    Case("rows of nothing", [Step("staff", [], (1, 0, 0, 0), content=numbered)], names, ["司机"]),
    Case(
        "a heading alone",
        [
            Step(
                "tests",
                [],
                (0, 0, 0, 0),
                warns={"sheets.no_rows": 1},
                content=lambda language: csv_of("tests", [a_test()], language).splitlines()[0],
            )
        ],
        results,
        [],
    ),
    Case("two columns of one meaning", [refused("tests", twice, "sheets.duplicate_columns")], results, []),
    Case(
        "what the workbook gives back is what was read",
        [
            Step(
                "tests",
                [],
                (1, 0, 0, 0),
                content=lambda language: workbook("tests", [a_test(sampled_at=date(2022, 6, 1))], language),
            )
        ],
        results,
        ["negative"],
    ),
)
