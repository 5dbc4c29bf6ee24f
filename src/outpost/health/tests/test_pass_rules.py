"""Rule sets of the pass on the word of two; objections; their pages."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from psycopg import AsyncConnection

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health import errors, passes, services
from outpost.health.conditions import Colour, Condition
from outpost.health.models import Objection, PassRuleSet
from outpost.health.passes import BUILT_IN
from outpost.health.queries import pass_now, pass_reading, rule_sets, waiting
from outpost.health.rules import Outcome
from outpost.health.services import Declared, objections
from outpost.health.tests.records import person
from outpost.notifications.models import InboxMessage
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

SYSTEM = Actor.system("tests")
DAY = timedelta(days=1)
TERM = NOON + 7 * DAY
SICK, WELL = (
    Declared(symptoms=("咳嗽",), was_in_risk_area=False),
    Declared(symptoms=(), was_in_risk_area=False),
)


def stricter() -> list[passes.Rule]:
    """The built-in rules, but symptoms make red."""
    return [
        replace(rule, colour=Colour.RED) if rule.condition is Condition.SYMPTOMS else rule
        for rule in BUILT_IN.rules
    ]


@pytest.fixture
def two(cast: Cast) -> tuple[Actor, Actor]:
    command = cast.actor("command")
    services.declare(person(1), SICK, key=uuid4(), is_seen=True, actor=SYSTEM, at=NOON)
    services.declare(person(2), WELL, key=uuid4(), is_seen=True, actor=SYSTEM, at=NOON)
    return command, Actor(id="user:second", label="second", reaches=command.reaches)


def propose(actor: Actor, **changes: Any) -> PassRuleSet:
    stated: dict[str, Any] = {"reason": "疫情形势变化", "expires_at": TERM, "at": NOON, **changes}
    return services.propose_pass_rules(stricter(), actor=actor, **stated)


def colour(who: int, at: Any = NOON) -> Colour:
    return pass_now.passes_of([person(who)], at=at)[person(who)].colour


@pytest.mark.promise("V4")
def test_rules_change_on_the_word_of_two_after_a_trial_and_end(two: tuple[Actor, Actor]) -> None:
    first, second = two
    proposal = propose(first)
    [change] = rule_sets.changes_of(proposal)
    assert (change.before, change.after, change.after_by) == (Colour.YELLOW, Colour.RED, Condition.SYMPTOMS)
    assert (change.people, colour(1)) == (1, Colour.YELLOW)
    with pytest.raises(Refusal):
        services.decide_pass_rules(proposal.id, is_agreed=True, actor=first, at=NOON)
    assert colour(1) is Colour.YELLOW
    services.decide_pass_rules(proposal.id, is_agreed=True, actor=second, at=NOON)
    assert [colour(1), colour(2)] == [Colour.RED, Colour.YELLOW]
    assert rule_sets.in_force(NOON).version == 1
    assert colour(1, TERM) is Colour.YELLOW  # the built-in ones again
    for is_agreed in (True, False):
        with pytest.raises(Refusal):  # once
            services.decide_pass_rules(proposal.id, is_agreed=is_agreed, actor=second, at=NOON)
    acts = ["health.pass_rules_asked", "health.pass_rules_agreed"]
    entries = AuditEntry.objects.filter(action__in=acts).order_by("seq")
    assert [(entry.action, entry.count) for entry in entries] == [(act, 1) for act in acts]
    assert {message.template for message in InboxMessage.objects.all()} == set(acts)


@pytest.mark.django_db(transaction=True)
def test_the_lane_reads_the_same_decisions_by_itself(two: tuple[Actor, Actor]) -> None:
    first, second = two
    services.decide_pass_rules(propose(first).id, is_agreed=True, actor=second, at=NOON)
    people = [person(who) for who in range(4)]
    assert asyncio.run(as_the_lane(people, NOON)) == pass_now.passes_of(people, at=NOON)
    assert asyncio.run(as_the_lane(people, TERM)) == pass_now.passes_of(people, at=TERM)


async def as_the_lane(people: list[UUID], at: datetime) -> dict[UUID, passes.Decision]:
    parameters = {key: str(value) for key, value in connection.get_connection_params().items() if key in WIRE}
    async with await AsyncConnection.connect(**parameters) as wire:  # type: ignore[arg-type]
        rules = passes.in_force(await pass_reading.last_agreed(wire), at)
        return passes.decide_each(people, await pass_reading.facts_of(wire, people), rules, at)


WIRE = ("host", "port", "dbname", "user", "password")


def test_a_proposal_is_declined_or_forgotten_after_a_week(two: tuple[Actor, Actor]) -> None:
    first, second = two
    declined, late = propose(first), propose(first, expires_at=NOON + 30 * DAY)
    services.decide_pass_rules(declined.id, is_agreed=False, actor=second, at=NOON)
    with pytest.raises(Refusal):
        services.decide_pass_rules(late.id, is_agreed=True, actor=second, at=NOON + 8 * DAY)
    assert rule_sets.in_force(NOON + 8 * DAY) is BUILT_IN


@pytest.mark.parametrize("term", [NOON, NOON + 181 * DAY])
def test_rules_hold_for_a_time(two: tuple[Actor, Actor], term: Any) -> None:
    with pytest.raises(Refusal) as refused:
        propose(two[0], expires_at=term)
    assert refused.value.code == "health.pass_rules_term"


@pytest.mark.parametrize(
    "role", ["town", "bureau", "principal", "feeder", "operator", "security", "auditor", "outsider"]
)
def test_nobody_else_proposes_or_decides(cast: Cast, two: tuple[Actor, Actor], role: str) -> None:
    proposal = propose(two[0])
    with pytest.raises(Refusal):
        propose(cast.actor(role))
    with pytest.raises(Refusal):
        services.decide_pass_rules(proposal.id, is_agreed=True, actor=cast.actor(role), at=NOON)
    assert rule_sets.waiting(actor=cast.actor(role), at=NOON) == []


def test_an_objection_is_raised_once_answered_once_and_sets_no_colour(two: tuple[Actor, Actor]) -> None:
    officer, key = two[0], uuid4()
    raised = services.raise_objection(person(1), "我没有症状", key=key, actor=SYSTEM, at=NOON)
    assert services.raise_objection(person(1), "再说一次", key=key, actor=SYSTEM, at=NOON).id == raised.id
    with pytest.raises(Refusal) as open_one:
        services.raise_objection(person(1), "另一件", key=uuid4(), actor=SYSTEM, at=NOON)
    assert open_one.value.code == "health.objection_open"
    [row] = waiting.objections(actor=officer, at=NOON, answered=False)
    assert (row.text, row.condition, row.is_late) == ("我没有症状", Condition.SYMPTOMS, False)
    services.answer_objection(key, Outcome.STANDS, "请重新申报", actor=officer, at=NOON + DAY)
    assert colour(1) is Colour.YELLOW
    [row] = waiting.objections(actor=officer, at=NOON, answered=True)
    assert (row.outcome, row.answer) == (Outcome.STANDS, "请重新申报")
    [own] = waiting.objections_of(person(1), at=NOON)
    assert (own.who, own.answer, own.now.colour) == ("", "请重新申报", Colour.YELLOW)
    assert waiting.objections_of(person(2), at=NOON) == []
    with pytest.raises(Refusal):
        services.answer_objection(key, Outcome.STANDS, "又一次", actor=officer, at=NOON + DAY)
    assert "症状" not in str(list(Objection.objects.values()))


def test_there_is_nothing_to_object_to_in_a_green_pass(cast: Cast) -> None:
    only = passes.RuleSet(version=0, rules=(*BUILT_IN.rules[:2], BUILT_IN.rules[-1]))
    row = propose_any(cast.actor("command"), only)
    second = Actor(id="user:second", label="second", reaches=cast.actor("command").reaches)
    services.decide_pass_rules(row.id, is_agreed=True, actor=second, at=NOON)
    refused = errors.OBJECTION_TEXT
    for text, why in (
        *(
            ("", refused),
            ("……", refused),
            ("\u3164", refused),
            ("x" * (objections.LONGEST_TEXT + 1), refused),
        ),
        ("why", errors.NOTHING_TO_OBJECT),
    ):
        with pytest.raises(Refusal) as found:
            services.raise_objection(person(1), text, key=uuid4(), actor=SYSTEM, at=NOON)
        assert found.value.problem is why


def propose_any(actor: Actor, rules: passes.RuleSet) -> PassRuleSet:
    return services.propose_pass_rules(rules.rules, reason="测试", expires_at=TERM, actor=actor, at=NOON)


def test_what_is_not_answered_in_time_is_told_once(two: tuple[Actor, Actor]) -> None:
    services.raise_objection(person(1), "我没有症状", key=uuid4(), actor=SYSTEM, at=NOON)
    assert services.escalate_objections(actor=SYSTEM, at=NOON + timedelta(hours=23)) == 0
    assert [services.escalate_objections(actor=SYSTEM, at=NOON + DAY) for _again in range(2)] == [1, 0]
    assert InboxMessage.objects.filter(template="health.objections_late").exists()
    [row] = waiting.objections(actor=two[0], at=NOON + DAY, answered=False)
    assert row.is_late


@pytest.fixture
def command(client: Client, cast: Cast) -> Client:
    sign_in(client, cast.users["command"])
    return client


FORM = {
    "reason": "疫情形势变化",
    **{f"{rule.condition}_colour": rule.colour.value for rule in BUILT_IN.rules},
    **{f"{rule.condition}_hours": rule.hours for rule in BUILT_IN.rules},
    **{f"{rule.condition}_zh": rule.zh for rule in BUILT_IN.rules},
    **{f"{rule.condition}_en": rule.en for rule in BUILT_IN.rules},
}


def test_the_page_shows_rules_proposals_and_waiting_dispositions(
    command: Client, two: tuple[Actor, Actor]
) -> None:
    proposal = propose_now(two[1])
    text = command.get("/health/passes").content.decode()
    assert "48小时核酸阴性" in text
    assert f"/health/passes/{proposal.id}" in text
    assert "symptoms" not in text
    command.post(f"/health/passes/{proposal.id}", {"agree": "1"})
    assert "第 1 版" in command.get("/health/passes").content.decode()


def propose_now(actor: Actor) -> PassRuleSet:
    """A proposal as of the clock, by which pages decide."""
    now = clock.now()
    return propose(actor, at=now, expires_at=now + DAY)


def test_a_form_proposes_what_it_says_and_names_mistakes(command: Client) -> None:
    path = "/health/passes/propose"
    assert "不采用" in command.get(path).content.decode()
    tomorrow = (clock.local_day(clock.now()) + DAY).isoformat()
    wrong: list[dict[str, Any]] = [
        {"expires_on": "2999-01-01"},
        {"expires_on": "9999-12-31"},
        {"symptoms_zh": "{person}"},
        {"positive_colour": "yellow"},
        {"no_negative_hours": "0"},
        {"nothing_en": ""},
    ]
    for change in wrong:
        page = shown(command, command.post(path, {**FORM, "expires_on": tomorrow, **change}))
        assert 'role="alert"' in page.content.decode()
        assert PassRuleSet.objects.count() == 0
    stated = {**FORM, "expires_on": tomorrow, "symptoms_colour": "red", "risk_area_colour": ""}
    assert command.post(path, stated).headers["Location"] == "/health/passes"
    rules = {rule.condition: rule for rule in rule_sets.set_of(PassRuleSet.objects.get()).rules}
    assert rules[Condition.SYMPTOMS].colour is Colour.RED
    assert Condition.RISK_AREA not in rules
    text = command.get("/health/passes").content.decode()
    assert "等待另一名指挥部人员同意" in text  # one's own


def test_the_pages_of_objections(command: Client, two: tuple[Actor, Actor]) -> None:
    assert "没有待答复的申诉" in command.get("/health/objections").content.decode()
    key = uuid4()
    services.raise_objection(person(1), "我没有症状", key=key, actor=SYSTEM, at=clock.now())
    assert "我没有症状" in command.get("/health/objections").content.decode()
    path = f"/health/objections/{key}"
    assert command.get(path).status_code == 200
    command.post(path, {"outcome": "green", "text": "好"})
    assert Objection.objects.get().answered_at is None
    assert command.post(path, {"outcome": "corrected", "text": "已更正"}).status_code == 302
    assert "已更正记录" in command.get("/health/objections").content.decode()
    assert command.get(path).status_code == 404
