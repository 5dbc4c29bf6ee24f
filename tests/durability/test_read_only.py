"""The database's disk turns read-only under load, as a file system does after an error: no false word, no loss.

The disk is an ext4 of our own in a file. Once it has met an error it stays read-only until it is unmounted, checked
and mounted again: that is what an operator does, while `outpost up` goes on and tries again by itself.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from outpost.server.os_account import database_account
from tests.durability.test_facts import PATIENCE, RECOVERY_SECONDS, check, sending
from tests.durability.test_imports import BEGUN, wait_for
from tests.faults.installation import CATEGORY, Done, Installation, Served, an_installation
from tests.faults.tables import a_row, write_csv

pytestmark = [pytest.mark.durability, pytest.mark.slow, pytest.mark.nightly]

ROWS = 20_000
OUTAGES = (5, 70)  # seconds; the long one is more than any doubled pause between attempts should survive


class Disk:
    """A file system of 1 GiB in a file. Needs the right to mount."""

    def __init__(self, place: Path, image: Path) -> None:
        self.place, self._image = place, image
        with image.open("wb") as file:
            file.truncate(1 << 30)
        subprocess.run(["/sbin/mkfs.ext4", "-q", image], check=True)
        self.mount()
        place.chmod(0o711)

    def mount(self) -> None:
        subprocess.run(["/bin/mount", "-o", "loop,errors=remount-ro", self._image, self.place], check=True)

    def fail(self) -> None:
        """Let the kernel meet an error in the file system."""
        device = next(
            line.split()[0]
            for line in Path("/proc/mounts").read_text().splitlines()
            if str(self.place) in line
        )
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")
        with pytest.raises(OSError, match="Read-only file system"):
            (self.place / "probe").touch()

    def mend(self) -> None:
        """Unmount, as soon as nobody uses it, check and mount again."""
        self.unmount()
        checked = subprocess.run(["/sbin/e2fsck", "-f", "-y", self._image], capture_output=True, check=False)
        assert checked.returncode in {0, 1}, checked.stdout
        self.mount()

    def unmount(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(["/bin/umount", self.place], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the disk is still in use"
            time.sleep(0.2)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = Path("/mnt") / f"outpost-failing-disk-{os.getpid()}"
    place.mkdir()
    found = Disk(place, tmp_path / "disk.img")
    yield found
    found.unmount()
    place.rmdir()


def import_that_meets_the_fault(found: Installation, served: Served, staff: Path, disk: Disk) -> Done:
    """Let the disk fail as soon as the import is under way."""
    with found.session() as session:
        now = session.execute("SELECT now()").fetchone()
        with found.start(
            "import", "staff", staff, "--category", CATEGORY, "--json", "--lang", "en"
        ) as process:
            wait_for(lambda: session.execute(BEGUN, now).fetchall(), process)
            disk.fail()
            return Done(process.wait(PATIENCE), *process.communicate())


@pytest.mark.promise("R11")
def test_a_read_only_disk_is_said_and_work_goes_on_by_itself(disk: Disk, tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    home = disk.place / "home"
    database_account(None, cluster=home / "cluster").make_directory(home)
    (data / "database").symlink_to(home)
    staff = write_csv(tmp_path / "staff.csv", "staff", [a_row("staff", n) for n in range(ROWS)])
    with an_installation(data) as found:
        token = found.token()
        with found.up() as served, sending(tmp_path, served, token, count=2, lines=20) as senders:
            for seconds in OUTAGES:
                senders.wait_for_more(400, seconds=PATIENCE, log=served.log)
                before = len(senders.refusals())
                broken = import_that_meets_the_fault(found, served, staff, disk)
                assert broken.code == 1, broken.out
                assert "Traceback" not in broken.err, broken.err
                deadline = time.monotonic() + PATIENCE
                while len(senders.refusals()) < before + 3:
                    assert time.monotonic() < deadline, "nobody noticed"
                    time.sleep(0.2)
                told = len(senders.acknowledged())
                time.sleep(seconds)
                assert len(senders.acknowledged()) == told, "acknowledged on a read-only disk"
                disk.mend()
                assert senders.wait_for_more(400, seconds=PATIENCE, log=served.log) < RECOVERY_SECONDS
            senders.stop()
            done = found.import_file("staff", staff)
            assert done.counts == (ROWS, ROWS, 0, 0, 0), done.err
        assert check(found, senders, served.log.read_text(), lines=20) >= 800 * len(OUTAGES)
        found.server.stop()
        sums = subprocess.run(
            [found.server.programs / "pg_checksums", "--check", "--pgdata", found.server.cluster],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Bad checksums:  0" in sums.stdout, sums.stdout
