"""Gates of a site that hand in at the same moment, each on a connection of its own: nobody waits for ever, nothing is
lost, and a person's word about what waits stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Count

from outpost.core.actor import Actor
from outpost.desks import queries
from outpost.desks.models import Entry
from outpost.desks.rules import Settled
from outpost.desks.services.settling import record_settled
from outpost.sentinel.tests.test_ledger_races import committed, waiting  # noqa: F401 - a fixture
from outpost.sites import services
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.tests.gate import gate, passing
from outpost.sites.tests.test_registrations import crew_of_two
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast
from outpost.testing.races import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PEOPLE = range(1, 13)


@pytest.fixture
def command(committed: Cast) -> Actor:  # noqa: F811 - the fixture's value
    return committed.actor("command")


@pytest.fixture
def contracts(command: Actor, tmp_path: Path) -> list[Contract]:
    """Two, with the same people."""
    crew_of_two(command, tmp_path, PEOPLE, both=PEOPLE)
    return list(Contract.objects.order_by("number"))


def crew(contract: Contract) -> list[Registration]:
    return list(Registration.objects.filter(contract=contract).order_by("person"))


def test_gates_that_hand_in_the_same_people_at_once_lose_nothing_and_wait_for_one_another(
    contracts: list[Contract], command: Actor
) -> None:
    """Two of a site in opposite order, one says who entered, the other who left, with fevers; one of another site; and
    the office by hand."""
    here, there = contracts
    south, north, other = gate(here), gate(here), gate(there)
    rows, others = crew(here), crew(there)
    acts: list[Callable[[], object]] = [
        partial(
            services.enter, [row.id for row in rows], Checked.WORD, occurred_at=NOON, actor=command, at=NOON
        )
    ]
    for turn in range(3):
        began = NOON - (6 - turn) * HOUR
        entered = [south.entry(passing(row, temperature="37.6"), began) for row in rows]
        left = [
            north.entry(passing(row, "leave", temperature="37.8"), began + HOUR / 2) for row in reversed(rows)
        ]
        elsewhere = [other.entry(passing(row), began + HOUR / 4) for row in others[::-2]]
        acts += [
            partial(south.hand_in, *entered),
            partial(north.hand_in, *left),
            partial(other.hand_in, *elsewhere),
        ]
    assert at_once(*acts) == [""] * len(acts)
    assert GatePass.objects.count() == Entry.objects.count() == 3 * (2 * 12 + 6)
    here_twice = Stay.objects.inside().values("person_id").annotate(stays=Count("*")).filter(stays__gt=1)
    assert not here_twice.exists()
    waits = sum(
        queries.open_ones(str(CONTRACT), str(one.id)).exclude(state="kept").count() for one in contracts
    )
    assert GatePass.objects.filter(stay__isnull=True).count() == waits


def test_whoever_settles_an_entry_and_the_gate_that_would_bring_it_right_do_not_wait_for_each_other(
    contracts: list[Contract], command: Actor
) -> None:
    """The office has dismissed it and not yet written it down; the gate waits before it holds the chain."""
    place, row = (str(CONTRACT), str(contracts[0].id)), crew(contracts[0])[0]
    south, north = gate(contracts[0]), gate(contracts[0])
    north.hand_in(north.entry(passing(row, "leave"), NOON - HOUR))
    entries = [south.entry(passing(row, temperature="36.5"), NOON - 2 * HOUR - n * SECOND) for n in range(2)]
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            dismissed = queries.open_ones(*place)
            (id_,) = dismissed.values_list("id", flat=True)
            dismissed.update(settled=Settled.DISMISSED.value, settled_by="office", settled_at=NOON)
            batch = pool.submit(at_once, partial(south.hand_in, *entries))
            waiting(batch)
            record_settled(place[1], [id_], Settled.DISMISSED, actor=command, at=NOON)
        assert batch.result() == [""]
    assert Stay.objects.get().left_at is None
    assert GatePass.objects.get(id=id_).stay_id is None
