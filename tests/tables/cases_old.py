"""The .xls of Excel 97 to 2003, what is older, and what is packed."""

import gzip
import io
import zipfile
from collections.abc import Mapping
from functools import partial

from outpost.health.models import TestRecord
from outpost.health.tests.records import document
from outpost.sentinel.models import StaffMember
from tests.tables.cases import Case, Row, Step, a_dose, a_member, a_test, csv_of
from tests.tables.files import excel_95, old_workbook


def results() -> list[str]:
    return list(TestRecord.objects.order_by("record_id").values_list("result", flat=True))


def staff() -> int:
    return StaffMember.objects.current().count()


def old(kind: str, *rows: Row, last: int = 0) -> partial[bytes]:
    """The rows as .xls, from the second on; the last of them in a row of its own."""
    numbered: Mapping[int, Row] = dict(enumerate(rows, 2)) if not last else {2: rows[0], last: rows[1]}
    return partial(old_workbook, kind, numbered)


def packed(language: str) -> bytes:
    """A table in an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("核酸.csv", csv_of("tests", [a_test()], language))
    return stream.getvalue()


_TWO = (a_test(), a_test(record_id="2", document_number=document(2)))

CASES = (
    Case(
        "errors in an old workbook, required or not",
        [
            Step(
                "tests",
                [],
                (1, 0, 0, 3),
                tells=["sheets.formula_error"],
                content=old(
                    "tests",
                    a_test(result="#N/A"),
                    a_test(record_id="2", document_number="#REF!"),
                    a_test(record_id="#NAME?"),
                    a_test(record_id="4", document_number=document(4)),
                ),
            ),
            Step(
                "staff",
                [],
                (0, 0, 0, 1),
                tells=["sheets.formula_error"],
                content=old("staff", a_member(job_type="#DIV/0!")),
            ),
            Step(
                "vaccinations",
                [],
                (0, 0, 0, 1),
                tells=["sheets.formula_error"],
                content=old("vaccinations", a_dose(site="#VALUE!")),
            ),
        ],
        lambda: (results(), staff()),
        (["negative"], 0),
    ),
    Case(
        "Excel 95",
        [
            Step(
                "staff",
                [],
                refused="sheets.old_excel",
                content=lambda language: excel_95(old("staff", a_member())(language)),
            )
        ],
        staff,
        0,
    ),
    Case(
        "an old workbook that ends at its last row",
        [
            Step(
                "tests",
                [],
                (2, 0, 0, 0),
                warns={"sheets.may_be_cut": 1},
                content=old("tests", *_TWO, last=65_536),
                lines=65_536,
            ),
            Step("tests", [], (0, 0, 2, 0), content=old("tests", *_TWO, last=65_535), lines=65_535),
        ],
        results,
        ["negative"] * 2,
    ),
    Case(
        "packed tables",
        [
            Step("tests", [], refused="sheets.not_a_workbook", content=packed),
            Step(
                "tests",
                [],
                refused="sheets.not_a_workbook",
                content=lambda language: gzip.compress(csv_of("tests", [a_test()], language), mtime=0),
            ),
        ],
        results,
        [],
    ),
)
