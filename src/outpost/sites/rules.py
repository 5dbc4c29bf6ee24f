"""Who may enter a site at an instant, and every condition that stands against it, with its numbers. Pure.

An entry asks for all of it: a pre-registration 进场预登记 of somebody who is no family, a contract and an employer that
still run, a declaration that is fresh, a disposition 处置 that admits, and the isolation and the tests that the rule of
the place of departure asks for. Nothing that is missing counts as in order. An exception of two officers takes what
people decide about (days, tests, declaration); a disposition, a positive test and the register it does not take.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from outpost.core.vocabulary import Vocabulary, Word
from outpost.health.rules import Disposition

LONGEST_DAYS, MOST_TESTS = 60, 30
DECLARED_WITHIN = timedelta(days=7)
"""How old a declaration may be at an entry."""
ABSENT_FOR = timedelta(days=7)
"""Who was away from the site for longer declares anew."""


class Obstacle(Vocabulary):
    """What can stand against an entry, the gravest first."""

    NOT_REGISTERED = Word("not_registered", "未在本合同预登记", "not pre-registered for this contract")
    FAMILY = Word("family", "随行家属不得进场", "family does not enter")
    CONTRACT = Word("contract", "合同已关闭", "the contract is closed")
    EMPLOYER = Word("employer", "用人单位已退出本合同", "the employer has left the contract")
    DISPOSITION = Word("disposition", "处置方式不是可进场", "the disposition does not admit")
    POSITIVE = Word("positive", "核酸阳性", "positive test")
    NO_DECLARATION = Word("no_declaration", "未作健康申报", "no health declaration")
    OLD_DECLARATION = Word("old_declaration", "健康申报已过期", "the health declaration is too old")
    ABSENCE = Word("absence", "离场较久，须重新申报", "declare anew after a long absence")
    DAYS = Word("days", "隔离天数未满", "isolation is not finished")
    TESTS = Word("tests", "核酸次数不足", "tests are missing")


TAKEN_BY_EXCEPTION = frozenset({Obstacle.OLD_DECLARATION, Obstacle.ABSENCE, Obstacle.DAYS, Obstacle.TESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """Full local days after day 0, `base`; it ends at 24:00 of the last of them."""

    base: date
    days: int

    @property
    def last_day(self) -> date:
        """The last day that must be finished; day 0 itself where no days are asked for."""
        return self.base + timedelta(days=self.days)

    @property
    def released_on(self) -> date:
        """The first day after the last."""
        return self.last_day + timedelta(days=1)

    def done(self, today: date) -> int:
        """How many of its days are over."""
        return min(max((today - self.base).days - 1, 0), self.days)

    def is_over(self, today: date) -> bool:
        """Whether it no longer binds; one of no days binds nobody."""
        return self.days == 0 or today >= self.released_on


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRule:
    """What is asked of who departed from a region 出发地 (`place`: the beginning of its code, "" for everywhere), and
    declared from `begins_on` up to, and without, `ends_on`: full days of isolation, negative tests after arrival."""

    place: str
    days: int
    tests: int
    begins_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what no rule may ask."""
        if not 0 <= self.days <= LONGEST_DAYS or not 0 <= self.tests <= MOST_TESTS:
            raise ValueError("a rule asks for 0 to 60 days and 0 to 30 tests")
        if self.ends_on is not None and self.ends_on < self.begins_on:
            raise ValueError("a rule does not end before it begins")

    def holds(self, departure: str, day: date) -> bool:
        """Whether it is about who came from there and arrived on that day."""
        is_in_time = self.begins_on <= day and (self.ends_on is None or day < self.ends_on)
        return is_in_time and departure.startswith(self.place)


ASKS_NOTHING = PlaceRule(place="", days=0, tests=0, begins_on=date.min)


