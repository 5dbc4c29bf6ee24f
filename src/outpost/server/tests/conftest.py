"""Data directories for servers of our own: reachable by root's database account, gone after the test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from outpost.server.embedded import EmbeddedPostgres
from outpost.testing import prepared


def make_data_directory() -> Path:
    """Make a directory that other accounts may pass through, as a clone under /opt or /srv would be."""
    directory = Path(tempfile.mkdtemp(prefix="outpost-test-"))
    directory.chmod(0o711)
    return directory


@pytest.fixture
def empty_directory() -> Iterator[Path]:
    """A data directory with nothing in it."""
    directory = make_data_directory()
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


@pytest.fixture
def data_directory(empty_directory: Path) -> Path:
    """A data directory with a new, stopped PostgreSQL."""
    prepared.with_cluster(empty_directory)
    return empty_directory


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One running server for the tests of a module that only look at it."""
    directory = make_data_directory()
    prepared.with_cluster(directory)
    server = EmbeddedPostgres(directory)
    server.start()
    yield server
    server.erase()
    shutil.rmtree(directory)
