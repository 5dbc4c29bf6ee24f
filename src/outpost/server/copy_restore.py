"""Takes a second copy over into an empty installation (promise M1): its base, then its log to the last whole record.

The copy is only read. What is taken over is compared with the checksums of the base's manifest; the recovery must reach
the end of the log, and the chain of the audit must hold. What does not come to that is removed again.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from django.db import connection

from outpost.audit import queries as audit_queries
from outpost.audit import services as audit
from outpost.config.env import Env
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing
from outpost.exchange import services as exchange
from outpost.server import backup, copies, prepared
from outpost.server.copies import SEGMENT, Copy, Facts
from outpost.server.directories import Directories, find_directories, programs
from outpost.server.django import use_database
from outpost.server.embedded import EmbeddedPostgres, require_version
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.initialise import Setup, initialise

_RECOVERY = {"restore_command": "false", "hot_standby": "off"}
"""The log lies in the cluster already; nobody looks before its end is reached."""
_END = "SELECT pg_current_wal_lsn()::text, pg_last_xact_replay_timestamp()"
_GAP = _("The log in {place} has a gap, or is missing: its copy cannot be restored.")
_FAILED = _("The copy could not be taken over: {reason}")
_DAMAGED = _("The log in {place} is damaged in the middle: recovery ended at {position}.")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was taken over: the copy, and the time of the last change that it holds."""

    copy: Copy
    facts: Facts
    until: datetime


def restore_copy(
    place: Path, *, env: Env, data: Path, actor: Actor, at: datetime, progress: Callable[[str], None]
) -> Restored:
    """Take over a copy (`place`: the directory of the copies, or one of them). Raises ServerError."""
    if env.database_url:
        raise ServerError(_("A copy is restored into the embedded database only: unset DATABASE_URL."))
    try:
        copy, facts = choose(place, backup.key_ring())
        require_version((copy.base / "PG_VERSION").read_text(encoding="utf-8"), programs())
        segments = _segments(copy)
    except OSError as error:
        raise ServerError(_FAILED, reason=error) from error
    if prepared.read_note(data) is not None or (data / "database" / "cluster").exists():
        raise ServerError(backup.NOT_EMPTY, place=data)
    data.mkdir(parents=True, exist_ok=True)
    home = find_directories(data, account=env.database_user or None)
    progress("restore: copy")
    _take_over(copy, segments, home)
    server = EmbeddedPostgres(data, account=env.database_user or None, changes=_RECOVERY)
    try:
        progress("restore: recover")
        with server:
            until = _require_end(server, copy, max(segments))
            use_database(server.dsn("owner"))
            _make_ready(facts, env=env, data=data, actor=actor, at=at, progress=progress)
            connection.close()
    except BaseException:
        server.erase()
        raise
    return Restored(copy, facts, until or copy.made_at)


def choose(place: Path, ring: KeyRing) -> tuple[Copy, Facts]:
    """The newest whole copy that belongs to the key file. Raises ServerError: none, another key's, of two databases."""
    one = Copy(place)
    found = [one] if one.note.exists() else copies.whole_copies(place)
    if not found:
        raise ServerError(_("There is no whole copy in {place}."), place=place)
    ours = {copy: facts for copy in found if (facts := copy.facts(ring))}
    if not ours:
        raise ServerError(_("The copy in {place} belongs to another key file, or was changed."), place=place)
    if len({copy.path.name.partition("-")[0] for copy in ours}) > 1:
        names = ", ".join(copy.path.name for copy in ours)
        raise ServerError(
            _("{place} holds copies of several databases. Name one: {names}"), place=place, names=names
        )
    return list(ours.items())[-1]


def _segments(copy: Copy) -> dict[int, Path]:
    """The log from where the base begins. Raises ServerError when a part of it is missing."""
    start, end = copy.range()
    found = copy.segments()
    if not {start // SEGMENT, (end - 1) // SEGMENT} <= set(found):
        raise ServerError(_GAP, place=copy.path)
    return {number: path for number, path in found.items() if number >= start // SEGMENT}


def _take_over(copy: Copy, segments: dict[int, Path], place: Directories) -> None:
    """Make a cluster of base and log aside, prove it, and move it into place."""
    fresh = place.home / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(copy.base, fresh, symlinks=True)
        _give(fresh, place)
        _run(place, "pg_verifybackup", "--no-parse-wal", "--quiet", fresh)
        for path in (*segments.values(), *copy.log.glob("*.history")):
            target = fresh / "pg_wal" / path.name.removesuffix(".partial")
            shutil.copyfile(path, target)
            if path.name != target.name:
                os.truncate(target, SEGMENT)
        (fresh / "recovery.signal").touch(mode=0o600)
        _give(fresh, place)
        _run(place, "initdb", "--sync-only", "--pgdata", fresh)
        fresh.rename(place.cluster)
    except OSError as error:
        raise ServerError(_FAILED, reason=error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _give(cluster: Path, place: Directories) -> None:
    """Let everything in it belong to the server's account, and be private."""
    for path in (cluster, *cluster.rglob("*")):
        if place.account.is_other:
            os.chown(path, place.account.uid, place.account.gid, follow_symlinks=False)
        path.chmod(0o700 if path.is_dir() else 0o600)


def _run(place: Directories, program: str, *arguments: str | Path) -> None:
    done = place.account.run([place.binaries / program, *arguments])
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise ServerError(_FAILED, reason=reason)


def _require_end(server: EmbeddedPostgres, copy: Copy, last: int) -> datetime | None:
    """The time of the last change. Raises ServerError when recovery ended before the last files of the log.

    The last file may hold no more than a part of a record that begins in the one before.
    """
    with psycopg.connect(server.dsn("superuser")) as session:
        ((reached, until),) = session.execute(_END).fetchall()
    if copies.position(reached) // SEGMENT < last - 1:
        raise ServerError(_DAMAGED, place=copy.path, position=reached)
    return until if isinstance(until, datetime) else None


def _make_ready(
    facts: Facts, *, env: Env, data: Path, actor: Actor, at: datetime, progress: Callable[[str], None]
) -> None:
    """Prove what was recovered and make it ready for this version."""
    initialise(Setup(env, facts.region, actor, at), progress=lambda step: progress(f"init: {step}"))
    progress("restore: audit")
    broken_at = audit_queries.verify_chain().broken_at
    if broken_at is not None:
        raise ServerError(_("Restored, but the audit is broken at entry {seq}."), seq=broken_at)
    exchange.forget_files(at=at)
    audit.record("operation.restored", actor=actor, at=at, count=0, detail={"copy": True})
    connection.ensure_connection()
    prepared.write_note(data, connection=connection.connection, region=facts.region, is_demo=facts.is_demo)
