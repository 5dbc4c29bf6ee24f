"""Keeps the second copy (promise M1): `python -m outpost.server.copy_keeper`, a process of `outpost up`.

pg_receivewal writes and syncs the log on the other disk as it comes, milliseconds behind; nothing ever waits for it. A
new base is taken when there is none that can go on, when it is old, or when recovering from it would take long; only
when the new copy is whole the old one goes. Whatever happens to the other disk, it is said once and tried again.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import psycopg

from outpost.config import env as environment
from outpost.config.env import Env
from outpost.core.crypto import KeyRing
from outpost.core.keyfile import KeyFileError
from outpost.server import copies, prepared, proc, sessions
from outpost.server.copies import SEGMENT, SLOTS, Copy
from outpost.server.directories import programs
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.locks import FileLock

OLDEST = timedelta(days=7)
LONGEST_LOG = 8 * 1024**3
"""Bytes: some minutes of recovery."""

_RATE = "64M"  # a second, while a base is taken: the pages need the disk, too
_STEADY = 5.0
_LONGEST_PAUSE = 4.0  # less than what may be lost
_LOOK_EVERY = 60.0
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 3600.0  # after a base that could not be taken
_LOCK_PATIENCE = 900.0  # of a purge, while another base is being taken
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
FAILURES = (ServerError, KeyFileError, OSError, psycopg.Error)
"""What may happen to the other disk, or between the two."""

_SLOT = """SELECT restart_lsn::text, pg_current_wal_flush_lsn()::text FROM pg_replication_slots
  WHERE slot_name = %s AND wal_status <> 'lost'"""
_OURS = "SELECT slot_name, active_pid FROM pg_replication_slots WHERE starts_with(slot_name, %s)"
_SIZE = "SELECT sum(pg_database_size(oid))::bigint FROM pg_database"


@dataclass(frozen=True, slots=True)
class Source:
    """The database that is copied."""

    env: Env
    data: Path
    address: str

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        """A superuser's session in autocommit."""
        with sessions.connect(self.address) as opened:
            yield opened


class Program:
    """One of PostgreSQL's programs at work on the database."""

    def __init__(self, name: str, source: Source, *options: str | Path) -> None:
        self.started = time.monotonic()
        self._outcome: str | None = None
        self._process = subprocess.Popen(
            [programs() / name, "--dbname", source.address, "--no-password", *options],
            env=_ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=proc.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread only
        )

    def outcome(self) -> str | None:
        """None while it runs, then its first error, which the others follow from, or nothing if it went well."""
        if self._outcome is None and self._process.poll() is not None:
            said = self._process.communicate()[1].splitlines()
            errors = [line for line in said if "error: " in line]
            self._outcome = (errors or said or ["?"])[0] if self._process.returncode else ""
        return self._outcome

    def require_running(self) -> None:
        """Raise ServerError when it has ended."""
        if (reason := self.outcome()) is not None:
            raise ServerError("{reason}", reason=reason)

    def stop(self) -> None:
        """End it. Harmless when it has ended."""
        self._process.terminate()
        self._process.wait()
        self.outcome()


class Receiver(Program):
    """pg_receivewal for one copy. It ends with its connection or its disk; what it has not synced stays in the slot."""

    def __init__(self, copy: Copy, source: Source) -> None:
        self.copy = copy
        options = ("--synchronous", "--status-interval=1", "--no-loop", "--slot", copy.slot)
        super().__init__("pg_receivewal", source, *options, "--directory", copy.log)


class CopyState(Enum):
    """How the copy stands; what leads from one state to another are the functions that name both."""

    NONE = "nothing is received"
    FOLLOWED = "the log is received as it comes"
    OLD = "the same, but a new base should be taken"
    ENDED = "the receiver has ended by itself"
    CHANGED = "the disk was changed, or files removed, under the receiver"


