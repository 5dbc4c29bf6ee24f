"""One address takes the place of another whole."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from threading import Event

import pytest
from django.db.utils import OperationalError
from psycopg import DataError
from psycopg.types.datetime import TimestamptzLoader

from outpost.config.database import WAITING, WEB_THREADS, database_settings
from outpost.config.postgresql.base import InstantLoader, Patience
from outpost.testing.prepared import environment

pytestmark = pytest.mark.rules


def test_nothing_of_an_address_stays_behind() -> None:
    network = database_settings("postgresql://a:secret@db.example:5433/outpost?sslmode=require", pool=4)
    socket = database_settings("postgresql://b@/outpost?host=/run/x", pool=0)
    together = network | socket
    assert together == socket
    assert (together["HOST"], together["PORT"], together["PASSWORD"]) == ("/run/x", "", "")


def test_a_server_that_has_fallen_silent_is_noticed_unless_the_address_says_otherwise() -> None:
    options = database_settings("postgresql://a@db.example/outpost?keepalives_idle=60", pool=0)["OPTIONS"]
    assert (options["tcp_user_timeout"], options["keepalives_idle"]) == (10_000, "60")


def test_threads_stay_free_while_the_database_is_away() -> None:
    """All of them waited for a connection, and with them the word that the process lives."""
    assert 0 < WAITING < WEB_THREADS
    patience, leave, refused = Patience(1), Event(), 0
    with ThreadPoolExecutor(1) as pool:
        entered = Event()

        def wait_in_vain() -> None:
            with patience:
                entered.set()
                leave.wait(60)
                raise OperationalError("away")

        waiting = pool.submit(wait_in_vain)
        assert entered.wait(60)
        for _ in range(20):
            with pytest.raises(OperationalError, match="others wait"), patience:
                pass
            refused += 1
        leave.set()
        with pytest.raises(OperationalError, match="away"):
            waiting.result(60)
    assert refused == 20
    with patience:  # it opens again
        pass


@pytest.mark.parametrize(
    "text", ["2022-06-08 09:12:00.123456+00", "2022-06-08 09:12:00.5+00", "0001-01-01 00:00:00+00"]
)
def test_an_instant_is_read_as_the_library_reads_it(text: str) -> None:
    theirs, ours = TimestamptzLoader(0).load(text.encode()), InstantLoader(0).load(text.encode())
    assert (ours, ours.tzinfo) == (theirs, UTC)
    assert InstantLoader(0).load(memoryview(text.encode())) == ours


@pytest.mark.parametrize("text", ["infinity", "10000-01-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"])
def test_an_instant_that_none_can_hold_is_told(text: str) -> None:
    with pytest.raises(DataError):
        InstantLoader(0).load(text.encode())


def test_what_a_process_loads_is_not_looked_through_for_garbage() -> None:
    """It was a third of the time of a short command; what comes after is collected as ever."""
    told = "import gc, outpost.server.django as d; d.set_up(); print(gc.get_freeze_count(), gc.isenabled())"
    done = subprocess.run(
        [sys.executable, "-c", told], env=environment(), capture_output=True, text=True, check=True
    )
    frozen, collects = done.stdout.split()
    assert int(frozen) > 100_000
    assert collects == "True"
