"""The world of the tests across modules: built once and committed in a database of its own.

What a test changes is taken back. No other test meets these rows, so its tests may come in any order among others.
"""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.template.base import Template
from django.template.context import Context
from django.test import override_settings
from django.utils.safestring import SafeString
from pytest_django import DjangoDbBlocker

from outpost.core import clock
from outpost.server.embedded import EmbeddedPostgres
from outpost.testing.cast import NOON
from outpost.testing.databases import connected_to, copy_migrated, make_migrated
from tests.security.crawl import Crawl, crawl_all
from tests.security.world import World, build_world


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests of the world take their time."""
    if "built_world" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.slow)


def _drawn(template: Template, context: Context) -> SafeString:
    """As Django draws outside of tests."""
    return template.nodelist.render(context)


@contextmanager
def without_contexts() -> Iterator[None]:
    """Answers do not carry what their templates were given: it would be copied for each part of each page."""
    with patch.object(Template, "_render", _drawn):
        yield


@pytest.fixture
def bare_answers() -> Iterator[None]:
    """For tests of many pages that read nothing but the answers."""
    with without_contexts():
        yield


@contextmanager
def at_noon(blocker: DjangoDbBlocker, database: str) -> Iterator[None]:
    """With this database, at the noon of the cast. Who looks meanwhile stays signed in for all tests, however long a
    busy machine takes: else the last of them would find nothing but the page to sign in."""
    all_day = override_settings(SESSION_COOKIE_AGE=24 * 3600)
    with blocker.unblock(), connected_to(database), patch.object(clock, "now", lambda: NOON), all_day:
        yield


@pytest.fixture(scope="session")
def world_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, embedded_server: EmbeddedPostgres | None
) -> Iterator[str]:
    """An empty database beside that of the other tests; gives its name."""
    name = f"{connection.settings_dict['NAME']}_world"
    with django_db_blocker.unblock():
        (make_migrated if embedded_server is None else copy_migrated)(name)
    yield name
    if embedded_server is None:  # else it goes with its server
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def built_world(world_database: str, django_db_blocker: DjangoDbBlocker) -> World:
    """The committed world."""
    with at_noon(django_db_blocker, world_database):
        return build_world()


@pytest.fixture
def in_world(built_world: World, world_database: str) -> Iterator[World]:
    """The world at its noon, before the test has its transaction."""
    with connected_to(world_database), patch.object(clock, "now", lambda: NOON):
        yield built_world


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to reach another machine or to look up a name."""
    seen: list[Any] = []

    def refused(_socket: socket.socket, target: Any, *_rest: object) -> None:
        seen.append(target)
        raise OSError("no calls to the outside in this test")

    def lookup(host: Any, *_arguments: object, **_named: object) -> None:
        seen.append(host)
        raise OSError("no look-ups in this test")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, lookup)
    return seen


@pytest.fixture
def world(in_world: World, db: None, calls: list[Any]) -> Iterator[World]:
    """The world at its noon, in the transaction of the test, which calls nobody outside."""
    yield in_world
    assert calls == []


@pytest.fixture(scope="session")
def crawl(built_world: World, world_database: str, django_db_blocker: DjangoDbBlocker) -> Crawl:
    """Every page, list, filter, file and call that each account of the world can reach by following links."""
    with at_noon(django_db_blocker, world_database), without_contexts():
        found = crawl_all(built_world)
    gc.collect()
    gc.freeze()  # it stays to the end: each full collection would walk through all of it
    return found
