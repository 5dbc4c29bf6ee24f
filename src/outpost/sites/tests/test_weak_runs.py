"""成批弱核验: who is let in one after the other without a scanned code stands in a list, and counts all the same."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from outpost.access.models import User
from outpost.core import clock
from outpost.sites import services
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.queries.weak_runs import Hit, joined, weak_runs
from outpost.sites.tests.gate import gate, lead, passing
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MOST = 22


@pytest.fixture(scope="module", autouse=True)
def registered(cast_of_file: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two more than make a run, under one contract."""
    command = cast_of_file.actor("command")
    brought(contract_row(1), contract_row(2, 所属镇街=FAR_TOWN), actor=command)
    for number in range(1, MOST + 1):
        declare(number)
    bring = Bring(command, tmp_path_factory.mktemp("crew"))
    bring(*(person_row(number) for number in range(1, MOST + 1)))


@pytest.fixture
def crew() -> list[Registration]:
    return list(Registration.objects.order_by("id"))


def let_in(
    crew: list[Registration], step: timedelta, *, begins_at: datetime = NOON - timedelta(hours=1)
) -> None:
    """One after the other at one device, by typed numbers."""
    desk = gate(crew[0].contract, at=begins_at)
    made = [desk.entry(passing(row), begins_at + number * step) for number, row in enumerate(crew)]
    desk.hand_in(*made, at=begins_at + timedelta(hours=1))


def runs(crew: list[Registration], *, at: datetime = NOON) -> list[tuple[int, datetime, datetime]]:
    found = weak_runs([crew[0].contract], at=at)
    return [(one.hit.entries, one.hit.began_at, one.hit.ended_at) for one in found]


def test_twenty_in_a_minute_on_one_device_are_a_run_and_count_all_the_same(crew: list[Registration]) -> None:
    let_in(crew[:20], 3 * SECOND)
    began_at = NOON - timedelta(hours=1)
    assert runs(crew) == [(20, began_at, began_at + 57 * SECOND)]
    assert weak_runs([crew[0].contract], at=NOON)[0].device
    assert Stay.objects.inside().count() == 20
    assert runs(crew, at=NOON + timedelta(days=8)) == []


@pytest.mark.parametrize(("people", "seconds"), [(19, 3), (20, 4)])
def test_fewer_or_slower_is_none(crew: list[Registration], people: int, seconds: int) -> None:
    let_in(crew[:people], seconds * SECOND)
    assert runs(crew) == []


def test_a_run_goes_on_as_long_as_it_is_as_fast(crew: list[Registration]) -> None:
    let_in(crew, 3 * SECOND)
    began_at = NOON - timedelta(hours=1)
    assert runs(crew) == [(MOST, began_at, began_at + (MOST - 1) * 3 * SECOND)]


def test_scanned_codes_and_other_devices_make_none(crew: list[Registration]) -> None:
    let_in(crew[:10], 3 * SECOND)
    let_in(crew[10:], 3 * SECOND)
    assert runs(crew) == []
    GatePass.objects.update(device_id=uuid4(), checked=Checked.CODE)
    assert runs(crew) == []


def test_both_numbers_are_settings(crew: list[Registration]) -> None:
    let_in(crew[:3], 10 * SECOND)
    with override_settings(OUTPOST_WEAK_RUN=3, OUTPOST_WEAK_RUN_SECONDS=20):
        assert [entries for entries, *_times in runs(crew)] == [3]
    with override_settings(OUTPOST_WEAK_RUN=3, OUTPOST_WEAK_RUN_SECONDS=19):
        assert runs(crew) == []


def test_the_word_of_the_site_on_a_page_counts_a_document_that_was_read_does_not(
    cast: Cast, crew: list[Registration]
) -> None:
    ids = [row.id for row in crew[:20]]
    services.enter(ids, Checked.DOCUMENT, occurred_at=NOON, actor=cast.actor("command"), at=NOON)
    assert runs(crew) == []
    Stay.objects.update(checked=Checked.WORD)
    assert runs(crew) == [(20, NOON, NOON)]
    assert weak_runs([crew[0].contract], at=NOON)[0].device == ""


def page(user: User, where: str) -> str:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, user)
    return client.get(where).content.decode()


def test_it_stands_on_the_page_of_conflicts_and_of_the_contract_within_reach(
    cast: Cast, crew: list[Registration]
) -> None:
    let_in(crew, SECOND, begins_at=clock.now() - timedelta(hours=2))
    conflicts = reverse("sites:gate_conflicts")
    contract = reverse("sites:contract", args=[crew[0].contract_id])
    for user in (cast.users["town"], cast.users["command"], lead(crew[0].contract)):
        for where in (conflicts, contract):
            shown = page(user, where)
            assert 'id="weak-runs"' in shown
            assert f"{MOST} 人次" in shown
    far = Contract.objects.get(number="HT0002")
    assert 'id="weak-runs"' not in page(lead(far), conflicts)
    assert 'id="weak-runs"' not in page(cast.users["command"], reverse("sites:contract", args=[far.id]))


def test_runs_that_overlap_are_one() -> None:
    contract, device = uuid4(), uuid4()

    def hit(first: int, last: int, of: object = device) -> Hit:
        at = NOON + first * SECOND
        return Hit(contract, of, at, NOON + last * SECOND, first, last)  # type: ignore[arg-type]

    found = joined([hit(1, 3), hit(2, 4), hit(4, 6), hit(8, 10), hit(8, 10, None)])
    assert [(one.first, one.last, one.entries, one.device_id) for one in found] == [
        (1, 6, 6, device),
        (8, 10, 3, device),
        (8, 10, 3, None),
    ]
