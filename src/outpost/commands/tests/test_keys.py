"""The key file as operators mix it up: another installation's, lost, damaged, an old copy. What each command says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from outpost.commands.tests.test_running import answer, outpost
from outpost.core.crypto import KeyRing
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing import prepared
from outpost.testing.network import free_port

pytestmark = [pytest.mark.slow, pytest.mark.promise("M1")]

OTHERS = "belongs to another installation"
OLD = "is an old copy: it lacks the sealing key of version 2"


@pytest.fixture
def data() -> Iterator[Path]:
    directory = make_data_directory()
    prepared.with_installation(directory)
    with EmbeddedPostgres(directory):  # so that no command has to start it
        yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


@pytest.fixture
def empty() -> Iterator[Path]:
    directory = make_data_directory()
    yield directory
    if (directory / "database").exists():
        EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


def refused(data: Path, *arguments: str | Path) -> str:
    return outpost(*arguments, "--data", data, "--lang", "en", code=1).stderr


def test_another_installations_keys_open_no_door(data: Path) -> None:
    """Production must neither serve nor take anything in under a second set of people."""
    (data / "keys.json").rename(data / "own.json")
    KeyRing.create(data / "keys.json")
    for arguments in (
        ("up", "--port", str(free_port())),
        ("init",),
        ("category", "list"),
        ("purge", "--dry-run"),
    ):
        assert OTHERS in refused(data, *arguments), arguments
    told = answer(outpost("doctor", "--data", data, "--json", "--lang", "en", code=1))
    assert OTHERS in str(told["findings"])
    assert "Put this installation's own keys.json there" in refused(data, "backup", data / "kept")
    (data / "own.json").replace(data / "keys.json")
    outpost("category", "list", "--data", data)


def test_an_old_copy_of_the_keys_neither_serves_nor_proves_nor_restores(data: Path, empty: Path) -> None:
    shutil.copy2(data / "keys.json", data / "old.json")
    told = outpost("keys", "rotate", "--data", data, "--lang", "en").stderr
    assert "open nothing new. Renew each" in told
    outpost("backup", data / "kept", "--data", data)
    asked = answer(outpost("doctor", "--data", data, "--json"))["findings"]
    assert [one["state"] for one in asked if one["name"] == "key copies"] == ["warn"]
    assert OLD in refused(data, "keys", "copied", data / "old.json")
    (data / "keys.json").rename(data / "new.json")
    shutil.copy2(data / "old.json", data / "keys.json")
    shutil.copy2(data / "old.json", empty / "keys.json")
    for arguments in (
        ("up", "--port", str(free_port())),
        ("keys", "rotate"),
        ("backup", "--verify", data / "kept"),
    ):
        assert OLD in refused(data, *arguments), arguments
    assert OLD in refused(empty, "backup", "--verify", data / "kept")
    assert OLD in refused(empty, "restore", data / "kept")
    assert [path.name for path in empty.iterdir()] == ["keys.json"]
    (data / "new.json").replace(data / "keys.json")
    outpost("keys", "copied", data / "keys.json", "--data", data)
    asked = answer(outpost("doctor", "--data", data, "--json"))["findings"]
    assert [one["state"] for one in asked if one["name"] == "key copies"] == ["ok"]
    shutil.copy2(data / "keys.json", empty / "keys.json")
    outpost("restore", data / "kept", "--data", empty)
    assert answer(outpost("doctor", "--data", empty, "--json"))["ok"] is True


def test_a_lost_or_damaged_key_file_is_said_by_every_door(data: Path) -> None:
    """`up` said that it was ready, and signing in failed; `doctor` crashed."""
    own = (data / "keys.json").rename(data / "own.json")
    for content, found in ((None, "its key file"), (b'{"format": 1', "is no key file, or damaged")):
        if content is not None:
            (data / "keys.json").touch(mode=0o600)
            (data / "keys.json").write_bytes(content)
        for arguments in (("up", "--port", str(free_port())), ("init",), ("category", "list")):
            said = refused(data, *arguments)
            assert found in said, arguments
            assert "Bring it back from its safe copy" in said
        told = outpost("doctor", "--data", data, "--lang", "en", code=1)
        assert "safe copy" in told.stdout
        assert not told.stderr
    own.replace(data / "keys.json")
    outpost("doctor", "--data", data)
