"""The pytest plugin that gives every run its own data directory, key file and PostgreSQL.

Loaded with `-p` so that it runs before Django reads its settings. With `DATABASE_URL` set, that server is
used instead; its role must be allowed to create databases.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from outpost.core.crypto import KeyRing
from outpost.server.embedded import EmbeddedPostgres

DATA = Path(tempfile.mkdtemp(prefix="outpost-test-"))


def _prepare_environment() -> EmbeddedPostgres | None:
    DATA.chmod(0o711)
    os.environ["OUTPOST_DATA"] = str(DATA)
    os.environ["OUTPOST_SECOND_FACTOR"] = "required"
    KeyRing.create(DATA / "keys.json")
    if os.environ.get("DATABASE_URL"):
        return None
    server = EmbeddedPostgres(DATA, dies_with_us=True)
    server.start()
    os.environ["DATABASE_URL"] = server.dsn("superuser", database="postgres")
    return server


def _clean_up(server: EmbeddedPostgres | None) -> None:
    if server is not None:
        server.erase()
    shutil.rmtree(DATA, ignore_errors=True)


SERVER = _prepare_environment()
atexit.register(_clean_up, SERVER)


@pytest.fixture(scope="session")
def embedded_server() -> EmbeddedPostgres | None:
    """The PostgreSQL of this run, None when `DATABASE_URL` was given."""
    return SERVER
