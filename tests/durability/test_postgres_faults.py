"""Kills, restarts and full disks under the embedded PostgreSQL: what was acknowledged stays, once."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from outpost.config import env
from outpost.server import proc
from outpost.server.embedded import EmbeddedPostgres
from tests.durability.conftest import Keeper, Writers

pytestmark = [pytest.mark.durability, pytest.mark.slow]

KILLS = int(env.child_environment().get("OUTPOST_KILLS", "20"))
RECOVERY_SECONDS = 30.0
MIB = 1024**2


def kill_something(server: EmbeddedPostgres, writers: Writers, *, chance: random.Random) -> str:
    """SIGKILL the postmaster, everything, one backend or one client."""
    postmaster = server.postmaster_pid()
    assert postmaster is not None
    backends = proc.descendants(postmaster)
    victim = chance.choice(["postmaster", "everything", "backend", "client"])
    match victim:
        case "postmaster":
            proc.send(postmaster, signal.SIGKILL)
        case "everything":
            for pid in [postmaster, *backends]:
                proc.send(pid, signal.SIGKILL)
        case "backend":
            proc.send(chance.choice(backends), signal.SIGKILL)
        case _:
            writers.replace(chance.randrange(4))
    if victim in {"postmaster", "everything"}:
        assert proc.wait_for_end([postmaster], seconds=10) == []
    return victim


@pytest.mark.promise("R1")
def test_kills_lose_nothing_and_double_nothing(data_directory: Path, acks: Path) -> None:
    """`OUTPOST_KILLS=1000` for the long run."""
    chance = random.Random(20220608)
    victims: set[str] = set()
    with EmbeddedPostgres(data_directory) as server:
        writers = Writers(server, acks)
        writers.start(4)
        try:
            for _ in range(KILLS):
                writers.wait_for_more(10, seconds=RECOVERY_SECONDS)
                time.sleep(chance.random() * 0.2)
                victims.add(kill_something(server, writers, chance=chance))
                server.start()
            writers.wait_for_more(10, seconds=RECOVERY_SECONDS)
        finally:
            writers.stop()
        assert writers.check() >= 10 * KILLS
    assert victims == {"postmaster", "everything", "backend", "client"}


@pytest.mark.promise("R11")
def test_a_restart_under_load(data_directory: Path, acks: Path) -> None:
    with EmbeddedPostgres(data_directory) as server:
        writers = Writers(server, acks)
        writers.start(4)
        try:
            for _ in range(3):
                writers.wait_for_more(50, seconds=RECOVERY_SECONDS)
                server.stop(even_if_used=True)
                server.start()
                assert writers.wait_for_more(10, seconds=RECOVERY_SECONDS) < RECOVERY_SECONDS
        finally:
            writers.stop()
        assert writers.check() > 150


def wal_syncs(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Syncs of the write-ahead log by all processes so far."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute("SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'").fetchone()
    assert row is not None
    return int(str(row[0]))


def syncs_of_commits(server: EmbeddedPostgres, commits: int, *, synchronous_commit: str) -> int:
    with psycopg.connect(server.dsn("owner"), autocommit=True) as connection:
        connection.execute("SELECT set_config('synchronous_commit', %s, false)", [synchronous_commit])
        before = wal_syncs(connection)
        for number in range(commits):
            connection.execute("INSERT INTO counted VALUES (%s)", [number])
        time.sleep(0.1)
        return wal_syncs(connection) - before


@pytest.mark.promise("R2")
def test_every_acknowledged_commit_was_synced(data_directory: Path) -> None:
    """One connection: group commit would hide a missing sync on several."""
    with EmbeddedPostgres(data_directory, changes={"autovacuum": "off"}) as server:
        with psycopg.connect(server.dsn("owner"), autocommit=True) as owner:
            owner.execute("CREATE TABLE counted (number int)")
        assert syncs_of_commits(server, 1000, synchronous_commit="on") >= 1000
        # The measure sees what it must see: without waiting there are far fewer.
        assert syncs_of_commits(server, 1000, synchronous_commit="off") < 500


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 200 MiB of our own. Needs the right to mount."""
    place = Path("/mnt") if os.access("/mnt", os.W_OK) else Path("/tmp")
    disk = place / f"outpost-small-disk-{os.getpid()}"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=200m,mode=0711", "outpost", disk], check=True)
    yield disk
    EmbeddedPostgres(disk / "var").stop(even_if_used=True)
    subprocess.run(["/bin/umount", disk], check=True)
    disk.rmdir()


def fill(disk: Path) -> Path:
    """Take all that is left on the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * MIB)
        except OSError:
            return ballast


@pytest.mark.nightly
@pytest.mark.promise("R11")
def test_a_full_disk_loses_nothing_and_heals_by_itself(small_disk: Path, acks: Path) -> None:
    little_wal = {"max_wal_size": "64MB", "min_wal_size": "32MB"}
    server = EmbeddedPostgres(small_disk / "var", changes=little_wal)
    server.start()
    writers = Writers(server, acks, row_bytes=4000)
    keeper = Keeper(server)
    writers.start(2)
    try:
        writers.wait_for_more(100, seconds=RECOVERY_SECONDS)
        for _ in range(3):
            ballast = fill(small_disk)
            deadline = time.monotonic() + 60
            before = writers.errors().count("No space left on device")
            while writers.errors().count("No space left on device") + len(keeper.refusals) <= before:
                assert time.monotonic() < deadline, "the disk never was full"
                time.sleep(0.2)
            time.sleep(2)
            ballast.unlink()
            assert writers.wait_for_more(10, seconds=RECOVERY_SECONDS) < RECOVERY_SECONDS
    finally:
        writers.stop()
        keeper.end()
    assert writers.check() > 100
    server.stop()
    sums = subprocess.run(
        [server.programs / "pg_checksums", "--check", "--pgdata", server.cluster],
        capture_output=True,
        text=True,
        check=False,
    )
    assert sums.returncode == 0, sums.stdout
    assert "Bad checksums:  0" in sums.stdout
