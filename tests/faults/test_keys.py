"""The key file as operators mix it up: another installation's, lost, damaged, an old copy. What each command says."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outpost.core.crypto import KeyRing
from outpost.testing import prepared
from outpost.testing.network import free_port
from tests.faults.installation import Done, Installation

pytestmark = [pytest.mark.slow, pytest.mark.promise("M1")]

OTHERS = "belongs to another installation"
OLD = "is an old copy: it lacks the sealing key of version 2"


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation whose database runs, so that no command has to start it."""
    found = Installation(Path(tempfile.mkdtemp(prefix="outpost-test-")))
    found.data.chmod(0o711)
    prepared.with_installation(found.data)
    found.server.start()
    yield found
    found.erase()
    shutil.rmtree(found.data)


@pytest.fixture
def empty() -> Iterator[Installation]:
    found = Installation(Path(tempfile.mkdtemp(prefix="outpost-test-")))
    found.data.chmod(0o711)
    yield found
    found.erase()
    shutil.rmtree(found.data)


def done(installation: Installation, *arguments: str | Path, code: int = 0) -> Done:
    """Run one command to its end and require its exit code."""
    found = installation.run(*arguments)
    assert found.code == code, found.err
    return found


def refused(installation: Installation, *arguments: str | Path) -> str:
    return done(installation, *arguments, "--lang", "en", code=1).err


def key_copies(installation: Installation) -> list[Any]:
    """How doctor finds the safe copies of the key file."""
    findings = done(installation, "doctor", "--json").document["findings"]
    return [one["state"] for one in findings if one["name"] == "key copies"]


def test_another_installations_keys_open_no_door(own: Installation) -> None:
    """Production must neither serve nor take anything in under a second set of people."""
    data = own.data
    (data / "keys.json").rename(data / "own.json")
    KeyRing.create(data / "keys.json")
    for arguments in (
        ("up", "--port", str(free_port())),
        ("init",),
        ("category", "list"),
        ("purge", "--dry-run"),
    ):
        assert OTHERS in refused(own, *arguments), arguments
    told = done(own, "doctor", "--json", "--lang", "en", code=1).document
    assert OTHERS in str(told["findings"])
    assert "Put this installation's own keys.json there" in refused(own, "backup", data / "kept")
    (data / "own.json").replace(data / "keys.json")
    done(own, "category", "list")


def test_an_old_copy_of_the_keys_neither_serves_nor_proves_nor_restores(
    own: Installation, empty: Installation
) -> None:
    data = own.data
    shutil.copy2(data / "keys.json", data / "old.json")
    told = done(own, "keys", "rotate", "--lang", "en").err
    assert "open nothing new. Renew each" in told
    done(own, "backup", data / "kept")
    assert key_copies(own) == ["warn"]
    assert OLD in refused(own, "keys", "copied", data / "old.json")
    (data / "keys.json").rename(data / "new.json")
    shutil.copy2(data / "old.json", data / "keys.json")
    shutil.copy2(data / "old.json", empty.data / "keys.json")
    for arguments in (
        ("up", "--port", str(free_port())),
        ("keys", "rotate"),
        ("backup", "--verify", data / "kept"),
    ):
        assert OLD in refused(own, *arguments), arguments
    assert OLD in refused(empty, "backup", "--verify", data / "kept")
    assert OLD in refused(empty, "restore", data / "kept")
    assert [path.name for path in empty.data.iterdir()] == ["keys.json"]
    (data / "new.json").replace(data / "keys.json")
    done(own, "keys", "copied", data / "keys.json")
    assert key_copies(own) == ["ok"]
    shutil.copy2(data / "keys.json", empty.data / "keys.json")
    done(empty, "restore", data / "kept")
    assert done(empty, "doctor", "--json").document["ok"] is True


def test_a_lost_or_damaged_key_file_is_said_by_every_door(own: Installation) -> None:
    """`up` said that it was ready, and signing in failed; `doctor` crashed."""
    data = own.data
    kept = (data / "keys.json").rename(data / "own.json")
    for content, found in ((None, "its key file"), (b'{"format": 1', "is no key file, or damaged")):
        if content is not None:
            (data / "keys.json").touch(mode=0o600)
            (data / "keys.json").write_bytes(content)
        for arguments in (("up", "--port", str(free_port())), ("init",), ("category", "list")):
            said = refused(own, *arguments)
            assert found in said, arguments
            assert "Bring it back from its safe copy" in said
        told = done(own, "doctor", "--lang", "en", code=1)
        assert "safe copy" in told.out
        assert not told.err
    kept.replace(data / "keys.json")
    done(own, "doctor")
