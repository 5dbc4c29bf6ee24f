"""Testing rules: who was to be tested how often, who was, and what shows it.

A rule is a pair (window days, least tests). It is judged at dawn of a local day D over the w calendar days
before it, D-w to D-1, in the zone of the deployment. Samples count by the time of sampling, whatever the
result; two samples on one day count as two unless the rule counts days.

Pure. The nightly match says the same in SQL over sets and is tested against this
module; `kth_latest_decides` states the shortcut that lets it read one small row a person.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from outpost.core.rights import Role, ScopeKind
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.core.whole_days import is_whole_day

CATEGORY = ScopeKind("category", "哨点类别", "Sentinel category", {Role.BUREAU})
LONGEST_WINDOW = 31
MOST_TESTS = 31
UNMATCHED_AFTER = timedelta(days=14)
OFF = "off"

_RULE_TEXT = re.compile(r"([0-9]{1,4})\s*/\s*([0-9]{1,4})")
_DIGITS = "零一二三四五六七八九"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class RuleError(ValueError):
    """A rule that cannot be; `code` is the message's code, `fields` its named fields."""

    def __init__(self, code: str, **fields: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Calendar days from `first` to `last`, both included."""

    first: date
    last: date

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the same span as UTC instants, half open: midnight of `first`, midnight after `last`.

        UTC, because two times of one zone compare by their wall clocks, which repeat when clocks go back.
        """
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class TestingRule:
    """At least `least_tests` tests (or, if `counts_days`, days with a test) in `window_days` days.

    Raises RuleError: `sentinel.rule_window` or `sentinel.rule_least` outside 1 to 31 (fields found, most),
    `sentinel.rule_days` when more days are asked for than the window has (fields least, window).
    """

    window_days: int
    least_tests: int
    counts_days: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.window_days <= LONGEST_WINDOW:
            raise RuleError("sentinel.rule_window", found=self.window_days, most=LONGEST_WINDOW)
        if not 1 <= self.least_tests <= MOST_TESTS:
            raise RuleError("sentinel.rule_least", found=self.least_tests, most=MOST_TESTS)
        if self.counts_days and self.least_tests > self.window_days:
            raise RuleError("sentinel.rule_days", least=self.least_tests, window=self.window_days)

    @classmethod
    def stored(cls, window_days: int | None, least_tests: int | None, counts_days: bool) -> Self | None:
        """Return the rule of three columns; None for the nulls of one that is off."""
        if window_days is None or least_tests is None:
            return None
        return cls(window_days, least_tests, counts_days)

    @classmethod
    def parse(cls, text: str, *, counts_days: bool = False) -> Self | None:
        """Read `window/least` ("3/2"), full-width forms too; `off` gives None, the absence of a rule.

        Raises RuleError: `sentinel.rule_format` (field found) for other text, else as the constructor.
        """
        plain = unicodedata.normalize("NFKC", text).strip().lower()
        if plain == OFF:
            return None
        match = _RULE_TEXT.fullmatch(plain)
        if match is None:
            raise RuleError("sentinel.rule_format", found=text)
        return cls(int(match[1]), int(match[2]), counts_days)

    def __str__(self) -> str:
        return f"{self.window_days}/{self.least_tests}"

    def name(self, language: str) -> str:
        """Return the name in the field's own terms: 三天两检, or "2 tests in 3 days"."""
        if language.startswith("zh"):
            name = f"{_chinese(self.window_days)}天{_chinese(self.least_tests)}检"
            return f"{name}（按天计）" if self.counts_days else name
        if self.counts_days:
            return f"tested on {self.least_tests} of {_count(self.window_days, 'day')}"
        tests = _count(self.least_tests, "test")
        return f"{tests} a day" if self.window_days == 1 else f"{tests} in {self.window_days} days"

    def found(self, samples: Sequence[datetime], zone: ZoneInfo) -> int:
        """Count `samples`, all of them inside the window, the way this rule counts."""
        if self.counts_days:
            return len({at.astimezone(zone).date() for at in samples})
        return len(samples)


PRESETS: tuple[TestingRule, ...] = tuple(
    TestingRule(window_days, least_tests)
    for window_days, least_tests in ((1, 1), (2, 1), (3, 1), (3, 2), (7, 1), (7, 2), (7, 3), (14, 1))
)


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """The rules of a category: its own, and those of job types that differ. None: not tested."""

    own: TestingRule | None
    by_job: Mapping[str, TestingRule | None] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Return whether anybody is judged at all."""
        return any((self.own, *self.by_job.values()))

    def of(self, job_type: str) -> TestingRule | None:
        """Return the rule that holds for staff of `job_type`: the job's own, even if off, else the category's."""
        return self.by_job.get(job_type, self.own)


class State(Vocabulary):
    """What a judgement came to. Only MET and MISSED are judged; the others say why not."""

    MET = Word("met", "达标", "Met", Tone.GOOD)
    MISSED = Word("missed", "逾期未检", "Overdue", Tone.BAD)
    NEW_JOINER = Word("new_joiner", "新入职，未到应检时间", "New, not due yet")
    OFF_DUTY = Word("off_duty", "不在岗，不作判定", "Off duty, not judged")
    NO_RULE = Word("no_rule", "未设规则", "No rule")


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """One staff member: day of joining, duty on the judged day, aware sampling times in any order."""

    joined_on: date
    is_on_duty: bool
    sampled_at: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The state with its evidence; `samples` are those inside the window, local times, oldest first."""

    state: State
    rule: TestingRule | None = None
    window: Days | None = None
    found: int = 0
    samples: tuple[datetime, ...] = ()

    @property
    def required(self) -> int:
        """Return the least number that the rule asks for, 0 without a rule."""
        return self.rule.least_tests if self.rule else 0


def window(rule: TestingRule, on: date) -> Days:
    """Return the days that `rule` looks at when it is judged at dawn of `on`: D-w to D-1."""
    return Days(on - timedelta(days=rule.window_days), on - timedelta(days=1))


def latest_joining_day(rule: TestingRule, on: date, *, judges_new_joiners: bool = False) -> date:
    """Return the last joining day with which a staff member is judged on `on`.

    As a rule the first day of the window: nobody answers for days before joining. A category that judges new
    joiners judges everybody who has joined by `on`.
    """
    return on if judges_new_joiners else window(rule, on).first


def judge(
    rule: TestingRule | None, facts: StaffFacts, *, on: date, zone: ZoneInfo, judges_new_joiners: bool = False
) -> Judgement:
    """Judge one staff member at dawn of `on`. Evidence is gathered for those who are not judged, too."""
    if rule is None:
        return Judgement(State.NO_RULE)
    days = window(rule, on)
    start, end = days.instants(zone)
    inside = sorted(at.astimezone(UTC) for at in facts.sampled_at if start <= at < end)
    found = rule.found(inside, zone)
    if not facts.is_on_duty:
        state = State.OFF_DUTY
    elif facts.joined_on > latest_joining_day(rule, on, judges_new_joiners=judges_new_joiners):
        state = State.NEW_JOINER
    else:
        state = State.MET if found >= rule.least_tests else State.MISSED
    return Judgement(state, rule, days, found, tuple(at.astimezone(zone) for at in inside))


def forecast(
    rule: TestingRule | None, facts: StaffFacts, *, on: date, zone: ZoneInfo, judges_new_joiners: bool = False
) -> tuple[Judgement, Judgement]:
    """Return the judgements of tomorrow's and the day after's dawn, should no further sample be taken.

    `on` is today, and today's samples count; the duty state is taken to stay as it is.
    """
    tomorrow, day_after = (
        judge(rule, facts, on=on + timedelta(days=days), zone=zone, judges_new_joiners=judges_new_joiners)
        for days in (1, 2)
    )
    return tomorrow, day_after


def kth_latest_decides(
    rule: TestingRule, latest: Sequence[datetime], *, is_complete: bool, on: date, zone: ZoneInfo
) -> bool | None:
    """Say from a person's latest samples alone whether `rule` is met on `on`; None: read the history.

    `latest` are the K latest sampling times, newest first, a tie as often as it occurs; `is_complete` says
    that the person has no others. Samples after the window take places among the K and count for nothing.
    Enough samples inside the window: met. Else missed, if all of the window is known: when the K are all
    there are, or reach back to before the window. Without later samples and for K >= least tests (not
    counting days) this is "the k-th latest sample is inside the window", and always decided.
    """
    start, end = window(rule, on).instants(zone)
    inside = [at for at in latest if start <= at < end]
    if rule.found(inside, zone) >= rule.least_tests:
        return True
    if is_complete or (latest and latest[-1] < start):
        return False
    return None


class Recency(Vocabulary):
    """Hours since the last sample: n <= 24, 24 < n <= 48, 48 < n <= 72, n > 72; or none in 14 days."""

    WITHIN_24H = Word("within_24h", "n≤24 小时", "n ≤ 24 h")
    WITHIN_48H = Word("within_48h", "24＜n≤48 小时", "24 < n ≤ 48 h")
    WITHIN_72H = Word("within_72h", "48＜n≤72 小时", "48 < n ≤ 72 h")
    OVER_72H = Word("over_72h", "n＞72 小时", "n > 72 h")
    UNMATCHED = Word("unmatched", "未匹配", "Unmatched")


def hours_bucket(last_sampled_at: datetime | None, at: datetime) -> Recency:
    """Return how long before `at` the last sample was; one 14 * 24 hours ago is still a match.

    A sampling time after `at` (a laboratory's clock that is fast) counts as just now.
    """
    if last_sampled_at is None:
        return Recency.UNMATCHED
    age = at.astimezone(UTC) - last_sampled_at.astimezone(UTC)
    if age > UNMATCHED_AFTER:
        return Recency.UNMATCHED
    for hours, recency in ((24, Recency.WITHIN_24H), (48, Recency.WITHIN_48H), (72, Recency.WITHIN_72H)):
        if age <= timedelta(hours=hours):
            return recency
    return Recency.OVER_72H


class UnmatchedCause(Vocabulary):
    """Why a person may have no record: so that a typing error does not pass for a missed test."""

    CHECK_DIGIT = Word("check_digit", "证件号码有误", "the document number is damaged")
    OTHER_DOCUMENT = Word(
        "other_document", "记录登记在其他证件类型下", "records stand under another document type"
    )
    NO_RECORD = Word("no_record", "没有检测记录", "no test was recorded")
    NO_NAMED_RECORD = Word(
        "no_named_record", "没有以该姓名登记的检测记录", "no test was recorded under this name"
    )


def cause_of_unmatched(
    *, has_valid_check_digit: bool, has_other_document: bool, is_borne_out: bool = True
) -> UnmatchedCause:
    """Return the likely cause: a damaged number, records under another document type, or none at all.

    `has_other_document`: the same number has records under another document type. `is_borne_out`: an officer or a
    record says that name and number belong together; else none shows to the employer.
    """
    if not has_valid_check_digit:
        return UnmatchedCause.CHECK_DIGIT
    if has_other_document:
        return UnmatchedCause.OTHER_DOCUMENT
    return UnmatchedCause.NO_RECORD if is_borne_out else UnmatchedCause.NO_NAMED_RECORD


def evidence(judgement: Judgement, language: str) -> str:
    """Return the sentence behind a flag, in Chinese (`zh…`) or English: window, due, found and when."""
    is_chinese = language.startswith("zh")
    if judgement.rule is None or judgement.window is None:
        return "未设检测规则" if is_chinese else "No testing rule"
    if judgement.state is State.OFF_DUTY:
        return "不在岗，不作判定" if is_chinese else "Not on duty, not judged"
    sentence = _chinese_evidence if is_chinese else _english_evidence
    return sentence(judgement, judgement.rule, judgement.window)


def _chinese_evidence(judgement: Judgement, rule: TestingRule, days: Days) -> str:
    crosses_years = days.first.year != days.last.year
    first, last = (f"{day.year}年" * crosses_years + _chinese_day(day) for day in (days.first, days.last))
    unit = "天" if rule.counts_days else "次"
    times = "、".join(_chinese_day(at) + _clock(at) for at in judgement.samples)
    return (
        ("新入职，未到应检时间：" if judgement.state is State.NEW_JOINER else "")
        + first
        + (f"至{last}" if last != first else "")
        + f"，应检 {rule.least_tests} {unit}，实检 {judgement.found} {unit}"
        + (f"（{times}）" if times else "")
    )


def _clock(at: datetime) -> str:
    """The time of a sample behind its day; nothing where only the day is known."""
    return "" if is_whole_day(at) else f" {at:%H:%M}"


def _english_evidence(judgement: Judgement, rule: TestingRule, days: Days) -> str:
    crosses_years = days.first.year != days.last.year
    first, last = (_english_day(day) + f" {day.year}" * crosses_years for day in (days.first, days.last))
    due = f"{_count(rule.least_tests, 'day')} with a test" if rule.counts_days else None
    times = ", ".join(_english_day(at) + _clock(at) for at in judgement.samples)
    return (
        ("New joiner, not due yet: " if judgement.state is State.NEW_JOINER else "")
        + first
        + (f" to {last}" if last != first else "")
        + f", {due or _count(rule.least_tests, 'test')} due, {judgement.found} found"
        + (f" ({times})" if times else "")
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _chinese_day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _english_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _chinese(number: int) -> str:
    """Write 1 to 31 as it is spoken before a measure word: 两, not 二."""
    tens, ones = divmod(number, 10)
    if number == 2:
        return "两"
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")
