"""Fixtures that every test may use."""

from collections.abc import Iterable, Iterator

import pytest
from django.apps import apps
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from hypothesis import HealthCheck, settings

from outpost.testing.cast import Cast, build_cast

settings.register_profile("house", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""How long making an example takes says how busy the machine is, and nothing of the example."""


@pytest.fixture
def cast(db: None) -> Cast:
    """The shared cast, in the transaction of the test."""
    return build_cast()


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
