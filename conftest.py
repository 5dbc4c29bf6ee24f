"""Fixtures that every test may use."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from outpost.server.embedded import EmbeddedPostgres
from outpost.testing import databases
from outpost.testing.cast import Cast, build_cast

settings.register_profile("house", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""How long making an example takes says how busy the machine is, and nothing of the example."""


@pytest.fixture(scope="session")
def django_db_keepdb(embedded_server: EmbeddedPostgres | None) -> bool:
    """Whether databases of the tests are left alone at the end: our server is erased whole, with all of them."""
    return embedded_server is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    embedded_server: EmbeddedPostgres | None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """The database of each worker begins as a copy: the migrations of the whole house run once."""
    if embedded_server is not None:
        with django_db_blocker.unblock():
            databases.ensure_migrated()
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = databases.MIGRATED


@pytest.fixture(scope="module")
def once_a_file(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A transaction as long as the file: what fixtures of module scope write in it stands for each of its tests.

    Each test has its savepoint within. Such a fixture is `autouse`, so that every test of the file meets the same
    rows, and gives none of them: a row that one test changes must not reach the next, so each reads its own.
    """
    tests = (item for item in request.session.items if item.path == request.path)
    marks = (mark for test in tests for mark in test.iter_markers("django_db"))
    if any(mark.kwargs.get("transaction") for mark in marks):
        pytest.fail("a test with connections of its own would not see what this file's tests share")
    whole_file = transaction.atomic()
    # As Django says of its own: what must be outermost may stand in it.
    whole_file._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), whole_file:
        # A response that a test closes would close the connection, and the transaction would go with it.
        with patch.object(connections["default"], "close_if_unusable_or_obsolete"):
            yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast_of_file(once_a_file: None) -> Cast:
    """The shared cast, for fixtures of module scope. Tests take `cast`."""
    return build_cast()


@pytest.fixture
def cast(request: pytest.FixtureRequest, db: None) -> Cast:
    """The shared cast, in the transaction of the test or of its file; its rows are the test's own."""
    of_file = "cast_of_file" in request.fixturenames
    return deepcopy(request.getfixturevalue("cast_of_file")) if of_file else build_cast()


@pytest.fixture(autouse=True)
def own_language() -> None:
    """A request leaves its language in the thread: the next test begins with the default again."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def emptying_between_tests() -> Iterator[None]:
    """Lets Django empty the tables after a transactional test: all of them.

    The audit refuses to be truncated, and the tables of the queue are not managed by Django, so their jobs would stay
    and be run for real by whichever later test starts a worker.
    """
    flush = DatabaseOperations.execute_sql_flush
    queue = ", ".join(model._meta.db_table for model in apps.get_app_config("procrastinate").get_models())

    def flush_past_triggers(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list, f"TRUNCATE {queue}"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush_past_triggers)
        yield
