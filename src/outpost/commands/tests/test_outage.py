"""The database away under a running product: it lives, says what is missing, and goes on by itself."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from outpost.commands.tests.test_running import running
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing import prepared
from outpost.testing.network import free_port

pytestmark = [pytest.mark.slow, pytest.mark.promise("P6")]

READERS = 24  # more than threads of the pages
AT_ONCE = (
    6.0  # seconds, on a machine that others use; with every thread waiting for a connection it took 10 to 20
)
PATIENCE = 60.0


@pytest.fixture
def data() -> Iterator[Path]:
    directory = make_data_directory()
    prepared.with_installation(directory)
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


def status(address: str) -> int:
    return httpx.get(address, timeout=PATIENCE).status_code


def test_liveness_does_not_wait_for_the_database(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    addresses = {"DATABASE_URL": server.dsn("application"), "DATABASE_OWNER_URL": server.dsn("owner")}
    with running(data, free_port(), **addresses) as (_process, ready), ThreadPoolExecutor(READERS) as pool:
        site = ready["address"]
        assert status(f"{site}readyz") == 200
        server.stop(even_if_used=True)
        readers = [pool.submit(status, f"{site}readyz") for _ in range(READERS)]
        took = []
        while not all(reader.done() for reader in readers):
            begun = time.monotonic()
            assert status(f"{site}healthz") == 200
            took.append(time.monotonic() - begun)
        assert took
        assert max(took) < AT_ONCE
        assert {reader.result() for reader in readers} == {503}
        server.start()
        deadline = time.monotonic() + PATIENCE
        while status(f"{site}readyz") != 200:
            assert time.monotonic() < deadline, "it does not come back by itself"
            time.sleep(0.2)
    server.stop(even_if_used=True)
    log = (data / "test.log").read_text()
    assert "the database does not answer (" in log
    assert "Traceback" not in log, log
