"""The pass 通行码: what a rule set makes of the facts about a person's health at an instant, and why. Pure.

A pass is derived and never entered: nothing here takes a colour of somebody or a list of people. A rule names a
`Condition`, how many hours its evidence counts (or how fresh it must be), a colour and the reason in both languages.
Of the rules of a set the first that applies decides; the last one, that nothing stands against somebody, always
applies. So whoever is other than the rest is so by a fact that the decision dates.

A check-in is no fact: where somebody was never changes a pass.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID

from outpost.core.vocabulary import is_chinese
from outpost.health.conditions import (
    ALWAYS_ASKED,
    ENDS,
    EVIDENCE,
    LACKS,
    NO_FACTS,
    Colour,
    Condition,
    End,
    PassFacts,
    colours_of,
)

LONGEST_HOURS = 60 * 24
LONGEST_REASON = 60
ASKED_AGAIN = timedelta(days=1)
HOURS = "{hours}"
"""Stands in a reason for the hours of its rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a set; `zh` and `en` are the reason as a person is told it, HOURS filled in."""

    condition: Condition
    colour: Colour
    hours: int
    zh: str
    en: str

    def __post_init__(self) -> None:
        """Raises ValueError for what no rule may say."""
        texts = (self.zh, self.en)
        if not 1 <= self.hours <= LONGEST_HOURS or not all(map(_is_reason, texts)):
            raise ValueError("a rule counts 1 to 1440 hours and has a short reason in both languages")
        if self.colour not in colours_of(self.condition):
            raise ValueError(
                "nobody is red for a fact that is missing, or green with one that stands against them"
            )

    def reason(self, language: str | None) -> str:
        """Why, in a language."""
        return (self.zh if is_chinese(language) else self.en).replace(HOURS, str(self.hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Rules in the order in which they are asked; `version` 0 is the built-in one. None for ever: it never ends."""

    version: int
    rules: tuple[Rule, ...]
    expires_at: datetime | None = None
    asked: tuple["_Asked", ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError for a set that could be without an answer, or without what every set holds."""
        object.__setattr__(
            self, "asked", tuple(map(_Asked.of, self.rules[:-1]))
        )  # once a set, not once a person
        conditions = [rule.condition for rule in self.rules]
        if not conditions or conditions[-1] is not Condition.NOTHING:
            raise ValueError("the last rule is that nothing stands against somebody")
        if len(set(conditions)) < len(conditions) or not ALWAYS_ASKED.issubset(conditions):
            raise ValueError("a condition stands once; a positive test and a confirmed case always do")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The pass of a person: colour and reason (of `rule`), since when, until when by what is known now, what ends it.

    `since` is the instant of the fact that decided; of one that is missing, when the last such ended, None without any.
    """

    rule: Rule
    since: datetime | None
    until: datetime | None

    @property
    def colour(self) -> Colour:
        return self.rule.colour

    @property
    def condition(self) -> Condition:
        return self.rule.condition

    @property
    def ends_by(self) -> End:
        return ENDS[self.condition]


class _Span(NamedTuple):
    """For how long a fact counts, half-open."""

    begins_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        return self.begins_at <= at < self.ends_at


class _Asked(NamedTuple):
    """A rule as it is asked of each person: where its evidence stands, for how long it counts, whether it lacks."""

    rule: Rule
    evidence: Callable[[PassFacts], datetime | None]
    counts: timedelta
    is_lack: bool

    @classmethod
    def of(cls, rule: Rule) -> Self:
        return cls(rule, EVIDENCE[rule.condition], timedelta(hours=rule.hours), rule.condition in LACKS)

    def span(self, facts: PassFacts) -> _Span | None:
        """For how long the fact counts that is asked about; None without one."""
        since = self.evidence(facts)
        if since is None:
            return None
        ends_at = since + self.counts
        if self.rule.condition is Condition.EXPOSED and facts.exposed_until is not None:
            ends_at = min(ends_at, facts.exposed_until)
        return _Span(since, ends_at)


def decide(facts: PassFacts, rules: RuleSet, at: datetime) -> Decision:
    """The pass of somebody of whom this is known. Facts after `at` only say until when: a disposition that begins."""
    found, coming = _decided(facts.as_of(at), rules, at), facts.coming(at)
    if coming is None or coming.disposed_at is None:
        return found
    if found.until is not None and found.until <= coming.disposed_at:
        return found
    then = _decided(coming, rules, coming.disposed_at)
    is_same = (then.rule, then.since) == (found.rule, found.since)
    return found if is_same else replace(found, until=coming.disposed_at)


def _decided(facts: PassFacts, rules: RuleSet, at: datetime) -> Decision:
    fresh: list[_Span] = []  # of what the rules so far want to be there
    for asked in rules.asked:
        span = asked.span(facts)
        if span is not None and span.holds(at):
            if not asked.is_lack:
                return Decision(rule=asked.rule, since=span.begins_at, until=_first_end([*fresh, span]))
            fresh.append(span)
        elif asked.is_lack:
            ended_at = span.ends_at if span is not None and span.ends_at <= at else None
            return Decision(rule=asked.rule, since=ended_at, until=None)
    newest = max((one.begins_at for one in fresh), default=None)
    return Decision(rule=rules.rules[-1], since=newest, until=_first_end(fresh))


def _first_end(spans: Iterable[_Span]) -> datetime | None:
    return min((one.ends_at for one in spans), default=None)


def decide_each(
    people: Iterable[UUID], facts: Mapping[UUID, PassFacts], rules: RuleSet, at: datetime
) -> dict[UUID, Decision]:
    """The pass of each of these people; of whom nothing is known, nothing stands in `facts`."""
    return {person: decide(facts.get(person, NO_FACTS), rules, at) for person in people}


def declared_until(declared_at: datetime | None, rules: RuleSet, at: datetime) -> datetime | None:
    """Until when nobody needs to be asked for a declaration by these rules; None when one is missing now. A day ahead
    at most: by then other rules may hold."""
    asking = next((one for one in rules.asked if one.rule.condition is Condition.NO_DECLARATION), None)
    if asking is None:
        return at + ASKED_AGAIN
    span = asking.span(PassFacts(declared_at=declared_at))
    return min(span.ends_at, at + ASKED_AGAIN) if span is not None and span.holds(at) else None


def in_force(last: RuleSet | None, at: datetime) -> RuleSet:
    """The set that holds at an instant: the last that two agreed on until it expires, else the built-in one."""
    if last is None or (last.expires_at is not None and last.expires_at <= at):
        return BUILT_IN
    return last


def _is_reason(text: str) -> bool:
    plain = text.replace(HOURS, "")
    return 0 < len(text.strip()) <= LONGEST_REASON and not set("{}") & set(plain)


def _rule(condition: Condition, colour: Colour, hours: int, zh: str, en: str) -> Rule:
    return Rule(condition=condition, colour=colour, hours=hours, zh=zh, en=en)


_DAY = 24
BUILT_IN = RuleSet(
    version=0,
    rules=(
        _rule(
            Condition.CONFIRMED,
            Colour.RED,
            60 * _DAY,
            "确诊，请配合救治",
            "Confirmed case: follow the treatment",
        ),
        _rule(Condition.POSITIVE, Colour.RED, 14 * _DAY, "核酸阳性", "Positive test"),
        _rule(Condition.SUSPECTED, Colour.RED, 14 * _DAY, "疑似病例", "Suspected case"),
        # 14 full days after the one on which it began, as `lifting` counts: nobody is green before their order ends.
        _rule(Condition.ISOLATION, Colour.RED, 15 * _DAY, "需隔离", "To be isolated"),
        _rule(
            *(Condition.EXPOSED, Colour.YELLOW, 14 * _DAY),
            *("与病例有接触或时空交集，请测核酸", "Exposed to a case: be tested"),
        ),
        _rule(
            *(Condition.SYMPTOMS, Colour.YELLOW, 7 * _DAY),
            *("申报有症状，请测核酸", "Symptoms declared: be tested"),
        ),
        _rule(
            *(Condition.RISK_AREA, Colour.YELLOW, 14 * _DAY),
            *("申报14天内到过风险地区", "Stay in a risk area within 14 days declared"),
        ),
        _rule(
            *(Condition.NO_NEGATIVE, Colour.YELLOW, 2 * _DAY),
            *("无{hours}小时核酸阴性，请测核酸", "No negative test within {hours} hours: be tested"),
        ),
        _rule(
            *(Condition.NO_DECLARATION, Colour.YELLOW, 14 * _DAY),
            *("没有有效的健康申报，请申报", "No valid health declaration: declare"),
        ),
        _rule(
            *(Condition.NOTHING, Colour.GREEN, 2 * _DAY),
            *("{hours}小时核酸阴性", "Negative test within {hours} hours"),
        ),
    ),
)
"""What holds while nobody decided otherwise, and again when what was decided expires. It asks about everything."""
DEFAULTS: Mapping[Condition, Rule] = {rule.condition: rule for rule in BUILT_IN.rules}
"""What a form offers for a condition that the present set does not ask about."""
