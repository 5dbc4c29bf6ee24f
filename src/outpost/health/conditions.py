"""What is known of a person that a pass can come of, what a rule can ask about it, in which colours. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Self

from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.health.rules import Disposition


class Colour(Vocabulary):
    """What a pass shows; the word and the shape (`SHAPES`) say the same as the colour."""

    GREEN = Word("green", "绿码", "Green pass", Tone.GOOD)
    YELLOW = Word("yellow", "黄码", "Yellow pass", Tone.WARNING)
    RED = Word("red", "红码", "Red pass", Tone.BAD)


SHAPES: Mapping[Colour, str] = {Colour.GREEN: "circle", Colour.YELLOW: "triangle", Colour.RED: "square"}


class Condition(Vocabulary):
    """All that a rule can ask about: facts, and facts that are missing."""

    CONFIRMED = Word("confirmed", "处置为确诊", "Disposition: confirmed case")
    POSITIVE = Word("positive", "核酸阳性", "Positive test")
    SUSPECTED = Word("suspected", "处置为疑似", "Disposition: suspected case")
    ISOLATION = Word("isolation", "处置为需隔离", "Disposition: to be isolated")
    EXPOSED = Word("exposed", "与病例有接触或时空交集", "Exposed to a case")
    SYMPTOMS = Word("symptoms", "申报有症状", "Symptoms declared")
    RISK_AREA = Word("risk_area", "申报到过风险地区", "Stay in a risk area declared")
    NO_NEGATIVE = Word("no_negative", "时限内没有核酸阴性", "No negative test in time")
    NO_DECLARATION = Word("no_declaration", "时限内没有健康申报", "No declaration in time")
    NOTHING = Word("nothing", "没有不利情况", "Nothing stands against it")


LACKS = frozenset({Condition.NO_NEGATIVE, Condition.NO_DECLARATION})
"""Conditions of facts that are missing: they make nobody red."""
ALWAYS_RED = frozenset({Condition.CONFIRMED, Condition.POSITIVE})
"""Conditions that every set holds, and in red."""
ALWAYS_ASKED = ALWAYS_RED | {Condition.NOTHING}


def colours_of(condition: Condition) -> tuple[Colour, ...]:
    """The colours that a rule about this condition may give."""
    if condition is Condition.NOTHING:
        return (Colour.GREEN,)
    if condition in LACKS:
        return (Colour.YELLOW,)
    return (Colour.RED,) if condition in ALWAYS_RED else (Colour.YELLOW, Colour.RED)


class End(Vocabulary):
    """What ends a state before its time."""

    SAMPLE = Word("sample", "新的核酸阴性结果", "a new negative test")
    DECLARATION = Word("declaration", "新的健康申报", "a new health declaration")
    OFFICER = Word("officer", "指挥部作出“可进场”处置", "the command's disposition “may enter”")
    RECORD = Word("record", "指挥部撤销该记录", "the command's withdrawal of it")
    TIME = Word("time", "到期", "the end of its time")


ENDS: Mapping[Condition, End] = {
    Condition.CONFIRMED: End.OFFICER,
    Condition.POSITIVE: End.OFFICER,
    Condition.SUSPECTED: End.OFFICER,
    Condition.ISOLATION: End.OFFICER,
    Condition.EXPOSED: End.RECORD,
    Condition.SYMPTOMS: End.DECLARATION,
    Condition.RISK_AREA: End.DECLARATION,
    Condition.NO_NEGATIVE: End.SAMPLE,
    Condition.NO_DECLARATION: End.DECLARATION,
    Condition.NOTHING: End.TIME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFacts:
    """What is known of a person: when the latest negative and positive samples were taken, the latest declaration with
    its flags, the last two dispositions with their starts, the exposure that counts longest."""

    negative_at: datetime | None = None
    positive_at: datetime | None = None
    declared_at: datetime | None = None
    has_symptoms: bool = False
    was_in_risk_area: bool = False
    disposition: Disposition | None = None
    disposed_at: datetime | None = None
    former_disposition: Disposition | None = None
    former_disposed_at: datetime | None = None
    exposed_at: datetime | None = None
    exposed_until: datetime | None = None

    def as_of(self, at: datetime) -> "PassFacts":
        """With the disposition that holds at an instant: one that begins later does not hide it."""
        if self.disposed_at is None or self.disposed_at <= at:
            return self
        former, began = self.former_disposition, self.former_disposed_at
        holds = began is not None and began <= at
        return replace(self, disposition=former if holds else None, disposed_at=began if holds else None)

    def coming(self, at: datetime) -> "PassFacts | None":
        """With the next disposition that begins after an instant; None where none is known."""
        if self.disposed_at is None or self.disposed_at <= at:
            return None
        if self.former_disposed_at is None or self.former_disposed_at <= at:
            return self
        return replace(self, disposition=self.former_disposition, disposed_at=self.former_disposed_at)

    @property
    def standing_positive_at(self) -> datetime | None:
        """When the latest positive sample was taken, unless the command let somebody in again at or after it."""
        if (
            self.positive_at is None
            or self.disposition is not Disposition.ADMITTED
            or self.disposed_at is None
        ):
            return self.positive_at
        return None if self.disposed_at >= self.positive_at else self.positive_at

    @classmethod
    def of(
        cls,
        negative_at: datetime | None,
        positive_at: datetime | None,
        declared_at: datetime | None,
        has_symptoms: bool | None,
        was_in_risk_area: bool | None,
        disposition: str | None,
        disposed_at: datetime | None,
        former_disposition: str | None,
        former_disposed_at: datetime | None,
        exposed_at: datetime | None,
        exposed_until: datetime | None,
    ) -> Self:
        """The columns of a row of `health_passfacts`, in this order."""
        return cls(
            negative_at=negative_at,
            positive_at=positive_at,
            declared_at=declared_at,
            has_symptoms=bool(has_symptoms),
            was_in_risk_area=bool(was_in_risk_area),
            disposition=Disposition(disposition) if disposition else None,
            disposed_at=disposed_at,
            former_disposition=Disposition(former_disposition) if former_disposition else None,
            former_disposed_at=former_disposed_at,
            exposed_at=exposed_at,
            exposed_until=exposed_until,
        )


NO_FACTS = PassFacts()
COLUMNS = tuple(one.name for one in fields(PassFacts))
"""Of a row of `health_passfacts`, as `PassFacts.of` takes them."""


def _disposed(wanted: Disposition) -> Callable[[PassFacts], datetime | None]:
    return lambda facts: facts.disposed_at if facts.disposition is wanted else None


EVIDENCE: Mapping[Condition, Callable[[PassFacts], datetime | None]] = {
    Condition.CONFIRMED: _disposed(Disposition.CONFIRMED),
    Condition.SUSPECTED: _disposed(Disposition.SUSPECTED),
    Condition.ISOLATION: _disposed(Disposition.ISOLATION),
    Condition.POSITIVE: lambda facts: facts.standing_positive_at,
    Condition.EXPOSED: lambda facts: facts.exposed_at,
    Condition.SYMPTOMS: lambda facts: facts.declared_at if facts.has_symptoms else None,
    Condition.RISK_AREA: lambda facts: facts.declared_at if facts.was_in_risk_area else None,
    Condition.NO_NEGATIVE: lambda facts: facts.negative_at,
    Condition.NO_DECLARATION: lambda facts: facts.declared_at,
}
"""The instant of the fact that a condition asks about."""
