"""The tables of tests and vaccinations: their columns, and the check of one record.

Files and calls share both: a line of a call is a row whose cells have names. A parser keeps what it read from cells
that repeat from row to row (days, results, laboratories), so that a row costs a few microseconds.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from outpost.core.clock import local_day, zone
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import cells
from outpost.core.sheets import errors as sheet_errors
from outpost.core.sheets.columns import CellError, Choice, Column, ColumnKind, Sheet
from outpost.exchange.kinds import Difference, ImportKind, Setting
from outpost.health import errors, latest, queries, rules, services
from outpost.people import rules as people
from outpost.people.rules import DocumentType

EARLIEST_YEAR = 2000  # no record of these kinds is older; a spreadsheet's "1900-01-01" is a mistake
CLOCKS_DIFFER = timedelta(hours=1)  # a laboratory's clock may be fast
LONGEST_NUMBER = 64

_SOURCE = re.compile(r"[\w .-]{1,64}")


# --- columns ----------------------------------------------------------------------------------------------------


def _source(text: str) -> str:
    """A slash is kept out: `source/record_id` names a record in the history."""
    if not _SOURCE.fullmatch(text):
        raise Refusal(errors.SOURCE_FORM)
    return text


_WHO = (
    Column(
        "source", "来源", required=True, synonyms=("数据来源",), example="lims", max_length=64, check=_source
    ),
    Column(
        "record_id",
        "记录编号",
        required=True,
        synonyms=("记录号", "流水号", "记录ID"),
        example="20220601-000001",
        max_length=128,
    ),
    Column(
        "document_type",
        "证件类型",
        synonyms=("证件种类",),
        example="居民身份证",
        check=people.parse_document_type,
    ),
    Column(
        "document_number",
        "证件号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("身份证号码", "身份证号", "证件号", "ID number"),
        example="110101190001011009",
        max_length=LONGEST_NUMBER,
    ),
    Column("name", "姓名", example="张三", check=people.normalise_name),
)
_STATUS = Column(
    "status",
    "状态",
    kind=ColumnKind.CHOICE,
    synonyms=("记录状态",),
    choices=(
        Choice("active", "有效", "active", ("正常",)),
        Choice("withdrawn", "作废", "withdrawn", ("撤销", "已作废", "已撤销")),
    ),
)
_RESULT = Column(
    "result",
    "检测结果",
    kind=ColumnKind.CHOICE,
    synonyms=("结果", "核酸结果", "核酸检测结果"),
    choices=tuple(
        Choice(result.value, zh, result.value, (synonym,))
        for result, zh, synonym in (
            (rules.TestResult.NEGATIVE, "阴性", "阴"),
            (rules.TestResult.POSITIVE, "阳性", "阳"),
            (rules.TestResult.INCONCLUSIVE, "可疑", "疑似"),
            (rules.TestResult.PENDING, "待出", "检测中"),
        )
    ),
    example="阴性",
)
_ORDINALS = "一二三四五六七八九"
_DOSE = Column(
    "dose",
    "针次",
    required=True,
    kind=ColumnKind.CHOICE,
    synonyms=("剂次", "接种剂次", "接种针次"),
    choices=tuple(
        Choice(f"{n}", f"第{n}针", f"dose {n}", (f"第{zh}针", f"第{zh}剂", f"第{n}剂", f"{n}针", f"{n}剂"))
        for n, zh in enumerate(_ORDINALS, 1)
    ),
    example="第1针",
)

TESTS = Sheet(
    "health.tests",
    "核酸记录",
    (
        *_WHO,
        Column(
            "sampled_at",
            "采样时间",
            required=True,
            kind=ColumnKind.DATETIME,
            synonyms=("采集时间",),
            example="2022-06-01 08:30",
        ),
        Column(
            "result_at",
            "结果时间",
            kind=ColumnKind.DATETIME,
            synonyms=("出结果时间", "报告时间"),
            example="2022-06-01 20:15",
        ),
        _RESULT,
        Column("laboratory", "检测机构", synonyms=("检测单位", "实验室"), example="南沙医院检验科"),
        Column("sampling_point", "采样点", synonyms=("采样地点",), example="南沙体育馆"),
        Column(
            "tube", "试管条码", kind=ColumnKind.IDENTIFIER, synonyms=("试管编号", "试管码"), max_length=64
        ),
        _STATUS,
    ),
)
VACCINATIONS = Sheet(
    "health.vaccinations",
    "疫苗接种记录",
    (
        *_WHO,
        Column(
            "product",
            "疫苗名称",
            required=True,
            synonyms=("疫苗", "疫苗品种"),
            example="新冠病毒灭活疫苗(Vero细胞)",
        ),
        _DOSE,
        Column(
            "given_on",
            "接种日期",
            required=True,
            kind=ColumnKind.DATE,
            synonyms=("接种时间",),
            example="2022-06-01",
        ),
        Column("site", "接种单位", synonyms=("接种点", "接种地点"), example="南沙街社区卫生服务中心"),
        _STATUS,
    ),
)


# --- one record -------------------------------------------------------------------------------------------------

Reader = Callable[[Any], Any]

_REMEMBERED = 1 << 17
_SELDOM_TWICE = frozenset({"record_id", "document_number"})


class _Memo(dict[Any, Any]):
    """What the cells of one column say, by their text: most columns repeat a few texts from row to row."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, raw: Any) -> Any:
        value = self._read(raw)
        if type(raw) is str or raw is None:  # 1, 1.0 and True are one key, but not one text
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = value
        return value


