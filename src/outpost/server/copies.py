"""The second copies of the embedded database in `OUTPOST_COPY`: their files, and whether they are whole.

    OUTPOST_COPY/SYSTEM-TIME/base/       what pg_basebackup took; its backup_manifest has the checksum of every file
    OUTPOST_COPY/SYSTEM-TIME/log/        the write-ahead log from before the base on, as pg_receivewal streams it
    OUTPOST_COPY/SYSTEM-TIME/copy.json   written last and signed with the key file: from here on the copy is whole

SYSTEM is PostgreSQL's system identifier: copies of several databases never meet. A copy has a replication slot of its
own, which keeps the log for it while the other disk is away. `copy_keeper` keeps it, `copy_restore` takes it over.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any

import psycopg

from outpost.config.env import Env
from outpost.core.crypto import KeyRing
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.prepared import Preparation, product_version

SEGMENT = 16 * 1024**2
"""Bytes of a file of the log."""
SLOTS = "outpost_copy_"

_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d+)-(\d{8}T\d{6}Z)")
_FILE = re.compile(r"[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")
_KIND = "copy"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a whole copy says of itself; `manifest` is the SHA-256 of its base's manifest."""

    manifest: str
    version: str
    region: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy; it may be unfinished."""

    path: Path

    @classmethod
    def named(cls, directory: Path, *, system: str, at: datetime) -> "Copy":
        """The copy of this database that begins now."""
        return cls(directory / f"{system}-{at:{_TIME}}")

    @property
    def base(self) -> Path:
        return self.path / "base"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def slot(self) -> str:
        return SLOTS + self.path.name.partition("-")[2].lower()

    @property
    def made_at(self) -> datetime:
        return datetime.strptime(self.path.name.partition("-")[2], _TIME).replace(tzinfo=UTC)

    @property
    def note(self) -> Path:
        return self.path / "copy.json"

    def declare_whole(self, note: Preparation, ring: KeyRing) -> None:
        """Write the note, as the last of all; `ring` vouches for it."""
        content = asdict(Facts(self._manifest(), product_version(), note.region, note.is_demo))
        signed = content | {"signature": ring.signature(_KIND, _canonical(content))}
        fresh = self.note.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(signed, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.note)
        for directory in (self.path, self.path.parent):
            sync(directory)

    def facts(self, ring: KeyRing) -> Facts | None:
        """What it says of itself; None when another key file vouches for it, or it was changed or damaged."""
        try:
            content = json.loads(self.note.read_text(encoding="utf-8"))
            signature = str(content.pop("signature"))
            facts = Facts(**{name: content[name] for name in Facts.__slots__})
        except (ValueError, TypeError, KeyError):
            return None
        if not compare_digest(ring.signature(_KIND, _canonical(content)), signature):
            return None
        return facts if facts.manifest == self._manifest() else None

    def _manifest(self) -> str:
        return sha256((self.base / "backup_manifest").read_bytes()).hexdigest()

    def range(self) -> tuple[int, int]:
        """The position in the log where the base begins, and the one up to which it needs the log."""
        manifest = json.loads((self.base / "backup_manifest").read_text(encoding="utf-8"))
        (needed,) = manifest["WAL-Ranges"]
        return position(needed["Start-LSN"]), position(needed["End-LSN"])

    def segments(self) -> dict[int, Path]:
        """The files of the log by their number; the last one may be partial. Empty when one in between is missing."""
        found = {}
        for path in sorted(self.log.iterdir()):
            if name := _FILE.fullmatch(path.name):
                if path.stat().st_size != SEGMENT and not name[3]:
                    return {}
                found[int(name[1], 16) * 256 + int(name[2], 16)] = path
        partial = [number for number, path in found.items() if path.suffix]
        has_gap = not found or len(found) <= max(found) - min(found) or partial not in ([], [max(found)])
        return {} if has_gap else found

    def log_bytes(self) -> int:
        """How much there is to recover."""
        return sum(path.stat().st_size for path in self.log.iterdir())


def position(text: str) -> int:
    """A position in the log as a number of bytes."""
    high, _slash, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def copies(directory: Path, *, system: str = "") -> Iterator[Copy]:
    """The copies in a directory, of this database or of all, whole or not, the oldest first."""
    found = [path for path in directory.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    for path in sorted(found, key=lambda path: path.name.partition("-")[2]):
        if system in ("", path.name.partition("-")[0]):
            yield Copy(path)


def whole_copies(directory: Path, *, system: str = "") -> list[Copy]:
    """Those that can be restored."""
    return [copy for copy in copies(directory, system=system) if copy.note.exists()]


def system_of(session: psycopg.Connection[Any]) -> str:
    """PostgreSQL's system identifier."""
    (found,) = session.execute("SELECT system_identifier::text FROM pg_control_system()").fetchall()
    return str(found[0])


def require_directory(env: Env, data: Path) -> Path:
    """Give the directory of the copies. Raises ServerError when it is not there, or not on another disk."""
    directory = Path(env.copy_directory)
    if not directory.is_dir():
        raise ServerError(_("{directory} is not there."), directory=directory)
    if env.is_production and is_same_disk(directory, data):
        raise ServerError(_("{directory} is on the disk of the database."), directory=directory)
    return directory


def is_same_disk(directory: Path, data: Path) -> bool:
    """Whether one lost disk would take the copy along; also when the other disk is not mounted."""
    return directory.stat().st_dev == (data / "database").stat().st_dev


def sync(directory: Path) -> None:
    """Let the names in a directory be on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True).encode()