def rule_of(rules: Iterable[PlaceRule], departure: str, arrived_on: date) -> PlaceRule:
    """The rule of somebody's arrival: of those that hold the one that names their place most closely, of several such
    the one that began last. A later rule changes nothing for who had arrived before it began."""
    held = (rule for rule in rules if rule.holds(departure, arrived_on))
    return max(held, key=lambda rule: (len(rule.place), rule.begins_on), default=ASKS_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of who stands at the gate. `arrived_on`: the local day on which they came to the city, as declared,
    `departure`: code of the region they came from; `negatives`: instants and local days of their negative samples;
    `left_at`: their last exit here."""

    is_registered: bool = False
    is_family: bool = False
    is_contract_open: bool = True
    is_employer_there: bool = True
    disposition: Disposition = Disposition.ADMITTED
    positive_at: datetime | None = None
    admitted_at: datetime | None = None
    declared_at: datetime | None = None
    arrived_on: date | None = None
    departure: str = ""
    negatives: Sequence[tuple[datetime, date]] = ()
    left_at: datetime | None = None
    excepted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """One obstacle; `asked` and `done` where it is one of numbers (days, tests), `until`: the day from which it
    is none, where time alone ends it."""

    obstacle: Obstacle
    asked: int | None = None
    done: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Whether somebody may enter: all that stands against it, and what an exception took away."""

    against: tuple[Against, ...]
    excepted: tuple[Against, ...] = ()

    @property
    def may(self) -> bool:
        return not self.against


def decide_entry(who: Candidate, rules: Iterable[PlaceRule], at: datetime, today: date) -> Entry:
    """What stands against an entry at `at`, on the local day `today`, the gravest first. Facts later than `at` do not
    count yet."""
    found = (
        *_of_register(who),
        *_of_health(who, at),
        *_of_declaration(who, at),
        *_of_arrival(who, rules, at, today),
    )
    if who.excepted_until is None or at >= who.excepted_until:
        return Entry(found)
    taken = tuple(one for one in found if one.obstacle in TAKEN_BY_EXCEPTION)
    return Entry(tuple(one for one in found if one not in taken), taken)


def _of_register(who: Candidate) -> Iterable[Against]:
    if who.is_family:
        yield Against(Obstacle.FAMILY)
    elif not who.is_registered:
        yield Against(Obstacle.NOT_REGISTERED)
    if not who.is_contract_open:
        yield Against(Obstacle.CONTRACT)
    if not who.is_employer_there:
        yield Against(Obstacle.EMPLOYER)


def _of_health(who: Candidate, at: datetime) -> Iterable[Against]:
    if who.disposition is not Disposition.ADMITTED:
        yield Against(Obstacle.DISPOSITION)
    is_lifted = (
        who.admitted_at is not None
        and who.positive_at is not None
        and who.positive_at < who.admitted_at <= at
    )
    if who.positive_at is not None and who.positive_at <= at and not is_lifted:
        yield Against(Obstacle.POSITIVE)


def _of_declaration(who: Candidate, at: datetime) -> Iterable[Against]:
    if who.declared_at is None or who.declared_at > at:
        yield Against(Obstacle.NO_DECLARATION)
    elif who.left_at is not None and who.left_at <= at - ABSENT_FOR and who.declared_at <= who.left_at:
        yield Against(Obstacle.ABSENCE)
    elif who.left_at is None and at - who.declared_at > DECLARED_WITHIN:
        yield Against(Obstacle.OLD_DECLARATION)


def _of_arrival(who: Candidate, rules: Iterable[PlaceRule], at: datetime, today: date) -> Iterable[Against]:
    if who.arrived_on is None:
        return  # from here, or nothing was declared, which is said already
    rule = rule_of(rules, who.departure, who.arrived_on)
    isolation = Isolation(base=who.arrived_on, days=rule.days)
    if not isolation.is_over(today):
        yield Against(Obstacle.DAYS, rule.days, isolation.done(today), isolation.released_on)
    samples = {sample for sample, day in who.negatives if who.arrived_on <= day and sample <= at}
    if len(samples) < rule.tests:
        yield Against(Obstacle.TESTS, rule.tests, len(samples))