class RecordParser(ABC):
    """The check of one row: its cells in the order of the sheet in, the staged values or all its errors out.

    Made for one file or call that came in at the instant `at`. One thread at a time.
    """

    sheet: ClassVar[Sheet]
    blanks: ClassVar[Mapping[str, Any]] = {"document_type": DocumentType.RESIDENT_ID, "status": False}

    def __init__(self, *, at: datetime) -> None:
        self._today = local_day(at)
        self._latest = _iso(at + CLOCKS_DIFFER)
        self._pseudonym = ring().pseudonym_text
        self._columns = {column.name: column for column in self.sheet.columns}
        self._readers = [self._reader(column) for column in self.sheet.columns]
        self._wrong: list[CellError] = []

    def __call__(self, row: Sequence[Any]) -> tuple[Any, ...] | list[CellError]:
        if self._wrong:
            self._wrong = []
        try:
            values = [read(raw) for read, raw in zip(self._readers, row, strict=True)]
        except Refusal:
            values = list(map(self._read, self.sheet.columns, self._readers, row))
        staged = self._record(values)
        return self._wrong or staged

    @abstractmethod
    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The staged values of a row; complains about what its cells say together. Wrong cells are None."""

    @abstractmethod
    def _finishers(self) -> dict[str, Reader]:
        """By column: what becomes of a value that its column has accepted; raises Refusal."""

    def _reader(self, column: Column) -> Reader:
        """From a raw cell to its staged value; raises Refusal."""
        # A number is read together with the type of its document.
        parse = _trimmed if column.name == "document_number" else column.parser(zone())
        blank = self.blanks.get(column.name, "")
        finish = self._finishers().get(column.name)

        def read(raw: Any) -> Any:
            value = "" if raw is None or raw == "" else parse(raw)
            if value == "":
                if column.required:
                    raise Refusal(sheet_errors.REQUIRED)
                return blank
            if column.check is not None:
                value = column.check(value)
            return value if finish is None else finish(value)

        return read if column.name in _SELDOM_TWICE else _Memo(read).__getitem__

    def _read(self, column: Column, read: Reader, raw: Any) -> Any:
        try:
            return read(raw)
        except Refusal as refusal:
            self._wrong.append(CellError.of(column, refusal))
            return None

    def _complain(self, name: str, problem: Problem) -> None:
        self._wrong.append(CellError(self._columns[name], problem))

    def _person(self, doc_type: DocumentType | None, raw: Any) -> str | None:
        """The pseudonym of the row's person. The first lines are the way of nearly all rows."""
        if (
            doc_type is DocumentType.RESIDENT_ID
            and type(raw) is str
            and people.is_resident_id(raw, self._today)
        ):
            return self._pseudonym("resident_id", raw)
        if doc_type is None or raw is None:
            return None
        try:
            number = cells.identifier(raw, LONGEST_NUMBER)
            document = people.normalise_document(doc_type, number, today=self._today)
        except Refusal as refusal:
            self._wrong.append(CellError.of(self._columns["document_number"], refusal))
            return None
        return self._pseudonym(document.doc_type, document.number)

    def _instant(self, ahead: Problem) -> Reader:
        """An instant as ISO text in UTC, which sorts like the time and is copied as it is."""

        def finish(instant: datetime) -> str:
            written = _iso(instant)
            if written > self._latest:
                raise Refusal(ahead)
            _not_too_long_ago(instant)
            return written

        return finish


