"""`outpost up`: the supervisor. Small and steady: it imports no Django and holds no state worth saving."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from outpost.config import env
from outpost.config.database import WEB_THREADS
from outpost.server import network, prepared, proc, sessions, start_guards
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError, StartRefusedError, ToldError
from outpost.server.faults import gettext_noop as _
from outpost.server.locks import FileLock
from outpost.server.processes import Backoff, ProcessTree, Program

if TYPE_CHECKING:
    from outpost.server.tls import Certificates

_EXTERNAL_DATABASE_SECONDS = 30.0
_DATABASE_LOOK_SECONDS = 0.5
_WEB_STOP = 15.0
_LANE_STOP = 10.0  # more than it takes to answer what it took in
_WORKER_STOP = 30.0  # more than the worker's own grace
_COPY_STOP = 5.0
_LANE_HOST = "127.0.0.1"
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """What `outpost up` was asked for."""

    data: Path
    host: str
    port: int
    is_demo: bool
    has_https: bool
    lane_port: int = 0  # 0: the next one that is free
    language: str = "zh"  # of what the preparation says


@dataclass(frozen=True, slots=True)
class Ready:
    """What to tell when the first page can be read; `told` is what the preparation printed."""

    address: str
    lane: str
    authority: Path | None
    told: str
    seconds: float


class Supervisor:
    """Runs everything until Ctrl-C or SIGTERM. `tell` gets progress, `announce` the address when ready."""

    def __init__(
        self, options: Options, *, tell: Callable[[str], None], announce: Callable[[Ready], None]
    ) -> None:
        self._options = options
        self._tell = tell
        self._announce = announce
        self._began = time.monotonic()
        self._database: EmbeddedPostgres | None = None
        self._database_backoff = Backoff()
        self._database_look_at = 0.0
        self._certificates: Certificates | None = None
        self._tree: ProcessTree | None = None
        self._copy: ProcessTree | None = None
        self._told = ""
        self._is_announced = False

    def run(self) -> None:
        """Start, serve, stop. Raises ServerError with the reason when it does not come to serving."""
        self._options.data.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        with self._alone(), _stopped_by_signals():
            network.require_free_port(self._options.host, self._options.port)
            env.put(OUTPOST_LANE=f"{_LANE_HOST}:{self._lane_port()}")
            try:
                self._settle_environment()
                self._start_database()
                self._refuse_if_unsafe()
                self._prepare()
                self._serve()
            except KeyboardInterrupt:
                self._tell("stopping")
            finally:
                with _signals_ignored():
                    self._stop()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = FileLock(self._options.data / "up.lock")
        with lock:
            if not lock.take():
                raise ServerError(
                    _("`outpost up` already runs on {directory} ({holder})."),
                    directory=self._options.data,
                    holder=lock.read_note(),
                )
            lock.note(f"process {os.getpid()}, port {self._options.port}")
            yield

    def _settle_environment(self) -> None:
        """Set what the children and our own checks must agree on."""
        options, settings = self._options, env.load()
        note = prepared.read_note(options.data)
        if options.is_demo and note is not None and not note.is_demo:
            raise ServerError(
                _(
                    "{directory} holds real data; the made-up district would mix with it. Give another --data."
                ),
                directory=options.data,
            )
        if options.is_demo or (note is not None and note.is_demo):
            env.put(OUTPOST_DEMO="1", OUTPOST_SECOND_FACTOR="off")
        names = network.names_for(options.host)
        hosts = [*settings.allowed_hosts.split(","), *map(network.in_url, names)]
        env.put(OUTPOST_ALLOWED_HOSTS=",".join(dict.fromkeys(host for host in hosts if host)))
        if options.has_https:
            from outpost.server.tls import ensure_certificates

            self._certificates = ensure_certificates(options.data / "tls", names, at=datetime.now(UTC))
            env.put(OUTPOST_TLS="own")

    def _start_database(self) -> None:
        settings = env.load()
        if settings.database_url:
            return
        self._database = EmbeddedPostgres(
            self._options.data, account=settings.database_user or None, dies_with_us=True
        )
        self._tell("database: starting")
        self._database.start()

    def _address(self) -> str:
        return self._database.dsn("application") if self._database else env.load().database_url

    def _refuse_if_unsafe(self) -> None:
        with sessions.connect(self._address(), seconds=_EXTERNAL_DATABASE_SECONDS) as connection:
            reasons = start_guards.reasons_to_refuse(env.load(), connection)
        if reasons:
            raise StartRefusedError(reasons)

    def _prepare(self) -> None:
        """Run `outpost init` unless this very database is known to be ready for this very code."""
        note = prepared.read_note(self._options.data)
        with sessions.connect(self._address()) as connection:
            if prepared.is_ready(note, connection) and not env.load().is_demo:
                return
        command = [sys.executable, "-m", "outpost.cli", "init", "--data", str(self._options.data)]
        command += ["--lang", self._options.language]
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # The supervisor has one thread only.
            preexec_fn=proc.die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        with _ended_with_us(child):
            self._told = child.communicate()[0].strip()
        if child.returncode != 0:
            raise ToldError(_("The preparation failed; its messages stand above."))

    def _serve(self) -> None:
        # Looked at once more: another may have come in the minutes of preparing, and two can listen at one port unseen.
        network.require_free_port(self._options.host, self._options.port)
        self._tree = ProcessTree([self._web(), self._lane(), self._worker()])
        self._copy = ProcessTree([self._keeper()]) if env.load().copy_directory else None
        while True:
            self._tree.tick()
            if self._copy is not None:
                self._copy.tick(0)
            self._look_after_database()
            if not self._is_announced:
                self._announce_when_ready()

    def _web(self) -> Program:
        options = self._options
        command = [sys.executable, "-m", "granian", "outpost.server.front:application", "--factory"]
        command += ["--interface", "rsgi", "--host", options.host, "--port", str(options.port), "--no-ws"]
        command += ["--workers-kill-timeout", "10"]
        command += ["--respawn-failed-workers", "--log-level", "warning"]
        if self._certificates:
            command += ["--ssl-certificate", str(self._certificates.certificate)]
            command += ["--ssl-keyfile", str(self._certificates.key), "--ssl-protocol-min", "tls1.2"]
        pool = str(env.load().database_pool or WEB_THREADS)
        variables = {"DATABASE_URL": self._address(), "OUTPOST_DATABASE_POOL": pool}
        return Program("web", command, env.child_environment(**variables), _WEB_STOP)

    def _lane_port(self) -> int:
        """Where the lane listens, for this machine only: the front passes its calls on."""
        asked, beside = self._options.lane_port, (self._options.port + 1) % 65536
        if asked:
            network.require_free_port(_LANE_HOST, asked)
        return asked or network.free_port(_LANE_HOST, beside)

    def _lane(self) -> Program:
        host, _, port = env.load().lane.rpartition(":")
        command = [sys.executable, "-m", "outpost.cli", "lane", "--data", str(self._options.data)]
        command += ["--host", host, "--port", port]
        settings = env.load()
        given = settings.database_lane_url or settings.database_url
        address = self._database.dsn("lane") if self._database else given
        variables = {"DATABASE_URL": address, "DATABASE_OWNER_URL": "", "DATABASE_LANE_URL": ""}
        return Program("lane", command, env.child_environment(**variables), _LANE_STOP)

    def _worker(self) -> Program:
        command = [sys.executable, "-m", "outpost.server.worker"]
        return Program("worker", command, env.child_environment(DATABASE_URL=self._address()), _WORKER_STOP)

    def _keeper(self) -> Program:
        command = [sys.executable, "-m", "outpost.server.copy_keeper"]
        return Program("copy", command, env.child_environment(), _COPY_STOP)

    def _look_after_database(self) -> None:
        """Start the embedded server again when it has died; PostgreSQL recovers by itself."""
        now = time.monotonic()
        if self._database is None or now < self._database_look_at:
            return
        self._database_look_at = now + _DATABASE_LOOK_SECONDS
        if self._database.is_running():
            return
        self._tell("database: died, starting again")
        try:
            self._database.start()
        except ServerError as error:
            delay = self._database_backoff.next(ran_seconds=0)
            self._database_look_at = time.monotonic() + delay
            self._tell(f"database: {error}")
        else:
            self._database_backoff = Backoff()

    def _announce_when_ready(self) -> None:
        options = self._options
        authority = self._certificates.authority if self._certificates else None
        host, _, port = env.load().lane.rpartition(":")
        if not (
            network.answers(network.local_address(options.host), options.port, authority=authority)
            and network.answers(host, int(port), authority=None)
        ):
            return
        self._is_announced = True
        scheme, host = "https" if authority else "http", network.in_url(network.names_for(options.host)[0])
        address = f"{scheme}://{host}:{options.port}/"
        self._announce(
            Ready(
                address,
                f"http://{env.load().lane}/",
                authority,
                self._told,
                round(time.monotonic() - self._began, 1),
            )
        )

    def _stop(self) -> None:
        if self._tree is not None:
            self._tree.stop()
        if self._database is not None:
            self._database.stop(even_if_used=True)
        if self._copy is not None:  # last: the server's last words belong into the copy
            self._copy.stop()


@contextlib.contextmanager
def _ended_with_us(child: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _signals_ignored() -> Iterator[None]:
    """While stopping: once asked is enough. The limits of the stop hold anyway."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
