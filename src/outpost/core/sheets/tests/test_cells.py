"""From a raw cell to a value, and every reason why not."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import cells, errors
from outpost.core.whole_days import is_whole_day

pytestmark = pytest.mark.rules

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2022, 6, 1, 0, 30, tzinfo=UTC)
FIRST, LAST = datetime(1992, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone
KNOWN = {"阴性": "negative", "negative": "negative", "阳性": "positive"}


def problem_of(read: Callable[[], object]) -> Problem:
    with pytest.raises(Refusal) as refused:
        read()
    assert refused.value.message
    return refused.value.problem


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" 张三 ", "张三"),
        ("\u3000张三\u00a0", "张三"),
        ("张\u200b三\ufeff", "张三"),
        ("黄阁镇\r\n一号", "黄阁镇 一号"),
        ("e\u0301", "é"),
        ("ＡＢ１", "ＡＢ１"),
        (12.0, "12"),
        (1.5, "1.5"),
        ("㑇𬱖犇", "㑇𬱖犇"),
        ("\u200b", ""),
    ],
)
def test_text(raw: cells.Raw, expected: str) -> None:
    assert cells.text(raw, 20) == expected


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (True, errors.TRUTH_INSTEAD),
        (date(2022, 6, 1), errors.DATE_INSTEAD),
        (datetime(2022, 6, 1, 8, 30), errors.DATE_INSTEAD),  # noqa: DTZ001 - cells have no zone
        (timedelta(hours=8, minutes=30), errors.TIME_INSTEAD),
    ],
)
def test_what_excel_made_of_a_text_is_no_text(raw: cells.Raw, problem: Problem) -> None:
    for read in (cells.text, cells.identifier, cells.key):
        assert problem_of(partial(read, raw, 20)) is problem


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "\x7f1", "a\x85b", "a\x0bb"])
def test_control_characters_are_refused(bad: str) -> None:
    assert problem_of(lambda: cells.text(bad, 20)) is errors.CONTROL_CHARACTER


def test_long_text_and_failed_formulas_are_refused() -> None:
    assert problem_of(lambda: cells.text("x" * 21, 20)) is errors.TOO_LONG
    assert problem_of(lambda: cells.text("#REF!", 20)) is errors.FORMULA_ERROR
    assert cells.text("#3 building", 20) == "#3 building"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("44010619900101777X", "44010619900101777X"),
        ("４４０１０６１９９００１０１７７７Ｘ", "44010619900101777X"),
        (" 4401 0619 9001 0177 7x ", "44010619900101777x"),
        ("138-0000-0000", "138-0000-0000"),
        (13800000000.0, "13800000000"),
        (13800000000, "13800000000"),
        (999_999_999_999_999.0, "999999999999999"),
        ("'440106199001017779", "440106199001017779"),
    ],
)
def test_identifier(raw: cells.Raw, expected: str) -> None:
    assert cells.identifier(raw, 40) == expected


@pytest.mark.promise("F5")
@pytest.mark.parametrize(
    "raw",
    [
        4.40106199001018e17,
        440106199001017777,
        "4.40106E+17",
        "4.40106199001018e+17",
        1e15,
        12.5,
        -3.0,
        "13800000000.0",
    ],
)
def test_damaged_identifier_is_refused(raw: cells.Raw) -> None:
    assert problem_of(lambda: cells.identifier(raw, 40)) is errors.DIGITS_LOST


def test_identifier_that_became_a_date_is_refused() -> None:
    assert problem_of(lambda: cells.identifier(date(2022, 6, 1), 40)) is errors.DATE_INSTEAD


@pytest.mark.parametrize("name", ["阴性", " negative", "NEGATIVE", "阴 性"])
def test_choice(name: str) -> None:
    assert cells.choice(name, KNOWN, "阴性、阳性") == "negative"


def test_unknown_choice_names_the_known_ones() -> None:
    with pytest.raises(Refusal) as refused:
        cells.choice("未知", KNOWN, "阴性、阳性")
    assert refused.value.problem is errors.UNKNOWN_CHOICE
    assert "未知" in refused.value.message
    assert "阴性、阳性" in refused.value.message


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12", Decimal(12)),
        ("１２.50", Decimal("12.50")),
        ("1,234,567.8", Decimal("1234567.8")),
        (0.1, Decimal("0.1")),
        (-3, Decimal(-3)),
    ],
)
def test_number(raw: cells.Raw, expected: Decimal) -> None:
    assert cells.number(raw, 40) == expected


@pytest.mark.parametrize("raw", ["", "1,2", "1e5", "三", "--1", "1.", True, 1e30, "NaN", "inf"])
def test_not_a_number(raw: cells.Raw) -> None:
    assert problem_of(lambda: cells.number(raw, 40)) is errors.NOT_A_NUMBER


def test_whole() -> None:
    assert cells.whole(3.0, 40) == 3
    assert cells.whole("3", 40) == 3
    assert problem_of(lambda: cells.whole("3.5", 40)) is errors.NOT_WHOLE
    assert problem_of(lambda: cells.whole("第三", 40)) is errors.NOT_WHOLE


@pytest.mark.parametrize(
    "raw",
    [
        "2022-06-01 08:30",
        "2022/6/1 8:30",
        "2022.6.1 8:30:00",
        "2022-06-01T08:30:00+08:00",
        "2022-06-01T08:30:00.000+0800",
        "2022-06-01T00:30:00Z",
        "2022-05-31 20:30:00 -04:00",
        "20220601 08:30",
        "2022年6月1日 8时30分",
        "2022年6月1日8:30",
        "２０２２－０６－０１　０８：３０",
        datetime(2022, 6, 1, 8, 30, tzinfo=None),  # noqa: DTZ001 - cells have no zone
        datetime(2022, 6, 1, 8, 29, 59, 999_997, tzinfo=None),  # noqa: DTZ001
    ],
)
def test_instant(raw: cells.Raw) -> None:
    assert cells.instant(raw, ZONE) == MORNING


def test_day_alone_is_a_whole_day() -> None:
    last = datetime(2022, 6, 1, 15, 59, 59, 999_999, tzinfo=UTC)
    assert cells.instant("2022-06-01", ZONE) == cells.instant(date(2022, 6, 1), ZONE) == last
    assert is_whole_day(last)
    assert not is_whole_day(cells.instant("2022-06-01 23:59:59.999999", ZONE))


@pytest.mark.parametrize(
    "raw",
    [date.min, date.max, datetime.min, datetime.max, datetime(1899, 12, 31)],  # noqa: DTZ001, DTZ901 - cells have no zone
)
def test_a_time_that_nobody_lived_in_is_no_time(raw: cells.Raw) -> None:
    assert problem_of(lambda: cells.instant(raw, ZONE)) is errors.NOT_A_TIME


@pytest.mark.parametrize(
    "raw",
    ["8:30", "06/01/2022", "2022-13-01", "2022-02-30", "2022-06-01 25:00", "2022-6-108:30", "44713.35", 44713.0,
     "2022-06-01 08:30 PM", "1022-06-01", "2022-06-01 08:30+99:00", "昨天", True],
)  # fmt: skip
def test_not_a_time(raw: cells.Raw) -> None:
    assert problem_of(lambda: cells.instant(raw, ZONE)) is errors.NOT_A_TIME


@pytest.mark.parametrize(
    "raw",
    ["2022-06-01", "2022/6/1", "2022.6.1", "20220601", 20220601.0, "2022年6月1日", "2022-06-01 23:59",
     "2022-05-31T23:00:00Z", date(2022, 6, 1)],
)  # fmt: skip
def test_day(raw: cells.Raw) -> None:
    assert cells.day(raw, ZONE) == date(2022, 6, 1)


@pytest.mark.parametrize("raw", ["1/6/2022", "2022-6", "44713", 44713.0, "2022-06-31"])
def test_not_a_day(raw: cells.Raw) -> None:
    assert problem_of(lambda: cells.day(raw, ZONE)) is errors.NOT_A_DATE


@given(
    moment=st.datetimes(FIRST, LAST, timezones=st.just(ZONE)),
    style=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"]),
)
def test_every_local_time_is_read_as_written(moment: datetime, style: str) -> None:
    moment = moment.replace(microsecond=0, fold=0)
    read = cells.instant(moment.strftime(style), ZONE)
    assert read.utcoffset() == timedelta(0)
    assert read == moment


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes()))
def test_no_cell_breaks_a_parser(raw: Any) -> None:
    readers: list[Callable[[], object]] = [
        lambda: cells.text(raw, 50),
        lambda: cells.identifier(raw, 50),
        lambda: cells.choice(raw, KNOWN, ""),
        lambda: cells.number(raw, 50),
        lambda: cells.whole(raw, 50),
        lambda: cells.day(raw, ZONE),
        lambda: cells.instant(raw, ZONE),
    ]
    for read in readers:
        with suppress(Refusal):
            read()
