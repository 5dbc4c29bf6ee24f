"""Data directories that are made once in a run and copied for each test that only needs one.

Tests of the making itself (`initdb`, `outpost init`) begin with an empty directory of their own.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from outpost.config import env
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.locks import FileLock

OF_THE_TEST_RUN = {"DATABASE_URL", "OUTPOST_DATA", "LANG", "DJANGO_SETTINGS_MODULE"}
RUN = "OUTPOST_TEST_RUN"
"""Names the directory of the run, which its workers share."""
PATIENCE = 300.0


def with_cluster(directory: Path) -> None:
    """Put a new, stopped PostgreSQL into the empty directory: as after `EmbeddedPostgres.start` and `stop`."""
    _copy("cluster", _make_cluster, directory)


def with_installation(directory: Path) -> None:
    """Put into the empty directory what `outpost init` makes: keys, regions, categories, a stopped database."""
    _copy("installation", _make_installation, directory)


def environment(**changes: str) -> dict[str, str]:
    """The environment without what belongs to the test run itself."""
    kept = {name: value for name, value in env.child_environment().items() if name not in OF_THE_TEST_RUN}
    return {**kept, **changes}


def _copy(name: str, make: Callable[[Path], None], directory: Path) -> None:
    source = Path(os.environ[RUN]) / name
    with FileLock(source.with_suffix(".lock")).alone(seconds=PATIENCE) as is_ours:
        if not is_ours:
            raise TimeoutError(source)
        if not source.exists():
            fresh = source.with_suffix(".new")
            fresh.mkdir(mode=0o711)
            make(fresh)
            fresh.rename(source)
    if (
        source / "database"
    ).is_symlink():  # its account does not reach this place: each has a home of its own
        make(directory)
    else:
        subprocess.run(["/bin/cp", "-a", "--reflink=auto", f"{source}/.", directory], check=True)


def _make_cluster(directory: Path) -> None:
    server = EmbeddedPostgres(directory)
    with server:
        cluster = server.cluster
    for log in cluster.glob("log/*"):  # the words of each server are its own
        log.unlink()


def _make_installation(directory: Path) -> None:
    command = [sys.executable, "-m", "outpost.cli", "init", "--data", str(directory)]
    subprocess.run(command, env=environment(), check=True, capture_output=True)
