"""共享公安 of families: a record of their own for each act, with the registration of whom they come with."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test import override_settings

from outpost.audit import deletions
from outpost.core.actor import Actor
from outpost.people.queries import looks_at
from outpost.people.rules import SHARED_WITH_POLICE
from outpost.sentinel.tests.ledgers import id_number, undo
from outpost.sites.models import Contract, Registration
from outpost.sites.models.arrivals import Arrival
from outpost.sites.queries.arrivals import in_clear, recent_counts
from outpost.sites.queries.families import family_with
from outpost.sites.services import arrival_switch, close_contract, withdraw_registration
from outpost.sites.services.arrival_delivery import fetch
from outpost.sites.services.arrival_files import write_day
from outpost.sites.services.arrivals import number_waiting
from outpost.sites.services.families import register_family, withdraw_family
from outpost.sites.services.registering import register
from outpost.sites.tests.test_families import CERTIFICATE, child, spouse
from outpost.sites.tests.test_family_files import Files, child_row
from outpost.sites.tests.test_registrations import declare, stated
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("command-line")


@pytest.fixture(autouse=True)
def _without_address() -> Iterator[None]:
    """The peer fetches."""
    with override_settings(OUTPOST_ARRIVALS_URL=""):
        yield


@pytest.fixture
def worker(cast: Cast, contract: Contract) -> Registration:
    declare(1)
    return register(contract.id, stated(1), actor=cast.actor("command"), at=NOON)


def told() -> list[tuple[str, str]]:
    """What was told of whom, in its order."""
    found = Arrival.objects.order_by("entry")
    return [(one.event, person["document_number"]) for one, person in in_clear(found)]


WORKER = id_number(1)


def test_family_is_told_of_with_whom_they_come_and_little_else(cast: Cast, worker: Registration) -> None:
    command = cast.actor("command")
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    person_id = declare(2)
    row = register_family(worker.id, spouse(2), actor=command, at=NOON)
    register_family(worker.id, child(), actor=command, at=NOON)
    withdraw_family(row.id, actor=command, at=NOON)
    (deletion,) = deletions.deleted(actor=command, at=NOON)
    deletions.restore(deletion.id, actor=command, at=NOON)
    both = [("registered", WORKER), ("registered", id_number(2)), ("registered", CERTIFICATE)]
    assert told() == [*both, ("withdrawn", id_number(2)), ("registered", id_number(2))]
    of_worker, of_spouse = (record["person"] for record in _fetched(cast)[:2])
    assert of_spouse["family_of"] == of_worker["registration"] == str(worker.id)
    assert (of_spouse["roll"], of_spouse["relation"], of_spouse["contract"]) == ("family", "spouse", "HT0001")
    assert (of_spouse["departure"], of_spouse["employer"]) == ("", "")
    assert (of_worker["roll"], of_worker["family_of"], of_worker["relation"]) == ("worker", "", "")
    assert [look.purpose for look in looks_at(person_id, actor=SYSTEM)].count(SHARED_WITH_POLICE) == 1


def _fetched(cast: Cast) -> list[dict[str, Any]]:
    return [orjson.loads(one) for one in fetch(0, 100, actor=SYSTEM, at=NOON)]


def test_family_goes_and_comes_with_the_registration_and_the_contract(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    command = cast.actor("command")
    register_family(worker.id, child(), actor=command, at=NOON)
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    here = [("registered", WORKER), ("registered", CERTIFICATE)]
    gone = [("withdrawn", CERTIFICATE), ("withdrawn", WORKER)]
    assert told() == here  # what was there when it was switched on
    withdraw_registration(worker.id, actor=command, at=NOON)
    (deletion,) = deletions.deleted(actor=command, at=NOON)
    deletions.restore(deletion.id, actor=command, at=NOON)
    close_contract(contract.id, actor=command, at=NOON)
    assert told() == [*here, *gone, *here, *gone]
    (counted,) = recent_counts(actor=command, at=NOON)
    assert (counted.registered, counted.withdrawn) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_who_comes_along_while_the_worker_is_withdrawn_goes_with_them(
    cast: Cast, worker: Registration
) -> None:
    command = cast.actor("command")
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    has_written, may_commit = threading.Event(), threading.Event()

    def comes() -> None:
        with transaction.atomic():
            register_family(worker.id, child(), actor=command, at=NOON)
            has_written.set()
            assert may_commit.wait(10)
        connection.close()

    def goes() -> None:
        withdraw_registration(worker.id, actor=command, at=NOON)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        coming = pool.submit(comes)
        assert has_written.wait(10)
        going = pool.submit(goes)
        wait([going], timeout=1)
        may_commit.set()
        coming.result()
        going.result()
    assert told()[-2:] == [("withdrawn", CERTIFICATE), ("withdrawn", WORKER)]


def test_a_file_and_its_undo_are_told_once(cast: Cast, worker: Registration, tmp_path: Path) -> None:
    files = Files(cast.actor("command"), tmp_path)
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    files(child_row(7))
    changed = files(child_row(7, 关系="其他亲属"))
    undo(changed, actor=files.actor)
    events = ["registered", "changed", "changed"]
    assert [event for event, number in told() if number != WORKER] == events
    task = files(child_row(8))
    withdraw_registration(worker.id, actor=files.actor, at=NOON)
    undo(task, actor=files.actor, at=NOON + timedelta(hours=1))  # gone with the registration before
    assert [event for event, number in told() if number == "O110000008"] == ["registered", "withdrawn"]


def test_what_happened_while_the_feed_was_off_is_caught_up(cast: Cast, worker: Registration) -> None:
    command = cast.actor("command")
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    gone = register_family(worker.id, child(), actor=command, at=NOON)
    arrival_switch.end(actor=SYSTEM, at=NOON)
    withdraw_family(gone.id, actor=command, at=NOON)
    declare(2)
    register_family(worker.id, spouse(2), actor=command, at=NOON)
    assert len(told()) == 2
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    assert told()[2:] == [("registered", id_number(2)), ("withdrawn", CERTIFICATE)]
    assert family_with(worker).count() == 1


def test_the_file_of_a_day_holds_family_and_records_of_before(
    cast: Cast, worker: Registration, tmp_path: Path
) -> None:
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    register_family(worker.id, child(), actor=cast.actor("command"), at=NOON)
    number_waiting()
    assert write_day(NOON.date(), tmp_path / "day.csv", actor=SYSTEM, at=NOON) == 2
    text = (tmp_path / "day.csv").read_text("utf-8-sig")
    assert text.splitlines()[0].endswith("registration,family_of,relation")
    assert f"{worker.id},child" in text
