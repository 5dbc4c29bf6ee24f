"""What dispositions ask for before they are lifted, and what is missing. Pure; days are local days.

The first rules are data (`data/lifting.toml`); others hold on the word of two (`lifting_sets`). The day on which a
disposition began is day 0, then so many full days, and the first day on which it may be lifted is the one after.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from outpost.core.vocabulary import Vocabulary, Word
from outpost.health.rules import Disposition

MOST_DAYS, MOST_TESTS = 60, 10
HOLDING = tuple(one for one in Disposition if one is not Disposition.ADMITTED)


@dataclass(frozen=True, slots=True)
class LiftingRule:
    """Full days after the one on which it began; negative samples after that day, each on a day of its own."""

    days: int
    tests: int

    def __post_init__(self) -> None:
        """Raises ValueError for what no rule may say."""
        if not (0 <= self.days <= MOST_DAYS and 0 <= self.tests <= MOST_TESTS):
            raise ValueError("a rule asks for 0 to 60 full days and 0 to 10 tests")


Rules = Mapping[Disposition, LiftingRule]


def read(stored: Mapping[str, Mapping[str, Any]]) -> Rules:
    """Rules from what `written` made. Raises ValueError, KeyError, TypeError for anything else."""
    return {one: LiftingRule(**stored[one.value]) for one in HOLDING}


def written(rules: Rules) -> dict[str, dict[str, int]]:
    """Rules as JSON holds them."""
    return {one.value: {"days": rules[one].days, "tests": rules[one].tests} for one in HOLDING}


BUILT_IN = read(tomllib.loads((Path(__file__).parent / "data" / "lifting.toml").read_text("utf-8")))


class Running(Vocabulary):
    """What new rules say of dispositions that run already; the value stands in the database."""

    KEEP = Word("keep", "不变", "They keep what they were told")
    SHORTEN = Word("shorten", "从短", "The shorter of both holds")
    DECIDE = Word("decide", "逐一再定", "An officer decides about each")

    def term(self, now: LiftingRule, proposed: LiftingRule) -> LiftingRule:
        """What one asks for once the new rules hold: never more than it was told, unless an officer says so."""
        if self is not Running.SHORTEN:
            return now
        return LiftingRule(min(now.days, proposed.days), min(now.tests, proposed.tests))


EXPOSED = "exposure"
"""Why an order is decided about anew, beside what `Running` says: an exposure was stated after it. In the database."""


def release_day(base_on: date, days: int) -> date:
    """The first day after so many full days; without any the base day itself."""
    return base_on + timedelta(days=days + 1) if days else base_on


def full_days(base_on: date, today: date) -> int:
    """How many full days have passed since the base day, which is none of them."""
    return max((today - base_on).days - 1, 0)


class Left(Vocabulary):
    """Why somebody whose days are over, or were stated to be, is not let in again together with others."""

    EARLY = Word("early", "按规则计算的日期未满", "The computed days are not over")
    STATED = Word("stated", "文书截止日与计算不一致", "The stated last day differs from the computed one")
    TESTS = Word("tests", "阴性检测不足", "Negative tests are missing")
    ANEW = Word("anew", "期限待再定", "Its term is to be decided anew")
    POSITIVE = Word("positive", "开始后检测阳性", "A positive test was taken since it began")
    ILL = Word("ill", "开始后申报或报告有症状", "Symptoms were declared or reported since it began")
    OTHER = Word("other", "另有处置", "Another disposition holds or is to begin")
    PROPOSED = Word("proposed", "另有建议待决定", "Another proposal waits")


@dataclass(frozen=True, slots=True)
class Done:
    """What a disposition asks for, and how much of it is there. `ends_on`: the first day on which its days are over."""

    days: int
    days_done: int
    tests: int
    tests_done: int
    ends_on: date

    @property
    def last_full_on(self) -> date:
        return self.ends_on - timedelta(days=1)

    @property
    def is_all(self) -> bool:
        return self.days_done >= self.days and self.tests_done >= self.tests


@dataclass(frozen=True, slots=True)
class StatedEnd:
    """The last day of a disposition as somebody stated it, beside the one that its rule computes and that holds."""

    last_on: date
    computed_last_on: date

    @property
    def differs(self) -> int:
        """Days by which what was stated lies later; less than 0: earlier."""
        return (self.last_on - self.computed_last_on).days

    @property
    def earlier(self) -> int:
        return -self.differs


def stated_end(last_on: date | None, began_on: date, rule: LiftingRule) -> StatedEnd | None:
    """What was stated beside what is computed; None where nobody stated an end."""
    if last_on is None:
        return None
    return StatedEnd(last_on, release_day(began_on, rule.days) - timedelta(days=1))


def done(rule: LiftingRule, began_on: date, negative_on: Collection[date], *, today: date) -> Done:
    """How far it is."""
    tests = sum(began_on < day <= today for day in set(negative_on))
    ends_on = release_day(began_on, rule.days)
    return Done(rule.days, full_days(began_on, today), rule.tests, tests, ends_on)