class Keeper:
    """Looks again and again whether the copy is being kept."""

    def __init__(self, source: Source, *, tell: Callable[[str], None]) -> None:
        self._source = source
        self._tell = tell
        self._receiver: Receiver | None = None
        self._failures = 0
        self._told = ""
        self._look_at = 0.0
        self._renew_at = 0.0
        self._wait = _FIRST_WAIT

    def run(self) -> NoReturn:
        """Never ends by itself."""
        while True:
            self.look()
            time.sleep(min(1.0 + self._failures, _LONGEST_PAUSE))

    def look(self) -> None:
        """Mend what is wrong; say what does not get mended at once."""
        try:
            self._keep()
        except FAILURES as error:
            self._failures += 1
            if self._failures > 1:  # once: the database may be restarting
                self._say(sessions.one_line(error))
            return
        if self._receiver is not None and time.monotonic() - self._receiver.started > _STEADY:
            self._failures = 0
            if self._told:
                self._tell("goes on")
                self._told = ""

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._tell(text)

    def _keep(self) -> None:
        directory = copies.require_directory(self._source.env, self._source.data)
        match self._state():
            case CopyState.NONE:
                self._begin(directory)
            case CopyState.ENDED:
                self._end().require_running()
            case CopyState.CHANGED:
                self._end()
            case CopyState.OLD:
                self._renew(directory)

    def _state(self) -> CopyState:
        """How it stands. What takes longer to find out is looked at every minute."""
        receiver = self._receiver
        if receiver is None:
            return CopyState.NONE
        if receiver.outcome() is not None:
            return CopyState.ENDED
        if not receiver.copy.note.exists():
            return CopyState.CHANGED
        if time.monotonic() < self._look_at:
            return CopyState.FOLLOWED
        self._look_at = time.monotonic() + _LOOK_EVERY
        if not receiver.copy.segments():
            return CopyState.CHANGED
        return CopyState.OLD if is_old(receiver.copy, at=datetime.now(UTC)) else CopyState.FOLLOWED

    def _begin(self, directory: Path) -> None:
        """NONE → FOLLOWED: go on with the newest copy that lacks nothing, else take a new one."""
        with self._source.session() as session:
            ours = copies.whole_copies(directory, system=copies.system_of(session))
            copy = next((copy for copy in reversed(ours) if can_go_on(session, copy)), None)
        if copy is not None:
            self._receiver = Receiver(copy, self._source)
            self._look_at = time.monotonic() + _LOOK_EVERY
        else:
            self._renew(directory)

    def _end(self) -> Receiver:
        """ENDED, CHANGED → NONE."""
        receiver, self._receiver = self._receiver, None
        if receiver is None:
            raise ValueError("nothing is received")
        receiver.stop()
        return receiver

    def _renew(self, directory: Path) -> None:
        """NONE, OLD → NONE: take a new copy, unless that has just failed: a base is much to read and to write."""
        if time.monotonic() < self._renew_at:
            return
        try:
            renew(directory, self._source, meanwhile=self._go_on)
        except FAILURES as error:
            self._renew_at = time.monotonic() + self._wait
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
            self._say(sessions.one_line(error))
        else:
            self._wait = _FIRST_WAIT
            if self._receiver is not None:
                self._end()

    def _go_on(self) -> None:
        """While a new base is taken the old copy is kept."""
        if self._receiver is not None and self._receiver.outcome() is not None:
            self._receiver = Receiver(self._receiver.copy, self._source)


def renew(directory: Path, source: Source, *, meanwhile: Callable[[], None], patience: float = 0.0) -> Copy:
    """Take a new copy of the database; when it is whole, remove its older ones. Raises one of FAILURES."""
    note = prepared.read_note(source.data)
    if note is None:
        raise ServerError(_("The database is not ready for this version. Run: outpost init"))
    ring = KeyRing.load(source.env.key_file)
    with FileLock(source.data / "copy.lock") as lock, source.session() as session:
        if not lock.take(seconds=patience):
            raise ServerError(_("Another copy is being made in {directory}."), directory=directory)
        system = copies.system_of(session)
        for left in copies.copies(directory, system=system):
            if not left.note.exists():
                _remove(session, left)
        _require_space(session, directory)
        copy = Copy.named(directory, system=system, at=datetime.now(UTC))
        copy.path.mkdir(mode=0o700)
        try:
            _take(session, copy, source, meanwhile)
            copy.declare_whole(note, ring)
        except BaseException:
            with suppress(*FAILURES):
                _remove(session, copy)
            raise
        for other in copies.copies(directory, system=system):
            if other != copy:
                _remove(session, other)
        forget(session, but=copy.slot)
    return copy


