"""Three gates of a site, heard in any order and again (O6): who is inside in the end is what the latest of all says,
and nothing is lost: each entry is a stay's beginning or end, or waits for a person."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core.actor import Actor
from outpost.desks import queries
from outpost.desks.models import Device, Entry
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.tests.gate import gate, passing
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import Gate

MADE = st.tuples(st.integers(0, 2), st.integers(0, 120), st.sampled_from(["enter", "leave"]))
"""By which gate, at which minute, what."""


@pytest.fixture
def gates(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> list[Gate]:
    command: Actor = cast.actor("command")
    (contract,) = brought(contract_row(1), actor=command)
    declare(1)
    Bring(command, tmp_path_factory.mktemp("one"))(person_row(1))
    return [gate(contract, at=NOON - timedelta(days=1)) for _ in range(3)]


def forget(gates: list[Gate]) -> None:
    for table in (GatePass, Stay, Entry):
        table.objects.all().delete()
    Device.objects.update(whole_to=0, last_seq=0)
    for one in gates:
        one.seq = 0


@pytest.mark.django_db
@pytest.mark.promise("O6")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=1, max_size=8, unique_by=lambda one: one[1]), data=st.data())
def test_who_is_inside_is_what_the_latest_of_all_says(
    gates: list[Gate], made: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    forget(gates)
    row, contract = Registration.objects.get(), Contract.objects.get()
    sent = [
        (gates[number], gates[number].entry(passing(row, kind), NOON - timedelta(minutes=minutes)))
        for number, minutes, kind in made
    ]
    for desk, entry in data.draw(st.permutations([*sent, *sent[: len(sent) // 2]])):
        desk.hand_in(entry)
    _number, _minutes, latest = min(made, key=lambda one: one[1])
    assert Stay.objects.inside().exists() is (latest == "enter")
    stays = list(Stay.objects.order_by("entered_at"))
    for before, after in pairwise(stays):
        assert before.left_at is not None
        assert before.left_at <= after.entered_at
    bound = sum(1 if stay.left_at is None else 2 for stay in stays)
    waiting = queries.open_ones(str(CONTRACT), str(contract.id)).count()
    assert (GatePass.objects.count(), bound + waiting) == (len(made), len(made))


def outcome() -> list[list[Any]]:
    """What became of all entries: the stays, and what each entry is bound to or waits for."""
    stays = list(Stay.objects.order_by("entered_at").values_list("entered_at", "left_at"))
    passes = GatePass.objects.order_by("occurred_at")
    return [stays, list(passes.values_list("occurred_at", "act", "code", "stay__entered_at"))]


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=2, max_size=10, unique_by=lambda one: one[1]), data=st.data())
def test_a_batch_is_what_its_entries_are_one_after_the_other(
    gates: list[Gate], made: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Each changes what holds of the next, in memory as in the database."""
    row, desk = Registration.objects.get(), gates[0]

    def entries() -> list[dict[str, Any]]:
        forget(gates)
        in_time = sorted(made, key=lambda one: -one[1])
        return [
            desk.entry(passing(row, kind), NOON - timedelta(minutes=ago)) for _number, ago, kind in in_time
        ]

    for one in entries():
        desk.hand_in(one)
    one_by_one = outcome()
    order = data.draw(st.permutations(range(len(made))))
    batch = entries()
    desk.hand_in(*(batch[number] for number in order))
    assert outcome() == one_by_one
