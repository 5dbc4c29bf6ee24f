"""The pytest plugin that gives every run its own data directory, key file and PostgreSQL.

Loaded with `-p` so that it runs before Django reads its settings. With `DATABASE_URL` set, that server is
used instead; its role must be allowed to create databases.
"""

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from outpost.core.crypto import KeyRing
from outpost.server.embedded import EmbeddedPostgres

PROMISES = Path(".promises.json")
KEPT: dict[str, dict[str, str]] = {}
DATA = Path(tempfile.mkdtemp(prefix="outpost-test-"))
# A table whose rows are always rolled back is known as empty once the server has looked at it: plans then fit no
# test's rows, and which test meets them depends on the moment.
SETTINGS = {"autovacuum": "off"}


def _prepare_environment() -> EmbeddedPostgres | None:
    DATA.chmod(0o711)
    os.environ["OUTPOST_DATA"] = str(DATA)
    os.environ["OUTPOST_SECOND_FACTOR"] = "required"
    KeyRing.create(DATA / "keys.json")
    if os.environ.get("DATABASE_URL"):
        return None
    server = EmbeddedPostgres(DATA, changes=SETTINGS, dies_with_us=True)
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


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how the tests of promises ended, for `make promises`."""
    promised = dict(report.user_properties).get("promises", ())
    for name in promised if isinstance(promised, list) else ():
        if report.when == "call" or report.outcome != "passed":
            tests, test = KEPT.setdefault(name, {}), report.nodeid.split("[")[0]
            if tests.get(test) != "failed":  # one failed case of a parametrised test is a failed test
                tests[test] = report.outcome


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test carry the ids of its promises into its report."""
    for item in items:
        promises = [name for mark in item.iter_markers("promise") for name in mark.args]
        if promises:
            item.user_properties.append(("promises", promises))


def pytest_sessionfinish() -> None:
    """Merge this run into what earlier runs noted."""
    if KEPT:
        known = json.loads(PROMISES.read_text(encoding="utf-8")) if PROMISES.exists() else {}
        for name, tests in KEPT.items():
            known[name] = known.get(name, {}) | tests
        PROMISES.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
