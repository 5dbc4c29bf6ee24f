"""The pytest plugin that gives every run its own data directory, key file and PostgreSQL.

Loaded with `-p` so that it runs before Django reads its settings. With `DATABASE_URL` set, that server is
used instead; its role must be allowed to create databases.

With `-n` (pytest-xdist) the process that was called starts the server; each worker has a database in it and a data
directory and key file of its own. The tests of a file, or of a folder that shares what takes long to make, stay
together in one worker.
"""

import atexit
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from outpost.config.loading import loading
from outpost.core.crypto import KeyRing
from outpost.server import proc
from outpost.server.embedded import EmbeddedPostgres
from outpost.testing import prepared

PROMISES = Path(".promises.json")
KEPT: dict[str, dict[str, str]] = {}
IN_MEMORY = Path("/dev/shm")  # noqa: S108 # the directory in it is ours alone
ROOM = 2 * 1024**3
PREFIX = "outpost-test-"
OBJECTS_OF_PAGES = 20_000
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# A table whose rows are always rolled back is known as empty once the server has looked at it: plans then fit no
# test's rows, and which test meets them depends on the moment. What is thrown away at the end waits for no disk; what
# must survive is tested on installations of their own.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_compression": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
}
TOGETHER = ("tests/browser/", "tests/security/crawled/", "tests/security/")
# What takes longest begins first, so that no worker is left with it when the others have ended.
LONGEST_FIRST = (
    "tests/security/",
    "tests/durability/",
    "tests/browser/",
    "src/outpost/sentinel/tests/test_machine.py",
    "src/outpost/web/tests/test_browser.py",
    "src/outpost/commands/",
    "src/outpost/server/",
    "tests/",
    "src/outpost/ingest/",
    "src/outpost/sites/tests/test_machine.py",
    "src/outpost/sentinel/",
    "src/outpost/exchange/",
    "src/outpost/core/",
)


def _make_data() -> Path:
    """In memory where there is room: each file that a table has had is made and removed there without a disk.

    What runs left there that were killed would fill it: it goes first.
    """
    for left in IN_MEMORY.glob(f"{PREFIX}*-*"):
        if not proc.is_alive(int(left.name.removeprefix(PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=IN_MEMORY if has_room else None))


def _prepare_environment() -> EmbeddedPostgres | None:
    DATA.chmod(0o711)
    os.environ["OUTPOST_DATA"] = str(DATA)
    os.environ["OUTPOST_SECOND_FACTOR"] = "required"
    KeyRing.create(DATA / "keys.json")
    os.environ.setdefault(prepared.RUN, str(DATA))
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


DATA = _make_data()
SERVER = _prepare_environment()
atexit.register(_clean_up, SERVER)


@pytest.fixture(scope="session")
def embedded_server() -> EmbeddedPostgres | None:
    """The PostgreSQL of this run, None when `DATABASE_URL` was given."""
    run = Path(os.environ[prepared.RUN])
    return EmbeddedPostgres(run) if (run / "database").exists() else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how the tests of promises ended, for `make promises`."""
    promised = dict(report.user_properties).get("promises", ())
    for name in promised if isinstance(promised, list) else ():
        if report.when == "call" or report.outcome != "passed":
            tests, test = KEPT.setdefault(name, {}), report.nodeid.split("[")[0]
            if tests.get(test) != "failed":  # one failed case of a parametrised test is a failed test
                tests[test] = report.outcome


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let each test carry the ids of its promises into its report."""
    promises = [name for mark in item.iter_markers("promise") for name in mark.args]
    if promises:
        item.user_properties.append(("promises", promises))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where workers share the tests, the longest begin."""
    if IS_WORKER:
        items.sort(key=_turn)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All that collecting leaves stays to the end: garbage is looked for in none of it, and later not at every page."""
    with loading():
        found = yield
    gc.set_threshold(OBJECTS_OF_PAGES)
    return found


def _turn(item: pytest.Item) -> int:
    folders = enumerate(LONGEST_FIRST)
    return next((turn for turn, folder in folders if item.nodeid.startswith(folder)), len(LONGEST_FIRST))


class Sharing(LoadScopeScheduling):  # type: ignore[misc] # it comes without types
    """Gives whole files and folders to the workers, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """How `-n` shares the tests."""
    config.option.loadscopereorder = False
    return Sharing(config, log)


def pytest_sessionfinish() -> None:
    """Merge this run into what earlier runs noted. Workers report to the process that was called: it alone writes."""
    if KEPT and not IS_WORKER:
        known = json.loads(PROMISES.read_text(encoding="utf-8")) if PROMISES.exists() else {}
        for name, tests in KEPT.items():
            known[name] = known.get(name, {}) | tests
        PROMISES.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
