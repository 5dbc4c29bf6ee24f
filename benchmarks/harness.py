"""What every benchmark needs: an empty installation, a clock, and the line of JSON that it prints."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.core.management import call_command

from outpost.core.crypto import KeyRing
from outpost.server import django as house
from outpost.server.embedded import EmbeddedPostgres

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement. `unit` says what the figures are: of a rate more is better, of a time less."""

    bench: str
    unit: str
    n: int
    ours: float
    peer: float | None = None
    limit: float | None = None

    def line(self) -> str:
        """The line of JSON."""
        return json.dumps(
            {
                "bench": self.bench,
                "ours": _short(self.ours),
                "peer": _short(self.peer),
                "limit": _short(self.limit),
                "ours_over_limit": _ratio(self.ours, self.limit),
                "ours_over_peer": _ratio(self.ours, self.peer),
                "n": self.n,
                "unit": self.unit,
            },
            ensure_ascii=False,
        )


def _short(figure: float | None) -> float | None:
    return None if figure is None else float(f"{figure:.4g}")


def _ratio(ours: float, other: float | None) -> float | None:
    return round(ours / other, 3) if other else None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A data directory with its embedded database, for this process only."""

    data: Path
    database: EmbeddedPostgres

    def psql(self) -> list[str]:
        """The wheel's psql on the benchmark's database: quiet, all commands in one transaction."""
        return [
            str(self.database.programs / "psql"),
            "-qX1",
            "-v",
            "ON_ERROR_STOP=1",
            self.database.dsn("superuser"),
        ]


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Make an empty installation, set up Django on it, and erase it at the end."""
    data = Path(tempfile.mkdtemp(prefix="outpost-bench-"))
    data.chmod(0o711)  # the database's own account passes through
    database = EmbeddedPostgres(data, dies_with_us=True)
    try:
        KeyRing.create(data / "keys.json")
        database.start()
        os.environ.update(  # noqa: TID251 - the settings are read from it, as in every start
            OUTPOST_DATA=str(data),
            OUTPOST_LOG_LEVEL="ERROR",
            DATABASE_URL=database.dsn("superuser"),
            OUTPOST_SECOND_PERSON_ROWS="10000000",  # nobody is here to agree to an export
        )
        house.set_up()  # as every process of the product does
        call_command("migrate", verbosity=0)
        global _current  # noqa: PLW0603 - one workspace a process, made before any benchmark is imported
        _current = Workspace(data, database)
        yield _current
    finally:
        database.erase()
        shutil.rmtree(data, ignore_errors=True)


_current: Workspace | None = None


def here() -> Workspace:
    """The installation of this process."""
    if _current is None:
        raise RuntimeError("benchmarks are started by `python -m benchmarks`")
    return _current


def timed(what: str, work: Callable[[], T]) -> tuple[float, T]:
    """Run it, say how long it took (on standard error), return the seconds and its result."""
    begun = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - begun
    print(f"  {what}: {seconds:.2f} s", file=sys.stderr, flush=True)
    return seconds, result
