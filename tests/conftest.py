"""The world of the tests across modules: built once and committed; what a test changes is taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from outpost.core import clock
from outpost.testing.cast import NOON
from tests.security.crawl import Crawl, crawl_all
from tests.security.world import World, build_world


def _is_ours(item: pytest.Item) -> bool:
    return "built_world" in getattr(item, "fixturenames", ())


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests of the world use the database and take their time."""
    if _is_ours(item):
        item.add_marker(pytest.mark.django_db)
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They come last: what is committed must be nobody else's surprise."""
    items.sort(key=_is_ours)


@contextmanager
def at_noon(blocker: DjangoDbBlocker) -> Iterator[None]:
    """With the database, at the noon of the cast."""
    with blocker.unblock(), patch.object(clock, "now", lambda: NOON):
        yield


@pytest.fixture(scope="session")
def built_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The committed world; the tables are emptied again at the end."""
    with at_noon(django_db_blocker):
        call_command("flush", verbosity=0, interactive=False)
        built = build_world()
    yield built
    with at_noon(django_db_blocker):
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def world(built_world: World, db: None) -> Iterator[World]:
    """The world at its noon, in the transaction of the test."""
    with patch.object(clock, "now", lambda: NOON):
        yield built_world


@pytest.fixture(scope="session")
def crawl(built_world: World, django_db_blocker: DjangoDbBlocker) -> Crawl:
    """Every page, list, filter, file and call that each account of the world can reach by following links."""
    with at_noon(django_db_blocker):
        return crawl_all(built_world)
