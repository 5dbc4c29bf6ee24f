"""Killed in the middle, run side by side: nothing is lost, nothing is applied twice."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection

from outpost.audit.models import AuditEntry, RowVersion
from outpost.config import env
from outpost.core.actor import Actor
from outpost.core.db import held_by_this_connection
from outpost.core.errors import Refusal
from outpost.exchange import queries, services, staging
from outpost.exchange.check_worker import BLOCK_ROWS
from outpost.exchange.models import Import
from outpost.exchange.services.checking import lock_name
from outpost.exchange.tests.ledger import csv_of, stored
from outpost.testing.cast import NOON

LATER = NOON + timedelta(minutes=5)
PATIENCE = 60.0

pytestmark = pytest.mark.usefixtures("committed_ledger")


def upload(rows: list[tuple[str, str, str]]) -> Import:
    system = Actor.system("test")
    return services.upload([csv_of(rows)], "a.csv", kind="test.ledger", params={}, actor=system, at=NOON)


def checked(rows: list[tuple[str, str, str]]) -> Import:
    task = upload(rows)
    services.check_import(task.id, at=NOON)
    return task


def confirmed(rows: list[tuple[str, str, str]]) -> Import:
    task = checked(rows)
    Import.objects.filter(id=task.id).update(state="applying")
    return task


def kill_while(act: str, import_id: UUID) -> None:
    """Start a process that stops in the middle of the act, and kill it there."""
    database = connection.settings_dict
    parts = {"host": database["HOST"], "user": database["USER"], "port": str(database["PORT"] or "")}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items() if value)
    environment = env.child_environment(
        DATABASE_URL=f"postgresql:///{database['NAME']}?{query}",
        DJANGO_SETTINGS_MODULE="outpost.config.settings_test",
        PGPASSWORD=database["PASSWORD"] or "",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "outpost.exchange.tests.worker", act, str(import_id)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as told:
        assert told.readline() == "stopped\n"
        process.kill()
        process.wait()


def resume(work: Callable[..., None], import_id: UUID) -> None:
    """As the queue does: again, for as long as the killed one's connection is not yet gone."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work(import_id, at=LATER)
        except Refusal:
            assert time.monotonic() < deadline
            time.sleep(0.05)


MANY = [("a", str(number), "wrong" if number % 1000 == 0 else "x") for number in range(1, 30_001)]


@pytest.mark.durability
@pytest.mark.slow
@pytest.mark.promise("R1")
def test_a_check_that_was_killed_is_begun_anew() -> None:
    task = upload(MANY)
    kill_while("check", task.id)
    task.refresh_from_db()
    assert (task.state, task.read) == ("checking", BLOCK_ROWS)
    resume(services.check_import, task.id)
    task.refresh_from_db()
    assert (task.state, task.read, task.new, task.rejected) == ("checked", 30_000, 29_970, 30)


@pytest.mark.durability
@pytest.mark.slow
@pytest.mark.promise("R1")
def test_a_command_that_was_killed_leaves_nothing_behind() -> None:
    """Its import stayed in checking for ever, with its staged rows: no job goes on with it."""
    task = upload(MANY)
    kill_while("check", task.id)
    Import.objects.filter(id=task.id).update(step_started_at=NOON)  # the other process has a clock of its own
    assert task.id in staging.all_ids()
    assert services.end_cut_off(at=NOON) == []  # as young as one that has just begun
    with ThreadPoolExecutor(1) as pool, held_by_this_connection(lock_name(task.id)):
        assert pool.submit(in_another_connection, services.end_cut_off).result(PATIENCE) == []
    assert services.end_cut_off(at=LATER) == [task.id]
    task.refresh_from_db()
    assert (task.state, (task.refusal or {})["code"]) == ("refused", "exchange.killed")
    assert services.end_cut_off(at=LATER) == []
    assert task.id not in staging.all_ids()


def in_another_connection(act: Callable[..., list[UUID]]) -> list[UUID]:
    try:
        return act(at=LATER)
    finally:
        connection.close()


def test_an_application_that_was_killed_did_not_happen_and_happens_once() -> None:
    task = confirmed(MANY)
    kill_while("apply", task.id)
    assert stored() == {}
    resume(services.apply_import, task.id)
    resume(services.apply_import, task.id)
    task.refresh_from_db()
    assert (task.state, task.new) == ("applied", 29_970)
    assert len(stored()) == 29_970
    assert AuditEntry.objects.filter(action="exchange.import_applied").count() == 1


def side_by_side(*works: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on a connection of its own; refusals are results."""
    gate = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            gate.wait(PATIENCE)
            return work()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.slow
@pytest.mark.promise("R3")
def test_the_same_import_applied_at_once_is_applied_once() -> None:
    task = confirmed(MANY[:2000])
    answers = side_by_side(*[lambda: services.apply_import(task.id, at=LATER)] * 4)
    assert set(answers) <= {None, "exchange.is_running"}
    assert len(stored()) == 1998
    assert AuditEntry.objects.filter(action="exchange.import_applied").count() == 1
    assert not RowVersion.objects.exists()


@pytest.mark.slow
@pytest.mark.promise("R5")
def test_two_imports_at_once_end_like_one_after_the_other() -> None:
    first = confirmed([("a", str(n), "first") for n in range(3000)])
    second = confirmed([("a", str(n), "second") for n in reversed(range(1000, 4000))])
    side_by_side(*[lambda key=task.id: services.apply_import(key, at=LATER) for task in (first, second)])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("applied", "applied")
    assert first.new + second.new == len(stored()) == 4000
    assert first.replaced + second.replaced == 2000 == RowVersion.objects.count()
    shared = {stored()["a", str(n)] for n in range(1000, 3000)}
    assert shared == {"second" if second.replaced else "first"}


@pytest.mark.slow
def test_progress_is_seen_from_another_connection() -> None:
    task = upload(MANY)
    kill_while("check", task.id)
    seen = Import.objects.get(id=task.id)
    progress = queries.import_progress(seen, at=seen.step_started_at + timedelta(seconds=4))
    assert (progress.done, progress.total) == (BLOCK_ROWS, 30_000)
    assert progress.remaining == timedelta(seconds=2)


@pytest.mark.slow
def test_a_second_check_at_the_same_time_is_refused() -> None:
    task = upload(MANY)
    answers = side_by_side(*[lambda: services.check_import(task.id, at=LATER)] * 3)
    assert set(answers) <= {None, "exchange.is_running"}
    task.refresh_from_db()
    assert (task.state, task.read) == ("checked", 30_000)
