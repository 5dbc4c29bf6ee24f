"""The key file: JSON, mode 0600, written whole or not at all.

{"format": 1, "suite": "aes", "pseudonym": hex, "search": hex, "django": hex, "backup": hex,
 "sealing": {"1": hex, "2": hex}}
"""

import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from outpost.core.text import gettext_noop as _

FORMAT = 1
KEY_BYTES = 32
MAX_VERSION = 0xFFFF
OTHERS = 0o077
CHECK_BYTES = 16

KeyName = tuple[str, int]
"""What a key is for, and its version; of all but the sealing key there is one version."""


FOREIGN = _(
    "{path} belongs to another installation than this data. Put this installation's own keys.json there, "
    "from its safe copy."
)
NOT_OURS = _(
    "{path} belongs to another account. Give it to the one that Outpost runs as: chown ACCOUNT {path}"
)
OUTDATED = _(
    "{path} is an old copy: it lacks the sealing key of version {versions}. Put the newest safe copy there."
)


class CryptoError(Exception):
    """Something about keys or sealed values is wrong; no message holds key material or a plain value."""


class KeyFileError(CryptoError):
    """The key file is missing, damaged, readable by others, made for another suite or not the one of the database.

    The text says how to mend it and is translated where it is shown.
    """

    def __init__(self, text: str, **fields: object) -> None:
        super().__init__(text.format(**fields))
        self.text = text
        self.fields = fields


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
            raise KeyFileError("unknown suite {suite}: aes or gm", suite=suite)
        return cls(suite, _fresh(), _fresh(), _fresh().hex(), _fresh(), {1: _fresh()})

    def with_next_sealing_key(self) -> Self:
        version = max(self.sealing) + 1
        if version > MAX_VERSION:
            raise KeyFileError(_("All versions of the sealing key are used up."))
        return replace(self, sealing={**self.sealing, version: _fresh()})

    @property
    def checks(self) -> dict[KeyName, bytes]:
        """A value for each key by which it is known again, and from which it cannot be found.

        The session secret has none: it may be replaced.
        """
        named = {("pseudonym", 1): self.pseudonym, ("search", 1): self.search, ("backup", 1): self.backup}
        named |= {("sealing", version): key for version, key in self.sealing.items()}
        return {name: _check(name, key) for name, key in named.items()}

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


def _check(name: KeyName, key: bytes) -> bytes:
    purpose, version = name
    return hmac.digest(key, f"check:{purpose}:{version}".encode(), "sha256")[:CHECK_BYTES]


def require_fit(keys: Keys, known: Mapping[KeyName, bytes], path: Path) -> None:
    """Raise KeyFileError unless the file holds every key that is `known` by its check value; it may hold later ones."""
    checks = keys.checks
    if any(checks.get(name, value) != value for name, value in known.items()):
        raise KeyFileError(FOREIGN, path=path)
    if missing := sorted(version for _purpose, version in set(known) - set(checks)):
        raise KeyFileError(OUTDATED, path=path, versions=", ".join(map(str, missing)))


def read(path: Path) -> Keys:
    """Read and check the file. Raises KeyFileError that says how to mend it."""
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except PermissionError as error:
        raise KeyFileError(NOT_OURS, path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error
    if mode & OTHERS:
        raise KeyFileError(
            _("{path} can be read by others (mode {mode}). Run: chmod 600 {path}"),
            path=path,
            mode=f"{mode & 0o777:o}",
        )
    try:
        return Keys.from_json(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause may quote the file, and with it key material.
        raise KeyFileError(
            _("{path} is no key file, or damaged. Bring it back from its safe copy."), path=path
        ) from None


def signature(path: Path) -> tuple[int, int]:
    """Inode and time of change (ns): differs after every replacement of the file."""
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path) from error
    return stat.st_ino, stat.st_mtime_ns


def _unreadable(path: Path) -> KeyFileError:
    return KeyFileError(
        _("{path} cannot be read. Run `outpost init` once, or bring the file back from its safe copy."),
        path=path,
    )


def create(path: Path, keys: Keys) -> None:
    """Write a new key file; an existing one is never touched (KeyFileError)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written(path, keys) as complete:
        try:
            os.link(complete, path)
        except FileExistsError as error:
            raise KeyFileError(_("{path} exists already; keys are never overwritten."), path=path) from error


def extend(path: Path, known: Mapping[KeyName, bytes]) -> Keys:
    """Add the next sealing key to the file, under a lock against other processes.

    Raises KeyFileError when the file is not the one that holds the `known` keys.
    """
    with _locked(path.parent):
        present = read(path)
        require_fit(present, known, path)
        keys = present.with_next_sealing_key()
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
