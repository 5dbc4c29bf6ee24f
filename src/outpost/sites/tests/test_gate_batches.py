"""A gate that was away hands in hundreds at once: what is known is read once for all of them, and written once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.desks.models import Entry
from outpost.desks.services.taking import Answer
from outpost.health.models import Declaration, TestRecord
from outpost.sites import services
from outpost.sites.models import Contract, Passage, Registration, SiteException, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.queries.entering import Known, known_at, obstacles_of, stays_of
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.tests.gate import gate, passing
from outpost.sites.tests.test_passing import dispose
from outpost.sites.tests.test_registrations import crew_of_two
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import Gate

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PEOPLE = 55


@pytest.fixture
def command(cast: Cast) -> Actor:
    return cast.actor("command")


@pytest.fixture(scope="module", autouse=True)
def registered(cast_of_file: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A crew under the first of two contracts, ten of them under both."""
    people = range(1, PEOPLE + 1)
    crew_of_two(cast_of_file.actor("command"), tmp_path_factory.mktemp("crew"), people, both=people[:10])


@pytest.fixture
def desk() -> Gate:
    return gate(Contract.objects.get(number="HT0001"), at=NOON - 20 * HOUR)


@pytest.fixture
def crew() -> list[Registration]:
    """Who stands under both contracts comes last."""
    both = set(Registration.objects.filter(contract__number="HT0002").values_list("person_id", flat=True))
    rows = Registration.objects.filter(contract__number="HT0001").order_by("id")
    return sorted(rows, key=lambda row: row.person_id in both)


def states(answers: Sequence[Answer]) -> set[tuple[str, str]]:
    return {(one.state, one.problem.code if one.problem else "") for one in answers}


KEPT = {("kept", "")}


class Counted:
    """A gate, and how many statements each of its batches took."""

    def __init__(self, desk: Gate) -> None:
        self._desk = desk

    def __call__(
        self, *said: tuple[Registration, str, timedelta], wanted: set[tuple[str, str]] = KEPT, **more: Any
    ) -> int:
        """One entry for each: who, what, how long ago; with what more they say."""
        made = [self._desk.entry(passing(row, kind, **more), NOON - ago) for row, kind, ago in said]
        with CaptureQueriesContext(connection) as asked:
            assert states(self._desk.hand_in(*made)) == wanted
        return len(asked)


def test_a_batch_of_fifty_costs_the_statements_of_a_batch_of_five(
    crew: list[Registration], desk: Gate, command: Actor
) -> None:
    """Entering with a temperature, each at an instant of their own, by rules, orders and tests; leaving; both."""
    services.add_place_rule(PlaceRule("", 0, 0, NOON.date() - timedelta(days=30)), actor=command, at=NOON)
    for row in crew:
        dispose(row.person_id, "isolation", NOON - 30 * HOUR)
        dispose(row.person_id, "admitted", NOON - 20 * HOUR)
        dispose(row.person_id, "admitted", NOON - HOUR)
    counted, few, many = Counted(desk), crew[:5], crew[5:55]

    def entering(rows: Sequence[Registration]) -> int:
        said = [(row, "enter", 5 * HOUR - number * SECOND) for number, row in enumerate(rows)]
        return counted(*said, temperature="36.5")

    def leaving(rows: Sequence[Registration]) -> int:
        return counted(*((row, "leave", 4 * HOUR - number * SECOND) for number, row in enumerate(rows)))

    def both(rows: Sequence[Registration]) -> int:
        ways = (("enter", 3 * HOUR), ("leave", 2 * HOUR))
        return counted(*((row, kind, ago) for kind, ago in ways for row in rows))

    for batch in (entering, leaving, both):
        assert batch(few) == batch(many), batch
    assert Stay.objects.count() == 2 * PEOPLE


