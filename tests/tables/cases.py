"""Tables that went wrong, and what is right: invented people, a step a file. `cases_*` hold one kind each."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outpost.core.sheets.columns import Sheet
from outpost.health.sheets import TESTS, VACCINATIONS
from outpost.health.tests.records import document
from outpost.sentinel.columns import Audience, table_of

SHEETS: Mapping[str, Sheet] = {
    "tests": TESTS,
    "vaccinations": VACCINATIONS,
    "staff": table_of(Audience.STAFF, ()),
    "organizations": table_of(Audience.ORGANIZATION, ()),
}
COMPANY = "近岸冷链有限公司"
Row = Mapping[str, Any]
Counts = tuple[int, int, int, int]


@dataclass(frozen=True)
class Step:
    """One table, and what every door must say of it: new, replaced, unchanged, rejected; `tells`: the codes of what
    is wrong; `warns`: of what else is told. `content`, by language, where the bytes matter; such a file has no call."""

    kind: str
    rows: Sequence[Row]
    counts: Counts = (0, 0, 0, 0)
    tells: Sequence[str] = ()
    warns: Mapping[str, int] = field(default_factory=dict)
    content: Callable[[str], bytes] | None = None
    refused: str = ""
    lines: int | None = None
    is_file: bool = False

    def bytes(self, language: str) -> bytes:
        """The file in a language; its columns are those of the first row."""
        return self.content(language) if self.content else csv_of(self.kind, self.rows, language)

    @property
    def has_call(self) -> bool:
        return self.kind in ("tests", "vaccinations") and self.content is None and not self.is_file


@dataclass(frozen=True)
class Case:
    """Steps one after the other, and what then stands on record."""

    name: str
    steps: Sequence[Step]
    stands: Callable[[], Any] = lambda: None
    right: Any = None


def headers(kind: str, names: Sequence[str], language: str) -> list[str]:
    """The headings of columns in a language."""
    by_name = {column.name: column.header(language) for column in SHEETS[kind].columns}
    return [by_name[name] for name in names]


def csv_of(kind: str, rows: Sequence[Row], language: str) -> bytes:
    """The rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headers(kind, list(rows[0]), language))
    writer.writerows(row.values() for row in rows)
    return text.getvalue().encode()


def a_test(**changes: Any) -> dict[str, Any]:
    """A test record with a result, as a source sends it."""
    row = {
        "source": "lab",
        "record_id": "1",
        "document_number": document(1),
        "sampled_at": "2022-06-01 08:30",
        "result": "negative",
    }
    return {**row, **changes}


def without(row: Row, *names: str) -> dict[str, Any]:
    """The row without some columns."""
    return {name: cell for name, cell in row.items() if name not in names}


def a_dose(**changes: Any) -> dict[str, Any]:
    """A vaccination."""
    row = {
        "source": "clinic",
        "record_id": "1",
        "document_number": document(1),
        "product": "新冠病毒灭活疫苗(Vero细胞)",
        "dose": "1",
        "given_on": "2022-01-05",
    }
    return {**row, **changes}


def a_member(**changes: Any) -> dict[str, Any]:
    """A member of the staff."""
    row = {
        "organization": COMPANY,
        "name": "林小满",
        "phone": "13900139000",
        "document_number": document(1),
        "address": "海滨路9号",
        "job_type": "司机",
        "joined_on": "2022-05-01",
    }
    return {**row, **changes}
