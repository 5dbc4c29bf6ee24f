"""Two at once: one row, no deadlock, and the loser is told why."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from outpost.exchange import services as exchange
from outpost.regions.models import Organization
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services.organizations import (
    add_organization,
    change_organization,
    remove_organizations,
)
from outpost.sentinel.services.staff import add_staff, change_staff, remove_staff
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    STAFF_HEADER,
    csv_file,
    entry,
    organization_entry,
    send,
    staff_row,
)
from outpost.testing.cast import NOON, Cast, build_cast
from outpost.testing.races import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NEW = ("新岸冷库", "南沙街道", "甄新岸", "13800138009", "港前大道9号")


@pytest.fixture
def committed(transactional_db: None) -> Cast:
    return build_cast()


@pytest.mark.promise("R3")
def test_one_document_added_by_many_at_once_stands_once(committed: Cast) -> None:
    actor = committed.actor("principal")
    for number in range(5):
        told = at_once(
            *(lambda n=number: add_staff(committed.near.id, entry(n), actor=actor, at=NOON) for _ in range(4))
        )
        assert told == ["", *["sentinel.staff_duplicate"] * 3]
    assert StaffMember.objects.count() == 5


def test_one_organisation_entered_by_many_at_once_stands_once(committed: Cast) -> None:
    actor = committed.actor("command")
    told = at_once(
        *(lambda: add_organization("cast-cold", organization_entry(), actor=actor, at=NOON) for _ in range(4))
    )
    assert told == ["", *["sentinel.organization_duplicate"] * 3]
    assert Organization.objects.filter(name="新岸冷库").count() == 1
    both = at_once(
        *(
            lambda c=category: add_organization(c, organization_entry(name="新港冷库"), actor=actor, at=NOON)
            for category in ("cast-cold", "cast-courier")
        )
    )
    assert both == ["", ""]
    assert Organization.objects.get(name="新港冷库").enrolments.count() == 2


@pytest.mark.promise("R5")
def test_imports_and_hands_do_not_hold_each_other(committed: Cast, tmp_path: Path) -> None:
    actor = committed.actor("command")
    rows = [staff_row(number) for number in range(200)]
    staff = [
        send(
            csv_file(tmp_path / f"{n}.csv", STAFF_HEADER, rows),
            "sentinel.staff",
            {"category": "cast-cold"},
            actor=actor,
        )
        for n in range(2)
    ]
    places = send(
        csv_file(tmp_path / "places.csv", ORGANIZATION_HEADER, [NEW]),
        "sentinel.organizations",
        {"category": "cast-cold"},
        actor=actor,
    )
    for task in (*staff, places):
        exchange.confirm_import(task.id, actor=actor, at=NOON)
    told = at_once(
        *(lambda t=task: exchange.apply_import(t.id, at=NOON) for task in (*staff, places)),
        lambda: add_staff(committed.near.id, entry(7), actor=actor, at=NOON),
        lambda: add_organization("cast-cold", organization_entry(name="新湾冷库"), actor=actor, at=NOON),
    )
    assert set(told) <= {"", "sentinel.staff_duplicate"}
    assert StaffMember.objects.count() == 200
    assert Enrolment.objects.count() == 4
    for task in staff:
        task.refresh_from_db()
        assert task.state == "applied"
    assert sorted(task.new + task.unchanged + task.replaced for task in staff) == [200, 200]


@pytest.mark.parametrize("table", ["sentinel_staffmember", "sentinel_enrolment"])
def test_a_writer_waits_for_an_import_before_it_has_locked_anything(committed: Cast, table: str) -> None:
    actor = committed.actor("command")
    member, _other = (add_staff(committed.near.id, entry(n), actor=actor, at=NOON) for n in (1, 2))
    acts: dict[str, tuple[Callable[[], object], ...]] = {
        "sentinel_staffmember": (
            lambda: add_staff(committed.near.id, entry(3), actor=actor, at=NOON),
            lambda: change_staff(member.id, entry(1, job_type="司机"), actor=actor, at=NOON),
            lambda: remove_staff([member.id], actor=actor, at=NOON),
        ),
        "sentinel_enrolment": (
            lambda: add_organization("cast-cold", organization_entry(), actor=actor, at=NOON),
            lambda: change_organization(
                committed.far.id, organization_entry(town="万顷沙镇"), actor=actor, at=NOON
            ),
            lambda: remove_organizations([committed.far.id], actor=actor, at=NOON),
        ),
    }
    for act in acts[table]:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")  # as an import does
                writer = pool.submit(at_once, act)
                assert waiting(writer) == [(table, "RowExclusiveLock")]
            assert writer.result() == [""]


def waiting(writer: "Future[list[str]]") -> list[tuple[str, str]]:
    """The tables on which the other connection has locks or waits for some, but for mere reading."""
    theirs = """
        SELECT relation::regclass::text, mode FROM pg_locks
        WHERE mode <> 'AccessShareLock' AND locktype = 'relation' AND pid IN (
            SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
    """
    with connection.cursor() as cursor:
        while not writer.done():
            cursor.execute(theirs)
            found: list[tuple[str, str]] = cursor.fetchall()
            if found:
                return found
            time.sleep(0.01)
    return []
