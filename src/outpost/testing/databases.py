"""Databases of the tests: copies of one in which all migrations have run, made by the worker that comes first."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from outpost.core.db import rows_of
from outpost.server.locks import FileLock
from outpost.testing.prepared import PATIENCE, RUN

MIGRATED = "migrated"


@contextmanager
def connected_to(database: str) -> Iterator[None]:
    """Django's connections of this process lead to that database of the same server."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def make_migrated(name: str) -> None:
    """A database of that name in which all migrations run now; in place of one that may be there."""
    _run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    with connected_to(name):
        call_command("migrate", verbosity=0, interactive=False)


def copy_migrated(name: str) -> None:
    """A copy of the one that was made once in the run; nobody has been connected to that since."""
    _run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")


def ensure_migrated() -> None:
    """Make the database that is copied, unless another worker has: one at a time, and none sees half of it."""
    lock = Path(os.environ[RUN]) / "migrated.lock"
    with FileLock(lock).alone(seconds=PATIENCE) as is_ours:
        if not is_ours:
            raise TimeoutError(lock)
        if not rows_of("SELECT FROM pg_database WHERE datname = %s", [MIGRATED]):
            make_migrated("migrating")
            _run(f"ALTER DATABASE migrating RENAME TO {MIGRATED}")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
