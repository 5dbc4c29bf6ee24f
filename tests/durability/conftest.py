"""Writers under faults, and the account of what they were told."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.testing import prepared
from tests.durability import writer


class Writers:
    """Client processes with their acknowledgements in files apart from the database."""

    def __init__(self, server: EmbeddedPostgres, directory: Path, *, row_bytes: int = 0) -> None:
        self._server = server
        self._directory = directory
        self._row_bytes = row_bytes
        self._processes: list[subprocess.Popen[bytes]] = []
        with psycopg.connect(server.dsn("owner"), autocommit=True) as owner:
            owner.execute(writer.SCHEMA)

    def start(self, count: int) -> None:
        for _ in range(count):
            acks = self._directory / f"{len(self._processes)}.acks"
            command = [
                sys.executable,
                writer.__file__,
                self._server.dsn("owner"),
                str(acks),
                str(self._row_bytes),
            ]
            self._processes.append(subprocess.Popen(command))

    def replace(self, index: int) -> None:
        """Kill one writer and start another in its place."""
        self._processes[index].kill()
        self._processes[index].wait()
        self.start(1)

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def acknowledged(self) -> list[uuid.UUID]:
        texts = (path.read_text() for path in self._directory.glob("*.acks"))
        return [uuid.UUID(line) for text in texts for line in text.splitlines()]

    def errors(self) -> str:
        return "".join(path.read_text() for path in self._directory.glob("*.errors"))

    def wait_for_more(self, count: int, *, seconds: float) -> float:
        """Wait until so many more writes were acknowledged; gives how long it took."""
        target, began = len(self.acknowledged()) + count, time.monotonic()
        while len(self.acknowledged()) < target:
            assert time.monotonic() - began < seconds, (
                f"no further writes within {seconds} s\n{self.errors()[-2000:]}"
            )
            time.sleep(0.05)
        return time.monotonic() - began

    def check(self) -> int:
        """Require that nothing acknowledged is lost and nothing happened twice; gives the number of acks."""
        told = self.acknowledged()
        with psycopg.connect(self._server.dsn("owner")) as connection:
            stored = {row[0] for row in connection.execute("SELECT id FROM scan")}
            effects = [row[0] for row in connection.execute("SELECT id FROM effect")]
        assert set(told) - stored == set(), "acknowledged writes are lost"
        assert len(told) == len(set(told)), "a write was acknowledged as new twice"
        assert sorted(effects) == sorted(stored), "an effect is missing or happened twice"
        return len(told)


class Keeper:
    """Starts the server again when it dies, as `outpost up` does."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep)
        self.refusals: list[str] = []
        self._thread.start()

    def _keep(self) -> None:
        while not self._is_over.wait(0.5):
            if not self._server.is_running():
                try:
                    self._server.start()
                except ServerError as error:
                    self.refusals.append(str(error))

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()


@pytest.fixture
def acks() -> Iterator[Path]:
    """A directory for the acknowledgements, on another disk than the database where that is what fails."""
    directory = Path(tempfile.mkdtemp(prefix="outpost-acks-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def data_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="outpost-test-"))
    directory.chmod(0o711)
    prepared.with_cluster(directory)
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)