class TestParser(RecordParser):
    """Checks one test record; staged as `services.TEST_STAGING`."""

    __test__ = False
    sheet = TESTS
    blanks = {**RecordParser.blanks, "result_at": None, "result": rules.TestResult.PENDING.value}

    def _finishers(self) -> dict[str, Reader]:
        return {
            "status": _is_withdrawn,
            "sampled_at": self._instant(errors.SAMPLED_AHEAD),
            "result_at": self._instant(errors.RESULT_AHEAD),
        }

    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        source, record_id, doc_type, number, _name, sampled_at, result_at, *rest = values
        if result_at is not None and sampled_at is not None and result_at < sampled_at:
            self._complain("result_at", errors.RESULT_BEFORE_SAMPLE)
        return (source, record_id, self._person(doc_type, number), sampled_at, result_at, *rest)


class VaccinationParser(RecordParser):
    """Checks one vaccination record against the list of vaccines; staged as `services.VACCINATION_STAGING`."""

    sheet = VACCINATIONS

    def __init__(self, *, at: datetime) -> None:
        self._products = queries.products()
        super().__init__(at=at)

    def _finishers(self) -> dict[str, Reader]:
        return {"status": _is_withdrawn, "product": self._product, "given_on": self._day}

    def _record(self, values: Sequence[Any]) -> tuple[Any, ...]:
        source, record_id, doc_type, number, _name, *rest = values
        return (source, record_id, self._person(doc_type, number), *rest)

    def _product(self, name: str) -> str:
        """The code of a vaccine by any of its names."""
        found = rules.find_product(name, self._products)
        if found is None:
            known = "、".join(product.name for product in self._products)
            raise Refusal(errors.PRODUCT_UNKNOWN, value=name, products=known)
        return found.code

    def _day(self, given_on: date) -> date:
        if given_on > self._today:
            raise Refusal(errors.GIVEN_AHEAD)
        _not_too_long_ago(given_on)
        return given_on


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ", "seconds")


def _not_too_long_ago(day: date) -> None:
    if day.year < EARLIEST_YEAR:
        raise Refusal(errors.TOO_LONG_AGO, year=EARLIEST_YEAR)


def _is_withdrawn(status: str) -> bool:
    return status == "withdrawn"


def _trimmed(raw: Any) -> Any:
    return raw.strip() if isinstance(raw, str) else raw


# --- kinds of import --------------------------------------------------------------------------------------------


class TestImport(ImportKind):
    """`health.tests`: a file of test records."""

    __test__ = False
    name = "health.tests"
    action = services.RECORD
    label = gettext_lazy("Test records")
    staging = services.TEST_STAGING
    target = services.TESTS

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return TESTS

    def parser(self, setting: Setting) -> TestParser:
        return TestParser(at=setting.at)

    def before_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002 - the rows say it all
        latest.before_merge(staging)

    def after_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002 - the rows say it all
        latest.after_merge(staging)

    def after_undo(self, setting: Setting) -> None:
        latest.after_undo(str(setting.import_id))

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return _differences(TESTS, before, after)


class VaccinationImport(ImportKind):
    """`health.vaccinations`: a file of vaccination records."""

    name = "health.vaccinations"
    action = services.RECORD
    label = gettext_lazy("Vaccination records")
    staging = services.VACCINATION_STAGING
    target = services.VACCINATIONS

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return VACCINATIONS

    def parser(self, setting: Setting) -> VaccinationParser:
        return VaccinationParser(at=setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return _differences(VACCINATIONS, before, after)


_STORED_AS = {"document_number": "person_id", "product": "product_id", "status": "is_withdrawn"}
_NOT_STORED = frozenset({"document_type", "name"})


def _differences(sheet: Sheet, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The changed fields of a record. Another person is only said to be another: no number is kept to show."""
    language = get_language()
    changes: list[Difference] = []
    for column in sheet.columns:
        stored = _STORED_AS.get(column.name, column.name)
        if column.name in _NOT_STORED or before[stored] == after[stored]:
            continue
        was, becomes = _shown(column, before[stored], language), _shown(column, after[stored], language)
        if column.name == "document_number":
            was, becomes = _("one person"), _("another person")
        if was != becomes:
            changes.append(Difference(column.header(language), was, becomes))
    return changes


def _shown(column: Column, value: Any, language: str | None) -> str:
    if isinstance(value, bool):
        value = "withdrawn" if value else "active"
    if value is None or value == "":
        return "—"
    if column.choices:
        return next(choice.label(language) for choice in column.choices if choice.code == str(value))
    if column.kind is ColumnKind.DATETIME:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return instant.astimezone(zone()).strftime("%Y-%m-%d %H:%M")
    return str(value)
