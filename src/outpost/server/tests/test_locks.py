"""File locks between holders: shared, alone, changed, lost with the process."""

import subprocess
import sys
from pathlib import Path

import pytest

from outpost.server.locks import FileLock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


def test_alone_keeps_others_out(path: Path) -> None:
    with FileLock(path) as first, FileLock(path) as second:
        assert first.take()
        assert not second.take()
        assert not second.take(shared=True)
        first.release()
        assert second.take()


def test_shared_lets_others_share_but_not_be_alone(path: Path) -> None:
    with FileLock(path) as first, FileLock(path) as second:
        assert first.take(shared=True)
        assert second.take(shared=True)
        assert not second.take()
        assert not second.is_held
        assert first.take()


def test_the_note_tells_who_holds_it(path: Path) -> None:
    with FileLock(path) as first, FileLock(path) as second:
        first.take()
        first.note("process 12")
        assert second.read_note() == "process 12"


def test_a_killed_holder_lets_go(path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from outpost.server.locks import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); print(lock.take(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with FileLock(path) as lock:
            assert not lock.take()
            holder.kill()
            assert lock.take(seconds=5)
