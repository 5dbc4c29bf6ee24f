"""Test records over HTTP while processes are killed: what was acknowledged is there, once, with all that follows."""

import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import psycopg
import pytest

from outpost.commands.tests.test_running import answer, free_port, is_ready, outpost, running
from outpost.health.tests.records import a_test, document, ndjson
from outpost.server import proc
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory

pytestmark = [pytest.mark.durability, pytest.mark.slow, pytest.mark.promise("R1")]

WRITERS, LINES, KILLS = 4, 5, 8
DIFFERENT_SAMPLES = """
SELECT count(*) FROM health_latestsamples l
  FULL JOIN (SELECT person_id, (array_agg(sampled_at ORDER BY sampled_at DESC))[1:8] AS times
               FROM health_testrecord WHERE NOT is_withdrawn GROUP BY person_id) r USING (person_id)
 WHERE l.sampled_at IS DISTINCT FROM r.times
"""


class Writer(threading.Thread):
    """Sends lines until it is told to end; a call that failed is sent again as it was. Keeps what was acknowledged."""

    def __init__(self, number: int, address: str, token: str) -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self.answers: set[str] = set()
        self.refusals: list[tuple[int, str]] = []
        self.failures = 0
        self._number = number
        self._address = f"{address}api/v1/tests"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        self._is_over = threading.Event()

    def run(self) -> None:
        call = 0
        while not self._is_over.is_set():
            ids = [f"{self._number}-{call}-{line}" for line in range(LINES)]
            if self._sent(
                ndjson(*(a_test(record_id=one, document_number=document(call % 50)) for one in ids))
            ):
                self.acknowledged += ids
                call += 1
            else:
                self.failures += 1
                time.sleep(0.1)

    def end(self) -> None:
        self._is_over.set()
        self.join()

    def _sent(self, body: bytes) -> bool:
        try:
            response = httpx.post(self._address, content=body, headers=self._headers, timeout=10)
        except httpx.TransportError:
            return False
        if response.status_code != 200:
            self.refusals.append((response.status_code, response.headers.get("Retry-After", "")))
            return False
        outcomes = [orjson.loads(line)["outcome"] for line in response.content.splitlines()]
        self.answers.update(outcomes)
        return len(outcomes) == LINES


@pytest.fixture
def data() -> Iterator[Path]:
    directory = make_data_directory()
    outpost("init", "--data", directory)
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


def kill(supervisor: int, program: str, log: Path, address: str) -> None:
    """Kill every process of a program at once and wait until pages are served again."""
    victims = [
        pid for pid in proc.descendants(supervisor) if any(program in part for part in proc.command_line(pid))
    ]
    assert victims, program
    for pid in victims:
        proc.send(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not is_ready(address):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_no_acknowledged_record_is_lost_or_there_twice(data: Path) -> None:
    made = answer(
        outpost("token", "create", "--role", "feeder", "--scope", "everything", "--data", data, "--json")
    )
    with running(data, free_port()) as (process, ready):
        writers = [Writer(number, ready["address"], made["token"]) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for number in range(KILLS):
            time.sleep(random.uniform(0.3, 1.0))
            program = "granian" if number % 3 == 0 else "postgres"
            kill(process.pid, program, data / "test.log", ready["address"])
        time.sleep(1)
        for writer in writers:
            writer.end()
        assert {answer for writer in writers for answer in writer.answers} <= {"new", "unchanged"}
        assert {refusal for writer in writers for refusal in writer.refusals} <= {(503, "5")}
        acknowledged = [one for writer in writers for one in writer.acknowledged]
        assert len(acknowledged) > WRITERS * LINES
        assert any(writer.failures for writer in writers), "no kill was felt: the test proves nothing"
        with psycopg.connect(EmbeddedPostgres(data).dsn("superuser")) as connection:
            stored = [row[0] for row in connection.execute("SELECT record_id FROM health_testrecord")]
            different = connection.execute(DIFFERENT_SAMPLES).fetchone()
        assert set(acknowledged) - set(stored) == set(), "acknowledged records are lost"
        assert len(stored) == len(set(stored))
        assert different == (0,), "latest samples differ from the records"
        assert answer(outpost("audit", "verify", "--data", data, "--json"))["broken_at"] is None
