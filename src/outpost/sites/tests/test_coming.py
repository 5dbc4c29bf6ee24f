"""A disposition that begins later: until its instant everything stays as it is, from then on gate, offline list, pass,
recall and figures say the same; one at a time, and a lifting takes it back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health.conditions import Colour
from outpost.health.models import DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.queries import proposals
from outpost.health.queries.pass_now import passes_of
from outpost.health.rules import Disposition
from outpost.health.services.proposals import confirm_proposal, propose_disposition
from outpost.sites import services
from outpost.sites.gate import people
from outpost.sites.models import Registration
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.queries.people import to_leave_seen
from outpost.sites.services.recalling import recall
from outpost.sites.tests.test_passing import (  # noqa: F401 - fixtures
    HOUR,
    command,
    crew,
    dispose,
    registered,
)
from outpost.sites.tests.test_proposals import codes, wanted
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
TOMORROW = NOON + 20 * HOUR
ISOLATION, ADMITTED = Disposition.ISOLATION, Disposition.ADMITTED


@pytest.fixture
def other(command: Actor) -> Actor:  # noqa: F811 - the fixture's value
    return Actor(id="user:other", label="other", reaches=command.reaches, roles=command.roles)


@pytest.fixture
def coming(crew: list[Registration], command: Actor, other: Actor) -> Registration:  # noqa: F811
    """Somebody inside whose isolation begins tomorrow."""
    row = crew[0]
    assert services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed
    order = wanted(ISOLATION, "隔离酒店", "密接隔离", TOMORROW)
    propose_disposition(row.person_id, order, actor=command, at=NOON)
    asked = DispositionProposal.objects.get()
    assert (asked.begins_at, asked.means, asked.disposition) == (TOMORROW, "隔离酒店", "isolation")
    confirm_proposal(asked.id, order, actor=other, at=NOON)
    return row


def test_until_then_as_before_and_from_then_on_held_by_all_alike(
    coming: Registration,
    command: Actor,  # noqa: F811
) -> None:
    for at, is_held in ((NOON, False), (TOMORROW - SECOND, False), (TOMORROW, True)):
        codes_ = [one.problem.code for one in obstacles_of([coming], at=at)[coming.id]]
        leaving = to_leave_seen(actor=command, at=at).count()
        colour = passes_of([coming.person_id], at=at)[coming.person_id].colour
        assert ("sites.ordered" in codes_, leaving, colour is Colour.RED) == (is_held, is_held, is_held), at


def test_the_pass_ends_when_it_begins(coming: Registration) -> None:
    found = passes_of([coming.person_id], at=TOMORROW - SECOND)[coming.person_id]
    assert found.until == TOMORROW


def test_the_recall_is_told_when_it_begins_and_once(
    coming: Registration,
    command: Actor,  # noqa: F811
) -> None:
    times = (NOON, TOMORROW - SECOND, TOMORROW, TOMORROW + HOUR)
    assert [recall(actor=command, at=at) for at in times] == [0, 0, 1, 0]


def test_the_list_of_a_gate_carries_it(coming: Registration) -> None:
    def told() -> dict[str, object]:
        found = people(str(coming.contract_id), at=NOON)["people"]
        return next(one for one in found if one["id"] == str(coming.id))

    assert (told()["disposition"], told()["coming"]) == (
        None,
        {"at": TOMORROW.isoformat(), "disposition": ISOLATION, "is_positive": False},
    )
    later = people(str(coming.contract_id), at=TOMORROW)["people"]
    assert {(one["disposition"], one["coming"]) for one in later} == {(ISOLATION, None), (None, None)}


def test_it_begins_within_days_later_than_now_and_one_at_a_time(
    coming: Registration,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    def proposing(row: Registration, begins_at: object, means: str = "酒店") -> object:
        order = wanted(ISOLATION, means, "密接隔离", begins_at)  # type: ignore[arg-type]
        return lambda: propose_disposition(row.person_id, order, actor=command, at=NOON)

    assert codes(
        proposing(crew[1], NOON),
        proposing(crew[1], NOON + timedelta(days=30) + SECOND),
        proposing(crew[1], TOMORROW, " "),
        proposing(coming, TOMORROW + HOUR),
    ) == [
        "health.start_out_of_range",
        "health.start_out_of_range",
        "health.means_missing",
        "health.one_comes",
    ]
    assert DispositionProposal.objects.count() == 1


def test_a_lifting_takes_back_what_was_to_begin_and_the_history_keeps_both(
    coming: Registration,
    command: Actor,  # noqa: F811
    other: Actor,
) -> None:
    lift = wanted(ADMITTED, "", "排除密接")
    propose_disposition(coming.person_id, lift, actor=command, at=NOON + HOUR)
    confirm_proposal(DispositionProposal.objects.get(outcome="").id, lift, actor=other, at=NOON + 2 * HOUR)
    assert DispositionRecord.objects.get().disposition == ADMITTED
    assert obstacles_of([coming], at=TOMORROW)[coming.id] == []
    assert recall(actor=command, at=TOMORROW) == 0
    history = proposals.history_of(coming.person_id)
    assert [(one.disposition, one.is_withdrawn, one.record.started_at) for one in history] == [
        (ISOLATION, True, TOMORROW),
        (ADMITTED, False, NOON + 2 * HOUR),
    ]
    assert (history[0].record.ground, history[0].set_by) == ("密接隔离", f"{command.label} · other")
    told = AuditEntry.objects.filter(action="health.disposition_confirmed").order_by("at").last()
    assert told is not None
    assert told.detail["taken_back"] == 1


def test_a_lifting_may_begin_later_too(
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    other: Actor,
) -> None:
    row = crew[0]
    dispose(row.person_id, "isolation", NOON - HOUR)
    lift = wanted(ADMITTED, "", "隔离期满", TOMORROW)
    propose_disposition(row.person_id, lift, actor=command, at=NOON)
    confirm_proposal(DispositionProposal.objects.get().id, lift, actor=other, at=NOON)
    held = [bool(obstacles_of([row], at=at)[row.id]) for at in (NOON, TOMORROW - SECOND, TOMORROW)]
    assert held == [True, True, False]
    standing = proposals.standing_of(row.person_id, at=NOON)
    assert (standing.disposition, standing.coming) == (ISOLATION, ADMITTED)


def test_the_page_of_the_person_says_it_is_coming_to_officers_alone(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
) -> None:
    dispose(crew[0].person_id, "isolation", clock.now() + HOUR)
    seen = {}
    for name in ("command", "town"):
        client = Client(headers={"accept-language": "en"})
        sign_in(client, cast.users[name])
        page = client.get(reverse("sites:person", args=[crew[0].id])).content.decode()
        seen[name] = ("Begins later:" in page, "has not begun" in page, "To be isolated" in page)
    assert seen == {"command": (True, True, True), "town": (False, False, False)}
