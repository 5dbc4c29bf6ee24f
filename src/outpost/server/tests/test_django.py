"""One address takes the place of another whole."""

import pytest

from outpost.config.database import WEB_THREADS, database_settings

pytestmark = pytest.mark.rules


def test_nothing_of_an_address_stays_behind() -> None:
    network = database_settings("postgresql://a:secret@db.example:5433/outpost?sslmode=require", pool=4)
    socket = database_settings("postgresql://b@/outpost?host=/run/x", pool=0)
    together = network | socket
    assert together == socket
    assert (together["HOST"], together["PORT"], together["PASSWORD"]) == ("/run/x", "", "")


def test_threads_stay_free_while_the_database_is_away() -> None:
    """All of them waited for a connection, and with them the word that the process lives."""
    pool = database_settings("postgresql://b@/outpost", pool=WEB_THREADS)["OPTIONS"]["pool"]
    assert 0 < pool["max_waiting"] < WEB_THREADS
