"""One address takes the place of another whole."""

import pytest

from outpost.config.database import database_settings

pytestmark = pytest.mark.rules


def test_nothing_of_an_address_stays_behind() -> None:
    network = database_settings("postgresql://a:secret@db.example:5433/outpost?sslmode=require", pool=4)
    socket = database_settings("postgresql://b@/outpost?host=/run/x", pool=0)
    together = network | socket
    assert together == socket
    assert (together["HOST"], together["PORT"], together["PASSWORD"]) == ("/run/x", "", "")
