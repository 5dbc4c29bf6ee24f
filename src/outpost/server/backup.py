"""Backups: made from one snapshot of the database, restored into an empty one only, tried out in a drill.

A restoration reads the whole file before it touches anything, loads it in one transaction, compares every table's rows
and checksum with what the manifest says, brings the tables up to this version and walks the chain of the audit.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from outpost.audit import queries as audit_queries
from outpost.audit import services as audit
from outpost.config import env as environment
from outpost.config.env import Env
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing, load_for
from outpost.core.keyfile import KeyFileError
from outpost.core.known_keys import known_keys
from outpost.exchange import services as exchange
from outpost.people.keys import require_opens
from outpost.server import backup_content, prepared, sessions
from outpost.server.addresses import database_address
from outpost.server.backup_file import Reader, Writer
from outpost.server.copies import sync
from outpost.server.django import use_database
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.initialise import Setup, initialise
from outpost.server.locks import FileLock
from outpost.server.versions import MIGRATIONS, known_migrations

FORMAT = 1
"""Of the manifest. A file with another one is a newer version's."""

_HEAD = "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"
NOT_EMPTY = _(
    "{place} holds data already. A backup is restored only into an empty database: give another --data,"
    " or remove what is there yourself."
)

TOO_NEW = _("The backup was made by a newer version ({version}). Install that one first.")


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup says of itself: its manifest, read and proven."""

    made_at: str
    version: str
    region: str
    is_demo: bool
    postgresql: int
    migrations: list[str]
    tables: backup_content.Tables
    audit_head: str
    keys: list[
        tuple[str, int, str]
    ]  # purpose, version, check value (hex) of each key that is needed; none of old

    @property
    def rows(self) -> int:
        return sum(rows for rows, _checksum in self.tables.values())


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup file that was made; `sha256` is the file's, as `sha256sum` prints it."""

    path: Path
    size: int
    sha256: str
    content: Content


def make_backup(
    path: Path, *, address: str, note: prepared.Preparation, actor: Actor, at: datetime
) -> Backup:
    """Write a backup of the database as it is now. Pages go on meanwhile.

    The file gets its name when it is whole and on disk. Raises ServerError when there is such a file already.
    """
    if path.exists():
        raise ServerError(_("{path} exists already: backups are never overwritten."), path=path)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, backup_content.snapshot(address) as (seen, name):
            content = _content(seen, note, at)
            writer = Writer(file, key_ring(), _manifest(content))
            major = seen.info.server_version // 10000
            writer.write(backup_content.dump(address, snapshot_name=name, major=major))
            writer.finish()
        part.rename(path)
        sync(path.absolute().parent)
    except OSError as error:
        raise ServerError(_("The backup could not be written: {reason}"), reason=error) from error
    finally:
        part.unlink(missing_ok=True)
    audit.record(
        "operation.backed_up", actor=actor, at=at, count=content.rows, detail={"sha256": writer.sha256}
    )
    return Backup(path, writer.size, writer.sha256, content)


def verify_file(path: Path) -> Content:
    """Read a backup to its end. Raises ServerError when it is none, of another key, changed, cut, or too new."""
    try:
        with path.open("rb") as file:
            reader = Reader(file, key_ring())
            for _chunk in reader.chunks():
                pass
    except OSError as error:
        raise ServerError(_("The backup cannot be read: {reason}"), reason=error) from error
    manifest = reader.manifest
    if manifest["format"] != FORMAT or set(manifest["migrations"]) - known_migrations():
        raise ServerError(TOO_NEW, version=manifest["version"])
    fields = {"keys": []} | {name: manifest[name] for name in Content.__slots__ if name in manifest}
    fields["tables"] = {name: (rows, checksum) for name, (rows, checksum) in manifest["tables"].items()}
    content = Content(**fields)
    try:
        reader.ring.require_fit({(use, number): bytes.fromhex(value) for use, number, value in content.keys})
    except KeyFileError as error:
        raise ServerError.of_keys(error) from error
    return content


def restore(
    path: Path, *, env: Env, data: Path, actor: Actor, at: datetime, progress: Callable[[str], None]
) -> Content:
    """Take a backup over into an empty database and make it ready for this version.

    Nothing is changed before the whole file is proven. Raises ServerError.
    """
    content = verify_file(path)
    if prepared.read_note(data) is not None:
        raise ServerError(NOT_EMPTY, place=data)
    with database_address(env, data, role="owner") as address:
        _load(path, address, content, progress=progress)
        initialise(Setup(env, content.region, actor, at), progress=lambda step: progress(f"init: {step}"))
        exchange.forget_files(at=at)
        audit.record("operation.restored", actor=actor, at=at, count=content.rows, detail=_which(content))
        connection.ensure_connection()
        prepared.write_note(
            data, connection=connection.connection, region=content.region, is_demo=content.is_demo
        )
        connection.close()
    return content