def test_each_is_judged_by_what_was_known_at_its_own_instant(
    crew: list[Registration], command: Actor
) -> None:
    """Orders, declarations, samples, rules and exceptions of between the entries of a batch, read for all at once."""
    ordered, declared, sampled, excepted, *others = crew[:8]
    services.add_place_rule(PlaceRule("", 0, 1, NOON.date() - timedelta(days=1)), actor=command, at=NOON)
    for order, ago in (
        ("isolation", 40),
        ("admitted", 30),
        ("suspected", 8),
        ("admitted", 4),
        ("admitted", 1),
    ):
        dispose(ordered.person_id, order, NOON - ago * HOUR)
    Declaration.objects.filter(person_id=declared.person_id).update(declared_at=NOON - 10 * HOUR)
    Declaration.objects.filter(person_id=sampled.person_id).update(
        travelled_on=NOON.date() - timedelta(days=2)
    )
    sample = TestRecord(source="lab", record_id="one", person_id=sampled.person_id, result="negative")
    sample.sampled_at = sample.received_at = NOON - 6 * HOUR
    sample.save(force_insert=True)
    SiteException(
        registration=excepted,
        reason="抢修值班",
        last_day=NOON.date() - timedelta(days=1),
        asked_by="one",
        asked_at=NOON - 60 * HOUR,
        agreed_by="two",
        agreed_at=NOON - 50 * HOUR,
    ).save(force_insert=True)
    asked = [
        (row, NOON - ago * HOUR)
        for row in (ordered, declared, sampled, excepted)
        for ago in (50, 35, 24, 9, 5, 2)
    ]
    asked += [(row, NOON - number * HOUR) for number, row in enumerate(others)]
    known = known_at(asked, stays=stays_of([row.person_id for row, _at in asked]))

    def failing(row: Registration, at: datetime, known: Known | None) -> list[str]:
        return [one.problem.code for one in obstacles_of([row], at=at, known=known)[row.id]]

    alone = [failing(row, at, None) for row, at in asked]
    assert [failing(row, at, known) for row, at in asked] == alone
    of_each = [alone[first : first + 6] for first in range(0, 24, 6)]
    assert all(len(set(map(tuple, one))) > 1 for one in of_each), of_each


def test_those_who_come_from_another_site_cost_what_one_does(crew: list[Registration], desk: Gate) -> None:
    there = gate(Contract.objects.get(number="HT0002"), at=NOON - 20 * HOUR)
    rows = list(Registration.objects.filter(contract__number="HT0002"))
    there.hand_in(*(there.entry(passing(row), NOON - 5 * HOUR) for row in rows))
    elsewhere, counted = {("kept", "sites.gate_elsewhere")}, Counted(desk)
    both = crew[-10:]
    one = counted((both[0], "enter", HOUR), wanted=elsewhere)
    assert counted(*((row, "enter", HOUR) for row in both[1:]), wanted=elsewhere) == one
    assert Stay.objects.filter(is_inferred=True).count() == 10


def test_what_waited_and_comes_right_costs_its_row_in_the_audit_and_no_more(
    crew: list[Registration], desk: Gate
) -> None:
    """The chain takes its rows one by one, and who looks for an entry finds it there."""
    counted, outside = Counted(desk), {("conflict", "sites.gate_outside")}

    def come_right(rows: Sequence[Registration]) -> int:
        counted(*((row, "leave", HOUR) for row in rows), wanted=outside)
        asked = counted(*((row, "enter", 2 * HOUR) for row in rows))
        return asked - len(rows)

    assert come_right(crew[:5]) == come_right(crew[5:50])
    assert AuditEntry.objects.filter(action="desks.entry_entered").count() == 50
    assert not Entry.objects.filter(settled="").exclude(code="").exists()


def test_one_that_the_database_refuses_stops_no_other(crew: list[Registration], desk: Gate) -> None:
    """It is there already, though the desks know nothing of it any more."""
    first = desk.entry(passing(crew[0]), NOON - 3 * HOUR)
    assert states(desk.hand_in(first)) == KEPT
    Entry.objects.all().delete()
    others = [desk.entry(passing(row), NOON - 2 * HOUR) for row in crew[1:8]]
    answers = desk.hand_in(*others[:3], first, *others[3:])
    assert [one.problem.code for one in answers if one.problem] == ["desks.unwritable"]
    assert {one.id for one in answers if one.state == "kept"} == {one["id"] for one in others}
    assert (Stay.objects.count(), GatePass.objects.count(), Passage.objects.count()) == (8, 8, 8)


def test_a_crew_by_hand_costs_what_one_does(crew: list[Registration], command: Actor) -> None:
    """By the same reading as at the gate."""

    def by_hand(rows: Sequence[Registration], ago: timedelta) -> tuple[int, int]:
        ids, at = [row.id for row in rows], NOON - ago
        with CaptureQueriesContext(connection) as entering:
            assert services.enter(ids, Checked.WORD, occurred_at=at, actor=command, at=NOON).passed
        with CaptureQueriesContext(connection) as leaving:
            assert services.leave(ids, occurred_at=at + MINUTE, actor=command, at=NOON).passed
        return len(entering), len(leaving)

    assert by_hand(crew[:1], HOUR) == by_hand(crew[1:50], HOUR)
