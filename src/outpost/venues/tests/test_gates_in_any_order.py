"""Five gates with clocks of their own, handed in in any order and again (O6): rows and work list are what an oracle
says that knows nothing of batches."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core import clock
from outpost.desks import queries
from outpost.desks.models import Device, Entry
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import Gate
from outpost.venues.days import keep_days
from outpost.venues.models import Abnormal, CheckIn, CheckInId, Flow, MemberFlow, Venue
from outpost.venues.models.gate import GateEntry
from outpost.venues.rules import VENUE
from outpost.venues.tests.gate import gate, visit
from outpost.venues.tests.ledger import brought, venue_row

MADE = st.tuples(
    st.integers(0, 4),  # by which device
    st.integers(0, 7),  # under which id
    st.integers(-90, 4),  # minutes from now
    st.sampled_from(["36.5", "38.0", "99.0"]),
)
"""One entry, as somebody means it."""
SKEWS = st.lists(st.integers(-24 * 60, 24 * 60), min_size=5, max_size=5)


@pytest.fixture
def gates(cast: Cast) -> list[Gate]:
    keep_days(clock.local_day(NOON))
    venue = brought(venue_row(1))[0]
    return [gate(venue) for _ in range(5)]


def forget(gates: Sequence[Gate]) -> None:
    for table in (CheckIn, CheckInId, Flow, MemberFlow, Abnormal, GateEntry, Entry):
        table.objects.all().delete()
    Device.objects.update(whole_to=0, last_seq=0)
    for one in gates:
        one.seq = 0


@pytest.mark.django_db
@pytest.mark.promise("O6")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=1, max_size=12), skews=SKEWS, data=st.data())
def test_rows_and_work_list_are_the_oracle_s(
    gates: list[Gate], made: list[tuple[int, int, int, str]], skews: list[int], data: st.DataObject
) -> None:
    forget(gates)
    sent: list[tuple[Gate, dict[str, Any], tuple[UUID, Any, str]]] = []
    for number, id_, minutes, degrees in made:
        desk, at = gates[number], NOON + timedelta(minutes=minutes)
        desk.skew = timedelta(minutes=skews[number])
        name = UUID(int=id_ + 1)
        sent.append((desk, desk.entry(visit(1, temperature=degrees), at, id=name), (name, at, degrees)))
    order = data.draw(st.permutations([*sent, *sent[: len(sent) // 2]]))
    first: dict[UUID, tuple[UUID, Any, str]] = {}
    for desk, entry, meant in order:
        desk.hand_in(entry)
        first.setdefault(meant[0], meant)
    rows = {(one.id, one.occurred_at) for one in CheckIn.objects.all()}
    assert rows == {(id_, at) for id_, at, degrees in first.values() if degrees != "99.0"}
    contents = {(desk.device.id, entry["seq"]) for desk, entry, _meant in sent}
    refused = sum(degrees == "99.0" for _id, _at, degrees in first.values())
    venue = Venue.objects.get()
    waiting = queries.open_ones(str(VENUE), str(venue.id))
    assert Entry.objects.count() == len(contents)
    assert waiting.filter(state="conflict").count() == len(contents) - len(first)
    assert waiting.filter(state="refused").count() == refused
    assert sum(Flow.objects.values_list("check_ins", flat=True)) == len(rows)
