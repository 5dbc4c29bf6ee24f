"""The pass: by table, and that nobody is other than the rest without a fact that says so."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core import clock
from outpost.health import lifting
from outpost.health.conditions import ALWAYS_RED, LACKS, NO_FACTS, SHAPES, Colour, Condition, End, PassFacts
from outpost.health.passes import ASKED_AGAIN, BUILT_IN, Decision, Rule, RuleSet, decide, declared_until
from outpost.health.rules import Disposition
from outpost.health.written_rules import read, written

pytestmark = pytest.mark.rules

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
HOUR = timedelta(hours=1)
GREEN, YELLOW, RED = Colour.GREEN, Colour.YELLOW, Colour.RED


def before(hours: float) -> datetime:
    return AT - hours * HOUR


WELL: dict[str, Any] = {"negative_at": before(10), "declared_at": before(20)}


def passed(**facts: Any) -> Decision:
    return decide(PassFacts(**facts), BUILT_IN, AT)


@pytest.mark.promise("V4")
@pytest.mark.parametrize(
    ("facts", "colour", "condition", "since", "until", "ends_by"),
    [
        ({}, YELLOW, "no_negative", None, None, End.SAMPLE),
        (WELL, GREEN, "nothing", before(10), before(10) + 48 * HOUR, End.TIME),
        (
            WELL | {"exposed_at": before(30), "exposed_until": AT + HOUR},
            *(YELLOW, "exposed", before(30), AT + HOUR, End.RECORD),
        ),
        (
            WELL | {"exposed_at": before(13 * 24), "exposed_until": AT + 99 * HOUR},
            *(YELLOW, "exposed", before(13 * 24), AT + 24 * HOUR, End.RECORD),
        ),
        (
            WELL | {"exposed_at": before(30), "exposed_until": AT},
            *(GREEN, "nothing", before(10), before(10) + 48 * HOUR, End.TIME),
        ),
        (WELL | {"negative_at": before(50)}, YELLOW, "no_negative", before(2), None, End.SAMPLE),
        (WELL | {"negative_at": before(48)}, YELLOW, "no_negative", AT, None, End.SAMPLE),
        (WELL | {"negative_at": before(47.99)}, GREEN, "nothing", before(20), before(-0.01), End.TIME),
        (WELL | {"negative_at": AT + HOUR}, YELLOW, "no_negative", None, None, End.SAMPLE),
        (WELL | {"declared_at": None}, YELLOW, "no_declaration", None, None, End.DECLARATION),
        (
            WELL | {"declared_at": before(14 * 24)},
            *(YELLOW, "no_declaration", AT, None, End.DECLARATION),
        ),
        (WELL | {"has_symptoms": True}, YELLOW, "symptoms", before(20), before(20 - 168), End.DECLARATION),
        (
            WELL | {"was_in_risk_area": True},
            YELLOW,
            "risk_area",
            before(20),
            before(20 - 336),
            End.DECLARATION,
        ),
        (WELL | {"positive_at": before(30)}, RED, "positive", before(30), before(30 - 336), End.OFFICER),
        (
            WELL
            | {"positive_at": before(30), "disposition": Disposition.ADMITTED, "disposed_at": before(29)},
            *(GREEN, "nothing", before(10), before(10 - 48), End.TIME),
        ),
        (
            WELL
            | {"positive_at": before(28), "disposition": Disposition.ADMITTED, "disposed_at": before(29)},
            *(RED, "positive", before(28), before(28 - 336), End.OFFICER),
        ),
        (
            WELL | {"disposition": Disposition.ISOLATION, "disposed_at": before(1)},
            *(RED, "isolation", before(1), before(1 - 360), End.OFFICER),
        ),
        (
            {"disposition": Disposition.ISOLATION, "disposed_at": before(15 * 24)},
            *(YELLOW, "no_negative", None, None, End.SAMPLE),
        ),
        (
            {
                "disposition": Disposition.CONFIRMED,
                "disposed_at": before(15 * 24),
                "positive_at": before(400),
            },
            *(RED, "confirmed", before(360), before(360 - 1440), End.OFFICER),
        ),
    ],
)
def test_the_pass_says_colour_reason_and_time(
    facts: dict[str, Any],
    colour: Colour,
    condition: str,
    since: datetime | None,
    until: datetime | None,
    ends_by: End,
) -> None:
    found = passed(**facts)
    assert (found.colour, found.condition.value, found.ends_by) == (colour, condition, ends_by)
    assert (found.since, found.until) == (since, until)


def test_a_reason_is_told_in_both_languages_with_its_hours() -> None:
    rule = passed(**WELL).rule
    assert rule.reason("zh-hans") == "48小时核酸阴性"
    assert rule.reason("en") == "Negative test within 48 hours"
    assert len({*SHAPES.values()}) == len(SHAPES) == len(Colour)


def facts_since(least_hours: int) -> st.SearchStrategy[PassFacts]:
    """Facts of instants that lie at least so many hours before AT."""
    instants = st.one_of(st.none(), st.integers(least_hours, 2000).map(lambda hours: AT - hours * HOUR))
    return st.builds(
        PassFacts,
        negative_at=instants,
        positive_at=instants,
        declared_at=instants,
        has_symptoms=st.booleans(),
        was_in_risk_area=st.booleans(),
        disposition=st.sampled_from([None, *Disposition]),
        disposed_at=instants,
        former_disposition=st.sampled_from([None, *Disposition]),
        former_disposed_at=instants,
    )


FACTS, PAST = facts_since(-100), facts_since(0)


def rule_of(condition: Condition, colour: Colour, hours: int) -> Rule:
    return Rule(condition=condition, colour=colour, hours=hours, zh="因", en="why")


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """Any set that may be decided on."""
    others = st.sampled_from([c for c in Condition if c not in ALWAYS_RED and c is not Condition.NOTHING])
    rules = [rule_of(c, RED, draw(st.integers(1, 1440))) for c in ALWAYS_RED]
    for condition in draw(st.lists(others, unique=True)):
        colour = YELLOW if condition in LACKS else draw(st.sampled_from([YELLOW, RED]))
        rules.append(rule_of(condition, colour, draw(st.integers(1, 1440))))
    last = rule_of(Condition.NOTHING, GREEN, 48)
    return RuleSet(version=1, rules=(*draw(st.permutations(rules)), last))


@pytest.mark.promise("V4")
@given(FACTS, rule_sets())
def test_nobody_is_other_than_the_rest_without_a_fact_that_counts(facts: PassFacts, rules: RuleSet) -> None:
    found = decide(facts, rules, AT)
    if found.condition in LACKS | {Condition.NOTHING}:
        return  # no fact against them: what everybody gets of whom no more is known, or better
    assert found.since is not None
    assert found.since <= AT < found.since + found.rule.hours * HOUR
    of_dispositions = (facts.disposed_at, facts.former_disposed_at)
    assert found.since in (facts.positive_at, facts.declared_at, *of_dispositions)


@pytest.mark.promise("V4")
@given(FACTS, rule_sets())
def test_red_comes_from_a_test_a_declaration_or_a_disposition_alone(facts: PassFacts, rules: RuleSet) -> None:
    harmless = PassFacts(negative_at=facts.negative_at, declared_at=facts.declared_at)
    assert decide(harmless, rules, AT).colour is not RED
    assert decide(NO_FACTS, rules, AT).condition in LACKS | {Condition.NOTHING}


@given(PAST, rule_sets())
def test_until_is_when_it_changes_if_nothing_comes(facts: PassFacts, rules: RuleSet) -> None:
    found = decide(facts, rules, AT)
    if found.until is None:
        assert decide(facts, rules, AT + 10_000 * HOUR).condition in {found.condition, *LACKS}
    else:
        assert found.until > AT
        assert decide(facts, rules, found.until - timedelta(microseconds=1)) == found
        assert decide(facts, rules, found.until) != found


@given(rule_sets())
def test_a_set_is_kept_and_read_again(rules: RuleSet) -> None:
    assert read(written(rules.rules)) == rules.rules


@pytest.mark.promise("V4")
@pytest.mark.parametrize(
    "broken",
    [
        {"colour": "red"},  # for a fact that is missing
        {"colour": "green"},
        {"condition": "person"},
        {"condition": "check_in"},
        {"hours": 0},
        {"hours": 1441},
        {"zh": ""},
        {"en": "x" * 61},
        {"zh": "{person}"},
    ],
)
def test_a_rule_says_nothing_else(broken: dict[str, Any]) -> None:
    stored = {"condition": "no_negative", "colour": "yellow", "hours": 48, "zh": "无", "en": "none"}
    assert read([stored])
    with pytest.raises(ValueError, match=r".+"):
        read([stored | broken])


@pytest.mark.parametrize("left_out", ["nothing", "positive", "confirmed"])
def test_a_set_always_answers_and_keeps_what_must_be_red(left_out: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        RuleSet(version=1, rules=tuple(r for r in BUILT_IN.rules if r.condition.value != left_out))
    with pytest.raises(ValueError, match="once"):
        RuleSet(version=1, rules=(BUILT_IN.rules[0], *BUILT_IN.rules))


@pytest.mark.parametrize("held", lifting.HOLDING)
@pytest.mark.parametrize("began", [0, 9, 23])
def test_nobody_is_let_through_before_the_days_of_their_order_are_over(held: Disposition, began: int) -> None:
    """The pass counts hours, the order full days: by 14 times 24 hours somebody was green a day before it ended."""
    disposed_at = datetime.combine(AT.date(), time(began), clock.zone())
    days = lifting.BUILT_IN[held].days
    released_at = clock.day_start(lifting.release_day(AT.date(), days)) if days else disposed_at
    facts = PassFacts(
        disposition=held, disposed_at=disposed_at, declared_at=released_at, negative_at=released_at
    )
    assert decide(facts, BUILT_IN, released_at - HOUR / 60 if days else released_at).colour is RED


def test_a_declaration_is_asked_for_as_long_as_the_rules_ask_and_it_does_not_count() -> None:
    days = 24  # hours of one
    for declared_at, until in (
        (None, None),
        (before(14 * days), None),
        (AT + HOUR, None),
        (before(14 * days - 1), AT + HOUR),
        (before(1), AT + ASKED_AGAIN),
    ):
        assert declared_until(declared_at, BUILT_IN, AT) == until
    unasking = RuleSet(
        version=1, rules=tuple(one for one in BUILT_IN.rules if one.condition is not Condition.NO_DECLARATION)
    )
    assert declared_until(None, unasking, AT) == AT + ASKED_AGAIN


def test_a_disposition_that_begins_tomorrow_does_not_hide_the_one_that_holds() -> None:
    facts = PassFacts(
        disposition=Disposition.ADMITTED,
        disposed_at=AT + 24 * HOUR,
        former_disposition=Disposition.ISOLATION,
        former_disposed_at=AT - 30 * HOUR,
    )
    assert [decide(facts, BUILT_IN, at).colour for at in (AT, AT + 24 * HOUR)] == [RED, YELLOW]
    assert facts.as_of(AT - 31 * HOUR).disposition is None
    positive = replace(facts, positive_at=AT - 40 * HOUR)
    assert positive.as_of(AT).standing_positive_at == AT - 40 * HOUR
    assert positive.as_of(AT + 24 * HOUR).standing_positive_at is None


@given(PAST, rule_sets())
def test_a_disposition_to_come_ends_what_it_changes(facts: PassFacts, rules: RuleSet) -> None:
    begins_at, now = AT + 7 * HOUR + timedelta(minutes=1), facts.as_of(AT)
    coming = replace(
        now,
        disposition=Disposition.ISOLATION,
        disposed_at=begins_at,
        former_disposition=now.disposition,
        former_disposed_at=now.disposed_at,
    )

    def why(at: datetime) -> tuple[Rule, datetime | None]:
        found = decide(coming, rules, at)
        return found.rule, found.since

    until = decide(coming, rules, AT).until
    assert why(AT) == (decide(now, rules, AT).rule, decide(now, rules, AT).since)
    if until == begins_at:
        assert why(begins_at - timedelta(microseconds=1)) == why(AT) != why(begins_at)
    elif until is None or until > begins_at:
        assert why(begins_at) == why(AT)
