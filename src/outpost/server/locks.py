"""Locks between processes: `flock` on files of the data directory. The kernel lets go when a process dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from outpost.server.faults import of_machine


class FileLock:
    """One lock file, held shared or alone by this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        return self._descriptor is not None

    def take(self, *, shared: bool = False, seconds: float = 0.0) -> bool:
        """Take the lock, or change it between shared and alone; False if another holds it past the limit.

        A change that fails leaves the lock NOT held (flock drops the old one first).
        """
        descriptor = self._opened()
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    self.release()
                    return False
                time.sleep(0.05)
            else:
                return True

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def note(self, text: str) -> None:
        """Write who holds the lock into the file, for the message that another will show."""
        descriptor = self._opened()
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)

    def read_note(self) -> str:
        """Give what the holder wrote, or an empty text."""
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    @contextmanager
    def alone(self, *, seconds: float) -> Iterator[bool]:
        """Hold the lock alone for a block; the value says whether it was got in time."""
        got = self.take(seconds=seconds)
        try:
            yield got
        finally:
            self.release()

    def _opened(self) -> int:
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise of_machine(error) from error
        return self._descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
