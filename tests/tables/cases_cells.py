"""Cells: keys that a spreadsheet damaged, blanks that are blank, days that are days."""

from datetime import date, time
from functools import partial
from typing import Any

from outpost.health.models import TestRecord
from outpost.health.tests.records import document
from outpost.sentinel.models import StaffMember
from tests.tables.cases import Case, Step, a_member, a_test
from tests.tables.files import workbook

DAMAGED = ("2.02611E+17", "2.0E5", "202206.0", "2022/6/1", "2022-06-01 00:00:00", "1-Jun", "6月1日")
TYPED = (2.026112700000123e17, 20220601.5, 10**16)


def keys() -> list[str]:
    return list(TestRecord.objects.order_by("record_id").values_list("record_id", flat=True))


def staff() -> int:
    return StaffMember.objects.current().count()


def typed(rows: Any, kind: str = "tests") -> Any:
    """The rows as a workbook, whose cells keep their types."""
    return partial(workbook, kind, rows)


_TYPED = [a_test(record_id=key, document_number=document(n)) for n, key in enumerate(TYPED)]
_DATED = [a_test(record_id=date(2022, 6, 1)), a_test(record_id=True)]
_TEXTS = [
    a_member(address=date(2026, 11, 30)),
    a_member(job_type=date(2026, 12, 1)),
    a_member(job_type=True),
    a_member(name=time(8, 30)),
]

CASES = (
    Case(
        "ids that a spreadsheet damaged",
        [
            Step(
                "tests",
                [a_test(record_id=key, document_number=document(n)) for n, key in enumerate(DAMAGED)],
                (0, 0, 0, len(DAMAGED)),
                tells=["sheets.digits_lost"],
            )
        ],
        keys,
        [],
    ),
    Case(
        "ids that are numbers",
        [Step("tests", [], (0, 0, 0, 3), tells=["sheets.digits_lost"], content=typed(_TYPED))],
        keys,
        [],
    ),
    Case(
        "ids that are dates or truth values",
        [
            Step(
                "tests",
                [],
                (0, 0, 0, 2),
                tells=["sheets.date_instead", "sheets.truth_instead"],
                content=typed(_DATED),
            )
        ],
        keys,
        [],
    ),
    Case(
        "width and outer spaces of ids",
        [
            Step("tests", [a_test(record_id="22 a")], (1, 0, 0, 0)),
            Step("tests", [a_test(record_id="　２２ a ")], (0, 0, 1, 0)),
        ],
        keys,
        ["22 a"],
    ),
    Case(
        "blank is blank in every column",
        [
            Step(
                "tests",
                [a_test(status=" ", laboratory="\u3000", tube="\u00a0", document_type="\u200b ")],
                (1, 0, 0, 0),
            ),
            Step("tests", [a_test(record_id="\u3000", status="")], (0, 0, 0, 1), tells=["sheets.required"]),
        ],
        lambda: list(TestRecord.objects.values_list("laboratory", "tube")),
        [("", "")],
    ),
    Case(
        "dates, times and truth values are no text",
        [
            Step(
                "staff",
                [],
                (0, 0, 0, 4),
                tells=["sheets.date_instead", "sheets.time_instead", "sheets.truth_instead"],
                content=typed(_TEXTS, "staff"),
            )
        ],
        staff,
        0,
    ),
)
