"""The second copy under real loss: everything killed, the whole data directory gone; the other disk away, or full."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outpost.commands.tests.test_running import answer, outpost
from outpost.server import copies, proc
from tests.durability.test_facts import SENDERS, Senders, sending
from tests.faults.installation import Installation, Served, an_installation

pytestmark = [pytest.mark.durability, pytest.mark.nightly, pytest.mark.promise("M1")]

PATIENCE = 120.0
MAY_LOSE = 5.0
LINES = 5
STREAMED_SECONDS = 20.0


@pytest.fixture
def installation() -> Iterator[Installation]:
    with an_installation() as found:
        yield found


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    directory = tmp_path / "second"
    directory.mkdir()
    return directory


def state_of_copy(data: Path, disk: Path) -> str:
    """What the doctor finds; that test and copy share a disk is known."""
    told = answer(outpost("doctor", "--data", data, "--json", "--lang", "en", OUTPOST_COPY=str(disk)))
    found = [one for one in told["findings"] if one["name"] == "copy" and "on the disk" not in one["found"]]
    return " ".join(f"{one['state']}: {one['found']}" for one in found)


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def kill_everything(served: Served) -> float:
    """SIGKILL to every process below `outpost up` and to itself; gives the time of the first one."""
    everything = [served.process.pid, *proc.descendants(served.process.pid)]
    at = time.time()
    for pid in everything:
        proc.send(pid, signal.SIGKILL)
    served.process.wait(PATIENCE)
    assert proc.wait_for_end(everything, seconds=10) == []
    return at


def answered(senders: Senders) -> dict[str, float]:
    """`source/record_id` of every line that was answered with success, and when."""
    return {line.split()[0]: float(line.split()[2]) for line in senders.lines("acks")}


def test_the_disk_is_lost_and_nothing_older_than_seconds_with_it(
    installation: Installation, tmp_path: Path, disk: Path
) -> None:
    data, keys = installation.data, tmp_path / "keys.json"
    shutil.copy2(data / "keys.json", keys)
    token, acks = installation.token(), tmp_path / "acks"
    acks.mkdir()
    with installation.up(OUTPOST_COPY=str(disk)) as served:
        with sending(acks, served, token, lines=LINES) as senders:
            wait_until(lambda: bool(copies.whole_copies(disk)), served.log.read_text())
            senders.wait_for_more(1, seconds=PATIENCE, log=served.log)
            time.sleep(STREAMED_SECONDS)  # of streaming after the base: what is only in the log
            killed_at = kill_everything(served)
        shutil.rmtree((data / "database").resolve())
        shutil.rmtree(data)
        data.mkdir(mode=0o711)
        shutil.copy2(keys, data)
        before = contents(disk)
        told = answer(outpost("restore", "--copy", disk, "--data", data, "--json"))
        assert contents(disk) == before, "the copy was changed"
    facts = answered(senders)
    safe = {fact for fact, at in facts.items() if at < killed_at - MAY_LOSE}
    assert len(safe) > 100, "too few facts: the test proves nothing"
    stored = [row[0] for row in installation.rows("SELECT source || '/' || record_id FROM health_testrecord")]
    assert safe - set(stored) == set(), "facts older than may be lost are lost"
    assert len(stored) == len(set(stored))
    assert len(set(stored) - set(facts)) <= SENDERS * LINES, "more is stored than was ever under way"
    assert told["copy"] in {path.name for path in disk.iterdir()}
    lost = sorted(at - killed_at for fact, at in facts.items() if fact not in set(stored))
    print(f"{len(facts)} facts, {len(lost)} lost, {lost[:1]}")
    with installation.up(OUTPOST_COPY=str(disk)) as served:
        with sending(tmp_path, served, token, count=1) as again:
            again.wait_for_more(LINES, seconds=PATIENCE, log=served.log)
        wait_until(lambda: state_of_copy(data, disk).startswith("ok"), served.log.read_text())
    assert answer(outpost("audit", "verify", "--data", data, "--json"))["broken_at"] is None
    assert len(list(disk.iterdir())) == 1


def contents(directory: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def test_pages_go_on_without_the_other_disk(installation: Installation, tmp_path: Path, disk: Path) -> None:
    token, data = installation.token(), installation.data
    with (
        installation.up(OUTPOST_COPY=str(disk)) as served,
        sending(tmp_path, served, token, lines=LINES) as senders,
    ):
        wait_until(lambda: state_of_copy(data, disk).startswith("ok"), served.log.read_text())
        disk.rename(disk.with_name("away"))
        senders.wait_for_more(200, seconds=PATIENCE, log=served.log)
        wait_until(lambda: "is not there" in served.log.read_text(), "nothing in the log")
        assert state_of_copy(data, disk) == f"warn: {disk} is not there."
        disk.with_name("away").rename(disk)
        wait_until(lambda: state_of_copy(data, disk).startswith("ok"), served.log.read_text())
        shutil.rmtree(disk)
        senders.wait_for_more(200, seconds=PATIENCE, log=served.log)
        disk.mkdir()
        wait_until(lambda: state_of_copy(data, disk).startswith("ok"), served.log.read_text())
        senders.stop()
        log = served.log.read_text()
    assert senders.refusals() == []
    assert log.count("is not there") <= 2, log


def test_a_full_other_disk_stops_nothing(
    installation: Installation, tmp_path: Path, small_disk: Path
) -> None:
    token, data = installation.token(), installation.data
    with (
        installation.up(OUTPOST_COPY=str(small_disk)) as served,
        sending(tmp_path, served, token, lines=200) as senders,
    ):
        wait_until(lambda: state_of_copy(data, small_disk).startswith("ok"), served.log.read_text())
        ballast = small_disk / "ballast"
        with ballast.open("wb") as file:
            free = shutil.disk_usage(small_disk).free
            os.posix_fallocate(file.fileno(), 0, free)
        with installation.session() as session:  # the file at hand is as long as it will be
            session.execute("SELECT pg_switch_wal()")
        senders.wait_for_more(2000, seconds=PATIENCE, log=served.log)
        wait_until(lambda: "No space left" in served.log.read_text(), "nothing in the log")
        assert state_of_copy(data, small_disk).startswith("warn")
        ballast.unlink()
        wait_until(lambda: state_of_copy(data, small_disk).startswith("ok"), served.log.read_text())
        senders.stop()
        assert served.log.read_text().count("No space left") <= 2
    assert senders.refusals() == []


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of our own for the copy. Needs the right to mount."""
    disk = Path("/tmp") / f"outpost-small-copy-{os.getpid()}"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=400m,mode=0700", "outpost", disk], check=True)
    yield disk
    subprocess.run(["/bin/umount", "--lazy", disk], check=True)
    disk.rmdir()
