"""The key file: JSON, mode 0600, written whole or not at all.

{"format": 1, "suite": "aes", "pseudonym": hex, "search": hex, "django": hex, "backup": hex,
 "sealing": {"1": hex, "2": hex}}
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

FORMAT = 1
KEY_BYTES = 32
MAX_VERSION = 0xFFFF
OTHERS = 0o077


class CryptoError(Exception):
    """Something about keys or sealed values is wrong; no message holds key material or a plain value."""


class KeyFileError(CryptoError):
    """The key file is missing, damaged, readable by others or made for another suite."""


def _fresh() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the file holds. Every purpose has a key of its own; `sealing` is version → key."""

    suite: str
    pseudonym: bytes = field(repr=False)
    search: bytes = field(repr=False)
    django: str = field(repr=False)
    backup: bytes = field(repr=False)
    sealing: Mapping[int, bytes] = field(repr=False)

    @classmethod
    def generate(cls, suite: str) -> Self:
        if suite not in {"aes", "gm"}:
            raise KeyFileError(f"unknown suite {suite!r}: aes or gm")
        return cls(suite, _fresh(), _fresh(), _fresh().hex(), _fresh(), {1: _fresh()})

    def with_next_sealing_key(self) -> Self:
        version = max(self.sealing) + 1
        if version > MAX_VERSION:
            raise KeyFileError("all versions of the sealing key are used up")
        return replace(self, sealing={**self.sealing, version: _fresh()})

    def to_json(self) -> str:
        document = {
            "format": FORMAT,
            "suite": self.suite,
            "pseudonym": self.pseudonym.hex(),
            "search": self.search.hex(),
            "django": self.django,
            "backup": self.backup.hex(),
            "sealing": {str(version): key.hex() for version, key in self.sealing.items()},
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, KeyError, TypeError or AttributeError for anything but a whole key file."""
        document = json.loads(text)
        if document["format"] != FORMAT or document["suite"] not in {"aes", "gm"}:
            raise ValueError("unknown format or suite")
        keys = cls(
            suite=document["suite"],
            pseudonym=bytes.fromhex(document["pseudonym"]),
            search=bytes.fromhex(document["search"]),
            django=document["django"],
            backup=bytes.fromhex(document["backup"]),
            sealing={int(version): bytes.fromhex(key) for version, key in document["sealing"].items()},
        )
        lengths = {len(key) for key in (keys.pseudonym, keys.search, keys.backup, *keys.sealing.values())}
        if lengths != {KEY_BYTES} or not keys.sealing:
            raise ValueError("a key is missing or has a wrong length")
        return keys


def read(path: Path) -> Keys:
    """Read and check the file. Raises KeyFileError that says how to mend it."""
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error
    if mode & OTHERS:
        raise KeyFileError(f"{path} can be read by others (mode {mode & 0o777:o}). Run: chmod 600 {path}")
    try:
        return Keys.from_json(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause may quote the file, and with it key material.
        raise KeyFileError(f"{path} is no key file, or damaged. Bring it back from its safe copy.") from None


def signature(path: Path) -> tuple[int, int]:
    """Inode and time of change (ns): differs after every replacement of the file."""
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path) from error
    return stat.st_ino, stat.st_mtime_ns


def _unreadable(path: Path) -> KeyFileError:
    return KeyFileError(
        f"{path} cannot be read. Run `outpost init` once, or bring the file back from its safe copy."
    )


def create(path: Path, keys: Keys) -> None:
    """Write a new key file; an existing one is never touched (KeyFileError)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written(path, keys) as complete:
        try:
            os.link(complete, path)
        except FileExistsError as error:
            raise KeyFileError(f"{path} exists already; keys are never overwritten") from error


def extend(path: Path) -> Keys:
    """Add the next sealing key to the file, under a lock against other processes."""
    with _locked(path.parent):
        keys = read(path).with_next_sealing_key()
        with _written(path, keys) as complete:
            complete.rename(path)
    return keys


@contextmanager
def _written(path: Path, keys: Keys) -> Iterator[Path]:
    """A complete, synced temporary file beside `path`; the directory is synced after its use."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(keys.to_json())
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    with _opened(path.parent) as directory:
        os.fsync(directory)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with _opened(directory) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
