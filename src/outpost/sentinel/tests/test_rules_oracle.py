"""R9: the rules against a naive oracle (histories.py), on random histories and on edges."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outpost.sentinel import rules
from outpost.sentinel.tests.histories import (
    HAVANA,
    JOB_TYPES,
    NEW_YORK,
    RULES,
    SHANGHAI,
    STAGES,
    History,
    Record,
    books,
    histories,
)

pytestmark = [pytest.mark.rules, pytest.mark.promise("R9")]

HISTORIES = 100_000
MOST_KEPT = 6


def judged(history: History, stage: str) -> rules.Judgement:
    facts = rules.StaffFacts(history.joined_on, history.is_on_duty, history.sampled_at(stage))
    return rules.judge(
        rules.TestingRule(*history.rule),
        facts,
        on=history.on,
        zone=history.zone,
        judges_new_joiners=history.judges_new_joiners,
    )


def decided(history: History, stage: str, kept: int) -> bool | None:
    """Ask the shortcut, given the `kept` latest samples."""
    known = sorted(history.sampled_at(stage), reverse=True)
    return rules.kth_latest_decides(
        rules.TestingRule(*history.rule),
        known[:kept],
        is_complete=len(known) <= kept,
        on=history.on,
        zone=history.zone,
    )


def test_judge_equals_the_oracle_on_100_000_histories_at_dawn_late_and_corrected() -> None:
    seen: Counter[tuple[tuple[int, int, bool], str]] = Counter()
    changed = 0
    for history in histories(HISTORIES, seed=20240229):
        states = []
        for stage in STAGES:
            judgement = judged(history, stage)
            assert (judgement.state, judgement.found) == history.expected(stage), (stage, history)
            seen[history.rule, judgement.state] += 1
            states.append(judgement.state)
        changed += len(set(states)) > 1
    for rule in RULES:
        for state in ("met", "missed", "new_joiner", "off_duty"):
            assert seen[rule, state] > 50, (rule, state)
    assert changed > HISTORIES // 20


def test_the_rule_of_a_job_holds_in_place_of_the_categorys() -> None:
    seen: Counter[tuple[bool, str]] = Counter()
    subjects = zip(histories(HISTORIES // 5, seed=8), books(HISTORIES // 5, seed=8), strict=True)
    for number, (history, book) in enumerate(subjects):
        job_type = JOB_TYPES[number % len(JOB_TYPES)]
        of_category = rules.CategoryRules(
            book.own and rules.TestingRule(*book.own),
            {job: rule and rules.TestingRule(*rule) for job, rule in book.by_job},
        )
        judgement = rules.judge(
            of_category.of(job_type),
            rules.StaffFacts(history.joined_on, history.is_on_duty, history.sampled_at("late")),
            on=history.on,
            zone=history.zone,
            judges_new_joiners=book.judges_new_joiners,
        )
        assert (judgement.state, judgement.found) == book.expected(history, job_type, "late"), (book, history)
        assert of_category.is_on or judgement.state == "no_rule"
        seen[job_type in dict(book.by_job), judgement.state] += 1
    for has_own in (True, False):
        for state in ("met", "missed", "new_joiner", "off_duty", "no_rule"):
            assert seen[has_own, state] > 50, (has_own, state)


def test_shortcut_equals_the_oracle_wherever_it_decides() -> None:
    answers: Counter[bool | None] = Counter()
    for number, history in enumerate(histories(HISTORIES, seed=14)):
        stage = STAGES[number % len(STAGES)]
        kept = 1 + number % MOST_KEPT
        answer = decided(history, stage, kept)
        answers[answer] += 1
        least_tests, found = history.rule[1], history.expected(stage)[1]
        if answer is not None:
            assert answer is (found >= least_tests), (stage, kept, history)
        else:
            assert len(history.sampled_at(stage)) > kept, (stage, kept, history)
    assert min(answers[True], answers[False], answers[None]) > HISTORIES // 20


def test_shortcut_with_k_kept_and_none_after_the_window_always_decides() -> None:
    asked = 0
    for history in histories(20_000, seed=3):
        window_days, least_tests, counts_days = history.rule
        _, end = rules.window(rules.TestingRule(window_days, least_tests), history.on).instants(history.zone)
        if counts_days or any(at >= end for at in history.sampled_at("late")):
            continue
        assert decided(history, "late", least_tests) is (history.expected("late")[1] >= least_tests), history
        asked += 1
    assert asked > 2_000


ON = date(2024, 3, 1)
DAYS_NEAR = st.integers(-40, 3)
MICROSECONDS = st.sampled_from((-1, 0, 1)) | st.integers(0, 86_399_999_999)


@st.composite
def edge_histories(draw: st.DrawFn) -> History:
    zone = draw(st.sampled_from((SHANGHAI, NEW_YORK, HAVANA)))
    on = draw(
        st.sampled_from((ON, date(2024, 2, 29), date(2024, 1, 1), date(2024, 3, 10), date(2024, 3, 11)))
    )
    records = tuple(
        Record(at, is_late=False, corrected_at=at)
        for days, microseconds in draw(st.lists(st.tuples(DAYS_NEAR, MICROSECONDS), max_size=8))
        for at in [_instant(on + timedelta(days=days), microseconds, zone)]
    )
    return History(
        rule=draw(st.sampled_from(RULES)),
        zone=zone,
        on=on,
        joined_on=on - timedelta(days=draw(st.integers(-2, 33))),
        is_on_duty=draw(st.booleans()),
        judges_new_joiners=draw(st.booleans()),
        records=records,
    )


def _instant(day: date, microseconds: int, zone: ZoneInfo) -> datetime:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)
    return noon + timedelta(hours=-12, microseconds=microseconds)


def history_of(on: date, *sampled_at: datetime, rule: tuple[int, int, bool]) -> History:
    records = tuple(Record(at, is_late=False, corrected_at=at) for at in sampled_at)
    return History(rule, SHANGHAI, on, date(2020, 1, 1), True, False, records)


@settings(max_examples=500, deadline=None, database=None)
@given(edge_histories(), st.integers(1, MOST_KEPT))
@example(history_of(ON, datetime(2024, 2, 29, tzinfo=SHANGHAI), rule=(1, 1, False)), 1)
@example(history_of(ON, datetime(2024, 3, 1, tzinfo=SHANGHAI), rule=(1, 1, False)), 1)
@example(history_of(ON, *[datetime(2024, 2, 29, 23, 59, 59, tzinfo=SHANGHAI)] * 2, rule=(3, 2, True)), 1)
@example(history_of(ON, *[datetime(2024, 2, 27, tzinfo=SHANGHAI)] * 2, rule=(3, 2, False)), 1)
def test_rule_and_shortcut_equal_the_oracle_on_edges(history: History, kept: int) -> None:
    state, found = history.expected("dawn")
    judgement = judged(history, "dawn")
    assert (judgement.state, judgement.found) == (state, found)
    assert decided(history, "dawn", kept) in {None, found >= history.rule[1]}
