"""An installation as an operator has it: a data directory, the commands on it, the served pages and calls."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from outpost.server.embedded import EmbeddedPostgres
from outpost.testing import prepared
from outpost.testing.network import free_port
from outpost.testing.prepared import environment
from tests.faults.tables import BODIES, write_csv

CATEGORY = "cold-chain"
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def counts(self) -> tuple[int, ...]:
        """Read, new, replaced, unchanged, rejected; requires that they add up."""
        read, *parts = (self.document[name] for name in ("read", "new", "replaced", "unchanged", "rejected"))
        assert read == sum(parts), self.out
        return (read, *parts)


@dataclass(frozen=True, slots=True)
class Served:
    """A running `outpost up`."""

    process: subprocess.Popen[str]
    address: str
    lane: str
    log: Path


class Installation:
    """`run` and `start` are the commands; `rows` looks into the database past all of it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = EmbeddedPostgres(data)
        self._preloaded: subprocess.Popen[str] | None = None

    def initialise(self) -> None:
        """`outpost init` on the directory as it is."""
        self.server.start()
        with self.start("init") as process:
            assert process.wait(PATIENCE) == 0, process.stderr and process.stderr.read()

    def erase(self) -> None:
        """End everything and delete the database."""
        if self._preloaded is not None:
            self._preloaded.kill()
            self._preloaded.communicate()
        self.server.erase()

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command as a process of its own; use as a context manager."""
        command = [sys.executable, "-m", "outpost.cli", *map(str, arguments), "--data", str(self.data)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment(), stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str | Path, account: int | None = None, **variables: str) -> Done:
        """Run a command to its end, in a fork of a process that has imported everything.

        `account`: the user id that it runs as, where we are root; `variables` of its environment.
        """
        if self._preloaded is None:
            self._preloaded = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.preloaded"],
                env=environment(OUTPOST_DATA=str(self.data)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        sink, source = self._preloaded.stdin, self._preloaded.stdout
        assert sink is not None
        assert source is not None
        with tempfile.TemporaryDirectory() as folder:
            asked = {
                "arguments": [*map(str, arguments), "--data", str(self.data)],
                "folder": folder,
                "variables": variables,
                "account": account,
            }
            sink.write(json.dumps(asked) + "\n")
            sink.flush()
            code = int(source.readline())
            return Done(code, *((Path(folder) / name).read_text("utf-8") for name in ("out", "err")))

    def import_file(self, kind: str, path: Path, *, language: str = "en") -> Done:
        """`outpost import KIND FILE --json`, into the category of the tests where one is needed."""
        category = ("--category", CATEGORY) if kind in {"organizations", "staff"} else ()
        return self.run("import", kind, path, *category, "--json", "--lang", language)

    @contextmanager
    def up(self, *, is_demo: bool = False, **variables: str) -> Iterator[Served]:
        """`outpost up` on this directory, ready; stopped in the end, however often it was killed in between.

        With `is_demo`, of the made-up district.
        """
        self.server.stop()
        log = self.data / "up.log"
        command = [*(sys.executable, "-m", "outpost.cli", "up", "--json"), "--port", str(free_port())]
        command += ["--demo"] if is_demo else []
        with (
            log.open("w") as sink,
            subprocess.Popen(
                [*command, "--data", str(self.data)],
                env=environment(**variables),
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
            ) as process,
        ):
            try:
                assert process.stdout is not None
                told = process.stdout.readline()
                assert told, log.read_text()
                address, lane = (json.loads(told)[name].rstrip("/") for name in ("address", "lane"))
                yield Served(process, address, lane, log)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)
        self.server.start()

    def session(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A superuser's session, each statement by itself."""
        return psycopg.connect(self.server.dsn("superuser"), autocommit=True)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with self.session() as session:
            return session.execute(query, parameters).fetchall()

    def token(self, role: str = "feeder") -> str:
        """A token for the calls."""
        done = self.run("token", "create", "--role", role, "--scope", "everything", "--json")
        assert done.code == 0, done.err
        return str(done.document["token"])


@contextmanager
def an_installation(data: Path | None = None) -> Iterator[Installation]:
    """What `outpost init` makes, with two organisations and a running database; erased in the end.

    A directory that is given may have its database elsewhere: it is initialised as it is.
    """
    directory = data or Path(tempfile.mkdtemp(prefix="outpost-test-"))
    directory.chmod(0o711)
    found = Installation(directory)
    try:
        if data is None:
            prepared.with_installation(directory)
            found.server.start()
        else:
            found.initialise()
        bodies = write_csv(directory / "bodies.csv", "organizations", BODIES)
        assert found.import_file("organizations", bodies).counts == (2, 2, 0, 0, 0)
        yield found
    finally:
        found.erase()
        shutil.rmtree(directory)
