"""Rows of the four kinds of files, good ones and a way to spoil them, and the workbooks that nobody should send."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from outpost.core.sheets.tests.archives import BOOK, BOOK_RELS, RELS, TYPES, Part, bomb, save
from outpost.people.rules import check_character

Row = Mapping[str, Any]

HEADERS: Mapping[str, tuple[str, ...]] = {
    "organizations": ("主体名称", "统一社会信用代码", "所属镇街", "负责人姓名", "负责人电话", "主体地址"),
    "staff": ("主体名称", "姓名", "人员类别", "手机号码", "证件类型", "身份证号码", "居住地址", "入职日期"),
    "tests": ("来源", "记录编号", "证件类型", "证件号码", "姓名", "采样时间", "检测结果", "试管条码"),
    "vaccinations": ("来源", "记录编号", "证件号码", "姓名", "疫苗名称", "针次", "接种日期"),
}
KINDS = tuple(HEADERS)
TABLES: Mapping[str, str] = {
    "organizations": "sentinel_enrolment",
    "staff": "sentinel_staffmember",
    "tests": "health_testrecord",
    "vaccinations": "health_vaccination",
}
VACCINE = "新冠病毒灭活疫苗(Vero细胞)"


def number_of(person: int) -> str:
    """A valid resident ID number of nobody."""
    born = date(1930, 1, 1) + timedelta(days=person // 1000 % 30_000)
    first = f"110101{born:%Y%m%d}{person % 1000:03}"
    return first + check_character(first)


def a_row(kind: str, n: int, **changes: Any) -> Row:
    """A good row, the n-th of its kind, with some cells changed (by their headers)."""
    good: dict[str, Any] = {
        "organizations": {
            "主体名称": f"矩阵冷库{n}",
            "所属镇街": "南沙街道",
            "负责人姓名": "甄负责",
            "负责人电话": f"137{n:08}",
            "主体地址": "港前大道9号",
        },
        "staff": {
            "主体名称": "近岸冷链有限公司",
            "姓名": "甄测试",
            "人员类别": "搬运工",
            "手机号码": f"139{n:08}",
            "身份证号码": number_of(n),
            "居住地址": "金沙路8号",
            "入职日期": "2022-05-01",
        },
        "tests": {
            "来源": "matrix",
            "记录编号": f"t{n}",
            "证件号码": number_of(n),
            "姓名": "甄测试",
            "采样时间": "2022-06-01 08:30",
            "检测结果": "阴性",
        },
        "vaccinations": {
            "来源": "matrix",
            "记录编号": f"v{n}",
            "证件号码": number_of(n),
            "姓名": "甄测试",
            "疫苗名称": VACCINE,
            "针次": "第1针",
            "接种日期": "2021-06-01",
        },
    }[kind]
    return {**dict.fromkeys(HEADERS[kind], ""), **good, **changes}


BODIES = (
    a_row("organizations", 1, 主体名称="近岸冷链有限公司"),
    a_row("organizations", 2, 主体名称="远岸冷链有限公司", 所属镇街="黄阁镇"),
)


def write_csv(path: Path, kind: str, rows: Iterable[Row], *, encoding: str = "utf-8") -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, HEADERS[kind])
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, kind: str, rows: Iterable[Row]) -> Path:
    """A workbook of these rows with its cells in their own types; a tuple is a formula and its last value."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADERS[kind])
        for place, row in enumerate(rows, 1):
            for column, header in enumerate(HEADERS[kind]):
                cell = row[header]
                if isinstance(cell, tuple):
                    sheet.write_formula(place, column, cell[0], None, cell[1])
                else:
                    sheet.write(place, column, cell)
    return path


def write_sheet(path: Path, kind: str, sheet: Sequence[Part]) -> Path:
    """A workbook by hand around one sheet."""
    frame = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELS,
    }
    return save(path, [*(Part(name, text.encode()) for name, text in frame.items()), *sheet])


def header_xml(kind: str) -> str:
    cells = (
        f'<c r="{chr(65 + place)}1" t="inlineStr"><is><t>{header}</t></is></c>'
        for place, header in enumerate(HEADERS[kind])
    )
    return f'<row r="1">{"".join(cells)}</row>'


def a_zip_bomb(path: Path, kind: str) -> Path:
    """A sheet of 300 MiB in a file of about 300 kB."""
    head = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{header_xml(kind)}'
    packed = bomb(head.encode(), b"<row></row>     ", 300, b"</sheetData></worksheet>")
    part = Part("xl/worksheets/sheet1.xml", packed=packed, declared=300 << 20)
    return write_sheet(path, kind, [part])


def a_cell_at(path: Path, kind: str, place: str, row: int) -> Path:
    """A table whose last cell lies far away."""
    far = f'<row r="{row}"><c r="{place}{row}" t="inlineStr"><is><t>x</t></is></c></row>'
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{header_xml(kind)}{far}</sheetData></worksheet>"
    )
    return write_sheet(path, kind, [Part("xl/worksheets/sheet1.xml", xml.encode())])
