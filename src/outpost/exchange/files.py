"""Where files lie until they expire. Their names are made of random ids; what a user called them is never a name."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.core.sheets.writing import Mark
from outpost.exchange import errors

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: bytes and their SHA-256 (hex)."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: where it lies, and how it is called for the reader."""

    path: Path
    name: str


def mark_of(who: str, request: UUID, at: datetime, *, purpose: str = "") -> Mark:
    """What stands at the foot of each sheet that leaves: a list that is passed on says whose it was."""
    local = at.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
    return Mark(who, local, str(request), purpose)


def source_file(import_id: UUID) -> Path:
    """The uploaded file, as it came."""
    return folder("imports") / str(import_id)


def failure_file(import_id: UUID) -> Path:
    """The rows that were rejected, with the reasons."""
    return folder("imports") / f"{import_id}.failures.xlsx"


def rejected_file(import_id: UUID) -> Path:
    """Rows rejected by the worker beside a check, until they are in the failure file."""
    return folder("imports") / f"{import_id}.rejected"


def shown_file(import_id: UUID) -> Path:
    """The rows that the check rejected, with the reasons."""
    return folder("imports") / f"{import_id}.shown"


def refused_file(import_id: UUID) -> Path:
    """The rows that a merge refused, with the reasons."""
    return folder("imports") / f"{import_id}.refused"


def corrected_file(import_id: UUID) -> Path:
    """The cells that were corrected on the screen."""
    return folder("imports") / f"{import_id}.corrected"


def traces(import_id: UUID) -> tuple[Path, ...]:
    """Every file of an import."""
    beside = shown_file(import_id), refused_file(import_id), corrected_file(import_id)
    return source_file(import_id), failure_file(import_id), rejected_file(import_id), *beside


def export_file(export_id: UUID) -> Path:
    """A finished export."""
    return folder("exports") / f"{export_id}.xlsx"


def store(path: Path, chunks: Iterable[bytes], *, limit: int) -> Stored:
    """Write a new file that only we may read, on disk when this returns. Raises Refusal(TOO_LARGE, NO_SPACE)."""
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with space_needed(), os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise Refusal(errors.TOO_LARGE, limit=limit // MIB)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Stored(size, digest.hexdigest())


@contextmanager
def space_needed() -> Iterator[None]:
    """Around what writes files: a full disk is an expected answer. Raises Refusal(NO_SPACE)."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal(errors.NO_SPACE) from error
        raise


def chunks_of(path: Path) -> Iterable[bytes]:
    """The bytes of a file, a MiB at a time."""
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            yield chunk


def private(path: Path) -> Path:
    """An empty file in place of `path` that only we may read; a writer that opens the path keeps its mode."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    return path


def ids_of(kind: str) -> dict[Path, str]:
    """Every file of a folder, with the id that its name begins with."""
    return {path: path.name.partition(".")[0] for path in folder(kind).iterdir()}


def folder(name: str) -> Path:
    """Where the files of a kind lie, in the data directory: out of the web's reach, of nobody's but ours."""
    found = Path(settings.OUTPOST_FILES) / name
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found
