"""What the first word said binds the second: nobody is let in sooner than was proposed, nor held anew by one officer's
word on a proposal to lift; a lifting that is to come ends no order that came after it."""

from datetime import datetime

import pytest

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.health.models import DispositionRecord, TestRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.pass_facts import TESTS, read_anew
from outpost.health.queries import proposals
from outpost.health.rules import Disposition
from outpost.health.services.proposals import confirm_proposal, propose_disposition, take_back_overtaken
from outpost.notifications.models import InboxMessage
from outpost.sites.models import Registration
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.tests.test_coming import ADMITTED, ISOLATION, TOMORROW, other  # noqa: F401 - a fixture
from outpost.sites.tests.test_passing import HOUR, command, crew, dispose, registered  # noqa: F401 - fixtures
from outpost.sites.tests.test_proposals import codes, wanted
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(crew: list[Registration]) -> Registration:  # noqa: F811 - the fixture's value
    """Somebody isolated an hour ago."""
    dispose(crew[0].person_id, "isolation", NOON - HOUR)
    return crew[0]


def lifting(row: Registration, actor: Actor, begins_at: datetime | None) -> DispositionProposal:
    lift = wanted(ADMITTED, "", "隔离期满", begins_at)
    propose_disposition(row.person_id, lift, actor=actor, at=NOON)
    return DispositionProposal.objects.get(outcome="")


def test_nobody_is_held_anew_on_a_proposal_to_let_them_in(
    held: Registration,
    command: Actor,  # noqa: F811
    other: Actor,  # noqa: F811
) -> None:
    asked = lifting(held, command, None)
    anew = wanted(ISOLATION, "隔离酒店", "重新计算")
    assert codes(lambda: confirm_proposal(asked.id, anew, actor=other, at=NOON)) == [
        "health.proposed_to_lift"
    ]
    assert proposals.standing_of(held.person_id, at=NOON).began_at == NOON - HOUR


def test_nobody_is_let_in_sooner_than_was_proposed(
    held: Registration,
    command: Actor,  # noqa: F811
    other: Actor,  # noqa: F811
) -> None:
    asked = lifting(held, command, TOMORROW)

    def confirming(begins_at: datetime | None) -> list[str]:
        lift = wanted(ADMITTED, "", "同意解除", begins_at)
        return codes(lambda: confirm_proposal(asked.id, lift, actor=other, at=NOON))

    assert confirming(None) + confirming(TOMORROW - HOUR) == ["health.sooner_than_proposed"] * 2
    assert proposals.standing_of(held.person_id, at=NOON).disposition is ISOLATION
    confirm_proposal(asked.id, wanted(ADMITTED, "", "同意解除", TOMORROW + HOUR), actor=other, at=NOON)
    assert proposals.standing_of(held.person_id, at=NOON).begins_at == TOMORROW + HOUR


def test_an_order_from_now_on_takes_a_lifting_back_that_was_to_come(
    held: Registration,
    command: Actor,  # noqa: F811
    other: Actor,  # noqa: F811
) -> None:
    asked = lifting(held, command, TOMORROW)
    confirm_proposal(asked.id, wanted(ADMITTED, "", "同意解除", TOMORROW), actor=other, at=NOON)
    ill = wanted(Disposition.CONFIRMED, "区医院", "核酸阳性")
    propose_disposition(held.person_id, ill, actor=command, at=NOON + HOUR)
    confirm_proposal(DispositionProposal.objects.get(outcome="").id, ill, actor=other, at=NOON + HOUR)
    assert [one.problem.code for one in obstacles_of([held], at=TOMORROW)[held.id]] == ["sites.ordered"]
    assert not DispositionRecord.objects.filter(disposition=ADMITTED).exists()
    told = AuditEntry.objects.filter(action="health.disposition_confirmed").order_by("at").last()
    assert told is not None
    assert told.detail["taken_back"] == 1
    assert [one.is_withdrawn for one in proposals.history_of(held.person_id)].count(True) == 1


@pytest.mark.parametrize("sampled_at", [NOON - HOUR, NOON + HOUR])
def test_a_lifting_to_come_lets_nobody_in_over_a_positive_test_that_came_after_it(
    held: Registration,
    command: Actor,  # noqa: F811
    other: Actor,  # noqa: F811
    sampled_at: datetime,
) -> None:
    asked = lifting(held, command, TOMORROW)
    confirm_proposal(asked.id, wanted(ADMITTED, "", "同意解除", TOMORROW), actor=other, at=NOON)
    positive = TestRecord(source="lab", record_id="1", person_id=held.person_id, result="positive")
    positive.sampled_at = positive.received_at = sampled_at
    positive.save(force_insert=True)
    read_anew(TESTS, "SELECT %(person)s::uuid AS person_id", {"person": held.person_id})
    is_overtaken, at = sampled_at > NOON, NOON + 2 * HOUR
    assert [take_back_overtaken(actor=Actor.system("t"), at=at) for _twice in "12"] == [int(is_overtaken), 0]
    assert bool(obstacles_of([held], at=TOMORROW)[held.id]) == is_overtaken
    assert AuditEntry.objects.filter(action="health.lifting_overtaken").count() == int(is_overtaken)
    assert InboxMessage.objects.filter(template="health.lifting_overtaken").exists() == is_overtaken


def test_a_lifting_to_come_ends_no_order_of_a_file_that_was_agreed_to_after_it(
    held: Registration,
    command: Actor,  # noqa: F811
    other: Actor,  # noqa: F811
) -> None:
    asked = lifting(held, command, TOMORROW)
    confirm_proposal(asked.id, wanted(ADMITTED, "", "同意解除", TOMORROW), actor=other, at=NOON)
    assert take_back_overtaken(actor=Actor.system("t"), at=NOON) == 0
    dispose(held.person_id, "confirmed", NOON + HOUR)
    assert take_back_overtaken(actor=Actor.system("t"), at=NOON + HOUR) == 1
    assert [one.problem.code for one in obstacles_of([held], at=TOMORROW)[held.id]] == ["sites.ordered"]