def drill(path: Path, *, env: Env, data: Path, progress: Callable[[str], None]) -> Content:
    """Restore a backup into a database of its own, compare, and throw that away. Raises ServerError."""
    content = verify_file(path)
    place = data / "drill"
    with FileLock(data / "drill.lock") as lock:
        if not lock.take():
            raise ServerError(_("Another drill is going on in {directory}."), directory=place)
        # Nothing has to survive: what is loaded here is thrown away.
        server = EmbeddedPostgres(
            place, account=env.database_user or None, changes={"fsync": "off"}, dies_with_us=True
        )
        _throw_away(server)  # what a killed drill has left
        try:
            with server:
                address = server.dsn("owner")
                _load(path, address, content, progress=progress)
                connection.close()
        finally:
            _throw_away(server)
    return content


def record_drill(content: Content, *, actor: Actor, at: datetime) -> None:
    """Keep in the audit that a backup was tried out with success."""
    audit.record("operation.backup_verified", actor=actor, at=at, count=content.rows, detail=_which(content))


def _which(content: Content) -> dict[str, Any]:
    return {"made_at": content.made_at, "head": content.audit_head}


def _content(seen: Any, note: prepared.Preparation, at: datetime) -> Content:
    head = seen.execute(_HEAD).fetchone() or (0, "")
    return Content(
        made_at=at.isoformat(timespec="seconds"),
        version=prepared.product_version(),
        region=note.region,
        is_demo=note.is_demo,
        postgresql=backup_content.program_version(seen.info.server_version // 10000),
        migrations=[name for (name,) in seen.execute(MIGRATIONS).fetchall()],
        tables=backup_content.table_states(seen),
        audit_head=f"{head[0]} {head[1]}",
        keys=[(use, number, value.hex()) for (use, number), value in known_keys(seen).items()],
    )


def _manifest(content: Content) -> Mapping[str, Any]:
    return {"format": FORMAT} | {name: getattr(content, name) for name in Content.__slots__}


def _load(path: Path, address: str, content: Content, *, progress: Callable[[str], None]) -> None:
    """Take a proven file over into an empty database, prove what came of it, and bring it up to this version."""
    progress("restore: load")
    with sessions.connect(address) as session:
        if backup_content.table_names(session):
            raise ServerError(NOT_EMPTY, place=session.info.dbname)
        major = session.info.server_version // 10000
    with path.open("rb") as file:
        chunks = Reader(file, key_ring()).chunks()
        backup_content.load(address, chunks, major=major, dumped_by=content.postgresql)
    progress("restore: compare")
    _compare(address, content)
    progress("restore: migrate")
    use_database(address)
    call_command("migrate", verbosity=0, interactive=False)
    _require_opens()
    _walk_audit(content)


def _require_opens() -> None:
    """Raise ServerError unless the key file opens what was loaded: an old backup does not say which keys it needs."""
    try:
        require_opens(key_ring())
    except KeyFileError as error:
        raise ServerError.of_keys(error) from error


def _compare(address: str, content: Content) -> None:
    """Raise ServerError unless every table is what the manifest says."""
    with sessions.connect(address) as session, session.transaction():
        found = backup_content.table_states(session)
    names = {*found, *content.tables}
    differing = sorted(name for name in names if found.get(name) != content.tables.get(name))
    if differing:
        raise ServerError(
            _("Restored, but these tables are not as they were: {tables}. Do not use it."),
            tables=", ".join(differing),
        )


def _walk_audit(content: Content) -> None:
    """Raise ServerError unless the chain of the audit holds and ends where the manifest says."""
    seq, _space, head = content.audit_head.partition(" ")
    report = audit_queries.verify_chain(heads={int(seq): head})
    if report.broken_at is not None:
        raise ServerError(_("Restored, but the audit is broken at entry {seq}."), seq=report.broken_at)


def key_ring() -> KeyRing:
    """The keys of this installation, whatever its database is. Raises ServerError when they cannot be used."""
    env = environment.load()
    path = env.key_file
    if not path.exists():
        raise ServerError(
            _("The key file {path} is missing, and no backup contains it. Bring it back from its safe copy."),
            path=path,
        )
    try:
        return load_for(path, env.crypto)
    except KeyFileError as error:
        raise ServerError.of_keys(error) from error


def _throw_away(server: EmbeddedPostgres) -> None:
    if server.data_directory.exists():
        server.erase()
        shutil.rmtree(server.data_directory)
