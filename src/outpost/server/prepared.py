"""Which code a database was last made ready for, so that a start need not ask Django again.

The note in the data directory counts only for the very database it was written for: the same cluster, the
same database in it, with the same migrations applied. Anything else means: prepare again, which is harmless.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

_PACKAGE = Path(__file__).resolve().parents[1]
_PATTERNS = ("*/migrations/*.py", "*/data/*", "*/initial.py", "server/provision.py", "server/initialise.py")
_SOURCES = ("*.py", "*.html", "*.toml", "*.csv", "*.po")
_LIBRARIES = ("django", "procrastinate")  # those that bring migrations


@dataclass(frozen=True, slots=True)
class Preparation:
    """The note: what code, which database, for which region, and whether its people are made up."""

    code: str
    database: str
    region: str
    is_demo: bool


def code_fingerprint(package: Path = _PACKAGE) -> str:
    """Hash everything that preparing a database depends on: migrations, built-in data, libraries."""
    digest = hashlib.sha256()
    for path in sorted(_files(package)):
        digest.update(str(path.relative_to(package)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for library in _LIBRARIES:
        digest.update(f"{library}={version(library)}\0".encode())
    return digest.hexdigest()


@cache
def product_version() -> str:
    """The number of the release and, in brackets, what tells this build from others of that number."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in _PACKAGE.rglob(pattern)):
        digest.update(str(path.relative_to(_PACKAGE)).encode() + b"\0" + path.read_bytes())
    return f"{version('outpost')} ({digest.hexdigest()[:8]})"


def database_fingerprint(connection: psycopg.Connection[Any]) -> str:
    """Name this database and the migrations applied to it; empty when it was never migrated."""
    if connection.execute("SELECT to_regclass('public.django_migrations')").fetchone() == (None,):
        return ""
    row = connection.execute(
        "SELECT (SELECT system_identifier FROM pg_control_system()),"
        " (SELECT oid FROM pg_database WHERE datname = current_database()),"
        " (SELECT string_agg(app || '.' || name, ',' ORDER BY app, name) FROM django_migrations)"
    ).fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()


def read_note(data: Path) -> Preparation | None:
    """Give the note of this data directory; None when there is none that we understand."""
    try:
        return Preparation(**json.loads(_note(data).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_note(data: Path, *, connection: psycopg.Connection[Any], region: str, is_demo: bool) -> None:
    """Note that this database is ready for this code."""
    _write(data, Preparation(code_fingerprint(), database_fingerprint(connection), region, is_demo))


def note_demo(data: Path, *, region: str) -> None:
    """Note that made-up people are about to come into this database: ready for nothing, but never a real one."""
    _write(data, Preparation(code="", database="", region=region, is_demo=True))


def _write(data: Path, note: Preparation) -> None:
    fresh = _note(data).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(note), indent=2) + "\n", encoding="utf-8")
    fresh.replace(_note(data))


def is_ready(note: Preparation | None, connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the note holds for this code and this database."""
    if note is None or note.code != code_fingerprint():
        return False
    return note.database == database_fingerprint(connection)


def _note(data: Path) -> Path:
    return data / "prepared.json"


def _files(package: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from (path for path in package.glob(pattern) if path.is_file())
