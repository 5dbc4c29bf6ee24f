"""What is counted of sites: put right at night, true over midnight, a purge and an undo; how much a page asks."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg import sql

from outpost.audit import deletions
from outpost.audit.models import AuditEntry, Deletion
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health.daily import Report
from outpost.sentinel.tests.ledgers import undo
from outpost.sites import retention, services
from outpost.sites.health_checks import tallies_agree
from outpost.sites.jobs import check_tallies
from outpost.sites.models import Contract, Registration
from outpost.sites.models.tallies import EmployerTally
from outpost.sites.queries.contracts import ContractRow, contract_rows
from outpost.sites.services import tallies
from outpost.sites.services.daily_health import take
from outpost.sites.tests.gate import gate, passing
from outpost.sites.tests.ledger import bring as bring_contracts
from outpost.sites.tests.ledger import contract_row
from outpost.sites.tests.test_entries import Entries, entry_row
from outpost.sites.tests.test_health_file import Files, health_row
from outpost.sites.tests.test_passing import HOUR, command, crew, registered  # noqa: F401 - fixtures
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

GOAL = 15
BEYOND = 2
"""A page behind the last one asks how many there are, and for the last one."""
OWN = 1
"""Filters by reports and passes read the reports or the rules for themselves."""
AND_TRIES = 4
"""Whoever searches by name or number is counted, which is written."""


def numbers(contract: Contract, actor: Actor, days: int = 0) -> ContractRow:
    (row,) = contract_rows([contract], actor=actor, on=NOON.date() + timedelta(days=days))
    return row


@pytest.fixture
def inside(crew: list[Registration], command: Actor) -> Contract:  # noqa: F811 - the fixture's value
    ids = [row.id for row in crew if row.contract_id == crew[0].contract_id]
    services.enter(ids, Checked.WORD, occurred_at=NOON - HOUR, actor=command, at=NOON)
    return crew[0].contract


def test_a_wrong_row_is_put_right_and_told(inside: Contract) -> None:
    check_tallies(0)
    assert not AuditEntry.objects.filter(action=tallies.MENDED).exists()
    assert [one.state for one in tallies_agree(clock.now())] == ["ok"]
    right = EmployerTally.objects.get(contract=inside)
    EmployerTally.objects.filter(contract=inside).update(on_site=right.on_site + 1)
    check_tallies(0)
    assert AuditEntry.objects.get(action=tallies.MENDED).count == 1
    assert EmployerTally.objects.get(contract=inside).on_site == right.on_site
    EmployerTally.objects.filter(contract=inside).delete()
    check_tallies(0)
    assert EmployerTally.objects.get(contract=inside).on_site == right.on_site
    assert [one.state for one in tallies_agree(clock.now())] == ["warn"]


def test_what_is_stated_ahead_of_midnight_counts_on_the_day_after(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    inside: Contract,
) -> None:
    midnight = clock.day_start(NOON.date() + timedelta(days=1))
    at, then = midnight - timedelta(minutes=2), midnight + timedelta(minutes=2)
    everybody = numbers(inside, command).on_site
    take(inside, {crew[0].person_id: Report(then, None)}, actor=command, at=at)
    assert [numbers(inside, command, days).unreported for days in (0, 1, 2)] == [
        everybody,
        everybody - 1,
        everybody,
    ]


def test_an_undone_file_of_reports_is_counted_no_more(
    command: Actor,  # noqa: F811 - the fixture's value
    inside: Contract,
    tmp_path: Path,
) -> None:
    before = numbers(inside, command)
    file = Files(command, tmp_path)(health_row(1), health_row(2))
    assert numbers(inside, command).unreported == before.unreported - 2
    undo(file, actor=command)
    assert numbers(inside, command) == before


def test_what_a_gate_states_is_counted_at_both_sites(
    command: Actor,  # noqa: F811 - the fixture's value
    inside: Contract,
) -> None:
    there = Registration.objects.get(contract__number="HT0002")
    here = numbers(inside, command)
    desk = gate(there.contract, at=NOON - 20 * HOUR)
    desk.hand_in(desk.entry(passing(there, temperature="36.5"), NOON - HOUR / 60))
    assert numbers(there.contract, command).on_site == 1
    assert numbers(there.contract, command).unreported == 0
    assert numbers(inside, command).on_site == here.on_site - 1
    assert tallies.mend(at=NOON) == 0


def test_who_entered_is_counted_from_the_stays_that_a_purge_leaves(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    inside: Contract,
) -> None:
    services.leave([crew[0].id], occurred_at=NOON, actor=command, at=NOON)
    before = numbers(inside, command).people
    (stays,) = (rows for rows in retention.ROWS if rows.table == "sites_stay")
    assert stays.remove(sql.SQL("t.left_at IS NOT NULL"), {}) == 1
    assert numbers(inside, command).people == before - 1


@pytest.mark.parametrize("size", [20, 100])
@pytest.mark.parametrize(
    ("page", "asked", "most"),
    [
        ("supervision", "", GOAL),
        ("supervision", "&station=第一监督站&sort=-project", GOAL),
        ("supervision", "&page=7", GOAL + BEYOND),
        ("to_leave", "", GOAL),
        ("prevention_files", "", GOAL),
        ("registrations", "", GOAL),
        ("registrations", "&presence=inside&wellness=missing", GOAL),
        ("registrations", "&wellness=normal", GOAL + OWN),
        ("registrations", "&presence=left&roll=worker&sort=-trade", GOAL),
        ("registrations", "&pass_reason=no_negative", GOAL + OWN),
        ("registrations", "&page=7", GOAL + BEYOND),
        ("registrations", "&name=zhen", GOAL + AND_TRIES),
        ("contract_family", "", GOAL),
    ],
)
def test_a_page_asks_as_often_however_many_there_are(
    cast: Cast, inside: Contract, page: str, asked: str, most: int, size: int
) -> None:
    of = [inside.id] if page in ("registrations", "contract_family") else []
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["command"])
    address = f"{reverse(f'sites:{page}', args=of)}?size={size}{asked}"
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= most, "\n".join(one["sql"] for one in statements)


def test_every_act_leaves_the_figures_right(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The check at night finds nothing, whatever was written, taken back or opened again."""
    contract = crew[0].contract
    people, passes, reports = Bring(command, tmp_path), Entries(command, tmp_path), Files(command, tmp_path)

    def right(expected: tuple[int, int, int]) -> None:
        assert tallies.mend(at=NOON) == 0
        row = numbers(contract, command)
        assert (row.registered, row.people, row.on_site) == expected

    declare(4)
    second = bring_contracts(contract_row(1, 用人单位="丁劳务有限公司"), actor=command)
    more = people(person_row(4), person_row(3, 用人单位="丁劳务有限公司"))
    right((4, 0, 0))
    undo(more, actor=command)
    right((3, 0, 0))
    undo(second, actor=command)
    right((3, 0, 0))
    reports(health_row(3))
    services.withdraw_registration(crew[2].id, actor=command, at=NOON)
    right((2, 0, 0))
    (deletion,) = deletions.deleted(actor=command, at=NOON)
    deletions.restore(deletion.id, actor=command, at=NOON)
    right((3, 0, 0))
    came = passes(entry_row(1, "进", NOON - HOUR), entry_row(2, "进", NOON - HOUR))
    right((3, 2, 2))
    passes.undo(came)
    right((3, 0, 0))
    services.close_contract(contract.id, actor=command, at=NOON)
    assert tallies.mend(at=NOON) == 0
    closed = Deletion.objects.get(kind="sites.contracts")
    deletions.restore(closed.id, actor=command, at=NOON)
    right((3, 0, 0))
