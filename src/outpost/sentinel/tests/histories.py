"""Random histories of tests with a naive oracle, for the pure rule and for the match in SQL alike.

Nothing here is shared with the rules: local days come from a walk over every quarter of an hour, and windows
are counted back day by day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from outpost.health.rules import LATEST_KEPT

PRESETS = ((1, 1), (2, 1), (3, 1), (3, 2), (7, 1), (7, 2), (7, 3), (14, 1))
OTHERS = ((5, 1), (10, 3), (2, 2), (31, 5), (1, 3))
# (window days, least tests, counts days); nobody can be tested on more days than there are
RULES = tuple(
    (window_days, least_tests, counts_days)
    for window_days, least_tests in PRESETS + OTHERS
    for counts_days in (False, True)
    if not counts_days or least_tests <= window_days
)
JOB_TYPES = ("", "搬运工", "司机", "保洁员", "文员")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")  # clocks go forward on 10 March 2024, at 2:00
HAVANA = ZoneInfo("America/Havana")  # on the same day at 0:00: this midnight does not exist
ZONES = (SHANGHAI, SHANGHAI, NEW_YORK, HAVANA)
STAGES = ("dawn", "late", "corrected")

_FIRST_DAY, _LAST_DAY = date(2023, 12, 20), date(2024, 3, 25)
_AROUND_LEAP_DAY = tuple(date(2024, 2, 27) + timedelta(days=days) for days in range(8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Record:
    """One test: when it was sampled, whether it came after the dawn, and where it was corrected to.

    `corrected_at` is the right time, None if the record was withdrawn, `sampled_at` itself if it stood.
    """

    sampled_at: datetime
    is_late: bool
    corrected_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """A staff member with a rule to be judged by at dawn of `on`."""

    rule: tuple[int, int, bool]
    zone: ZoneInfo
    on: date
    joined_on: date
    is_on_duty: bool
    judges_new_joiners: bool
    records: tuple[Record, ...]

    def sampled_at(self, stage: str) -> list[datetime]:
        """Return what is known at the dawn, when the late records have come, and after corrections."""
        if stage == "dawn":
            return [record.sampled_at for record in self.records if not record.is_late]
        if stage == "late":
            return [record.sampled_at for record in self.records]
        return [record.corrected_at for record in self.records if record.corrected_at is not None]

    def expected(self, stage: str) -> tuple[str, int]:
        """Return the oracle's state and the number found."""
        days = [local_day(at, self.zone) for at in self.sampled_at(stage)]
        return oracle(self, days)


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of a category: its own, and those of job types in any order; None is off."""

    own: tuple[int, int, bool] | None
    by_job: tuple[tuple[str, tuple[int, int, bool] | None], ...]
    judges_new_joiners: bool

    def expected(self, history: History, job_type: str, stage: str) -> tuple[str, int]:
        """Look through the list for the rule of the job, then ask the oracle."""
        rule = self.own
        for name, of_job in self.by_job:
            if name == job_type:
                rule = of_job
        if rule is None:
            return "no_rule", 0
        return replace(history, rule=rule, judges_new_joiners=self.judges_new_joiners).expected(stage)


def books(count: int, *, seed: int) -> Iterator[Book]:
    """Yield random books, a few without any rule that is on."""
    random = Random(seed)
    for _ in range(count):
        jobs = random.sample(JOB_TYPES[1:], random.randint(0, 3))
        rules = [random.choice(RULES) if random.random() < 0.75 else None for _ in ("", *jobs)]
        yield Book(rules[0], tuple(zip(jobs, rules[1:], strict=True)), random.random() < 0.2)


def oracle(history: History, days: Sequence[date]) -> tuple[str, int]:
    """Judge by going back from `on` day by day, counting the tests of each."""
    window_days, least_tests, counts_days = history.rule
    tests_of = Counter(days)
    found, was_absent = 0, False
    day = history.on
    for _ in range(window_days):
        day -= timedelta(days=1)
        tests = tests_of[day]
        found += min(tests, 1) if counts_days else tests
        was_absent = was_absent or day < history.joined_on
    if history.judges_new_joiners:
        was_absent = history.on < history.joined_on
    if not history.is_on_duty:
        return "off_duty", found
    if was_absent:
        return "new_joiner", found
    return ("missed" if found < least_tests else "met"), found


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Look the day up in the table of all quarters of an hour."""
    return _days_by_quarter(zone)[(at - _EPOCH) // timedelta(seconds=_QUARTER)]


@cache
def _days_by_quarter(zone: ZoneInfo) -> dict[int, date]:
    first = int(datetime(2023, 10, 1, tzinfo=UTC).timestamp()) // _QUARTER
    last = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp()) // _QUARTER
    return {
        quarter: datetime.fromtimestamp(quarter * _QUARTER, zone).date() for quarter in range(first, last)
    }


@cache
def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    table = _days_by_quarter(zone)
    return _EPOCH + timedelta(seconds=_QUARTER * min(quarter for quarter, of in table.items() if of == day))


def histories(count: int, *, seed: int) -> Iterator[History]:
    """Yield `count` histories, the rules in turn; one seed gives one sequence."""
    random = Random(seed)
    span = (_LAST_DAY - _FIRST_DAY).days
    for number in range(count):
        rule = RULES[number % len(RULES)]
        zone = random.choice(ZONES)
        is_leap = random.random() < 0.25
        on = (
            random.choice(_AROUND_LEAP_DAY)
            if is_leap
            else _FIRST_DAY + timedelta(days=random.randint(0, span))
        )
        since_joining = random.choice((400, 400, rule[0], random.randint(-1, rule[0] + 2)))
        yield History(
            rule=rule,
            zone=zone,
            on=on,
            joined_on=on - timedelta(days=since_joining),
            is_on_duty=random.random() < 0.95,
            judges_new_joiners=random.random() < 0.2,
            records=_records(random, rule, on, zone),
        )


def _records(random: Random, rule: tuple[int, int, bool], on: date, zone: ZoneInfo) -> tuple[Record, ...]:
    records: list[Record] = []
    most = 2 * LATEST_KEPT if random.random() < 0.05 else rule[1] + 3  # a few have more than are kept
    for _ in range(random.randint(0, most)):
        at = _sampling_time(random, rule[0], on, zone)
        if records and random.random() < 0.1:
            at = records[-1].sampled_at
        fate = random.random()
        corrected_at: datetime | None = at
        if fate < 0.1:
            corrected_at = None
        elif fate < 0.2:
            corrected_at = _sampling_time(random, rule[0], on, zone)
        records.append(Record(at, random.random() < 0.15, corrected_at))
    return tuple(records)


def _sampling_time(random: Random, window_days: int, on: date, zone: ZoneInfo) -> datetime:
    """Return a time from two days before the window to a day after it, one in three at a midnight."""
    day = on - timedelta(days=random.randint(-1, window_days + 2))
    if random.random() < 0.33:
        day = random.choice((day, on, on - timedelta(days=window_days)))
        return _first_instant(day, zone) + timedelta(microseconds=random.choice((-1, 0, 0, 1)))
    return _first_instant(day, zone) + timedelta(microseconds=random.randint(0, 86_399_999_999))