def renew_or_leave(env: Env, data: Path, *, tell: Callable[[str], None]) -> str:
    """After rows were erased: `renewed` the copy, which still held them, or `left` it, or there is `none`.

    A copy that is left loses its slot: the log that is kept for it holds them, too. Then it is renewed when it can be.
    """
    source = source_of(env, data)
    try:
        if env.copy_directory:
            directory = copies.require_directory(env, data)
            renew(directory, source, meanwhile=lambda: None, patience=_LOCK_PATIENCE)
            return "renewed"
    except FAILURES as error:
        tell(sessions.one_line(error))
    with source.session() as session:
        return "left" if forget(session) or env.copy_directory else "none"


def can_go_on(session: psycopg.Connection[Any], copy: Copy) -> bool:
    """Whether the server still has what this copy lacks, and the copy nothing that the server has not."""
    slot, segments = session.execute(_SLOT, [copy.slot]).fetchone(), copy.segments()
    if slot is None or not segments:
        return False
    last = max(segments)
    wanted = last if segments[last].suffix else last + 1
    kept, end = (copies.position(place) // SEGMENT for place in slot)
    return kept <= wanted <= end


def is_old(copy: Copy, *, at: datetime) -> bool:
    """Whether a new base should be taken."""
    return at - copy.made_at > OLDEST or copy.log_bytes() > LONGEST_LOG


def forget(session: psycopg.Connection[Any], *, but: str = "") -> int:
    """Drop our slots: the server keeps no log for their copies any more. Returns how many there were."""
    found = [row for row in session.execute(_OURS, [SLOTS]).fetchall() if row[0] != but]
    for slot, pid in found:
        _drop(session, slot, pid)
    return len(found)


def _take(
    session: psycopg.Connection[Any], copy: Copy, source: Source, meanwhile: Callable[[], None]
) -> None:
    """Take the base, and the log up to where the base needs it."""
    copy.log.mkdir(mode=0o700)
    session.execute("SELECT pg_create_physical_replication_slot(%s, true)", [copy.slot])
    receiver = Receiver(copy, source)
    options = ("--wal-method=none", "--checkpoint=fast", "--max-rate", _RATE, "--pgdata", copy.base)
    base = Program("pg_basebackup", source, *options)
    try:
        while base.outcome() is None:
            receiver.require_running()
            meanwhile()
            time.sleep(0.2)
        if reason := base.outcome():
            raise ServerError("{reason}", reason=reason)
        while _received(session, copy) < copy.range()[1]:
            receiver.require_running()
            time.sleep(0.1)
    finally:
        base.stop()
        receiver.stop()


def _received(session: psycopg.Connection[Any], copy: Copy) -> int:
    """Up to where the log is safe in the copy."""
    row = session.execute(_SLOT, [copy.slot]).fetchone()
    if row is None:
        raise ServerError(_("The other disk is too slow: the log was longer than is kept for it."))
    return copies.position(row[0])


def _require_space(session: psycopg.Connection[Any], directory: Path) -> None:
    """Also beside an older copy: that one is removed only afterwards."""
    (needed,) = session.execute(_SIZE).fetchall()[0]
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise ServerError(
            _("{directory} has {free} MiB free, a new copy needs {needed} MiB."),
            directory=directory,
            free=free // 1024**2,
            needed=needed // 1024**2,
        )


def _remove(session: psycopg.Connection[Any], copy: Copy) -> None:
    """Remove a copy and its slot; first of all it counts as whole no more."""
    copy.note.unlink(missing_ok=True)
    for slot, pid in session.execute(_OURS, [copy.slot]).fetchall():
        _drop(session, slot, pid)
    shutil.rmtree(copy.path, ignore_errors=True)
    if copy.path.exists():  # its receiver was still ending
        time.sleep(1.0)
        shutil.rmtree(copy.path)


def _drop(session: psycopg.Connection[Any], slot: str, pid: int | None) -> None:
    if pid is not None:
        session.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    session.execute("SELECT pg_drop_replication_slot(%s)", [slot])


def source_of(env: Env, data: Path) -> Source:
    """The embedded database of this data directory."""
    server = EmbeddedPostgres(data, account=env.database_user or None)
    return Source(env, data, server.dsn("superuser", database="postgres"))


def main() -> None:
    """Keep the copy until stopped."""
    env = environment.load()
    Keeper(source_of(env, env.data), tell=lambda text: print(text, flush=True)).run()


if __name__ == "__main__":
    main()
