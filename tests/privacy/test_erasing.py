"""After a purge, or the end of the event, no byte of a removed person is left on the disk (V6).

Separate processes on an installation of their own. The log is written uncompressed, so that a search of its bytes is
honest; somebody who stays is searched for as well, or the search would prove nothing.
"""

import csv
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from outpost.commands.tests.test_running import answer, outpost, running
from outpost.people.rules import check_character
from outpost.server import copies
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing import prepared
from outpost.testing.network import free_port

pytestmark = [pytest.mark.nightly, pytest.mark.durability, pytest.mark.promise("V6")]

ENTERPRISE = "近岸冷链有限公司"
CANARY, STAYS = 7, 8
LATER = date.today() + timedelta(days=800)  # noqa: DTZ011 - only far enough ahead
_IDENTITY = """SELECT p.person_id, p.sealed, p.name_hash, s.sealed, s.phone_hash, s.id
  FROM people_person p JOIN sentinel_staffmember s USING (person_id)
  JOIN health_testrecord t USING (person_id) WHERE t.record_id = %s"""


def number(of: int) -> str:
    first = f"11010119900101{of:03}"
    return first + check_character(first)


@dataclass(frozen=True)
class Installation:
    """A data directory with forty people at one enterprise, their tests and doses."""

    data: Path

    def import_file(self, kind: str, header: str, rows: Iterable[tuple[str, ...]], *options: str) -> None:
        file = self.data / "in.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([header.split(","), *rows])
        told = answer(outpost("import", kind, file, *options, "--data", self.data, "--json"))
        assert told["rejected"] == 0
        file.unlink()

    def fill(self) -> None:
        category = ("--category", "cold-chain")
        organisation = (ENTERPRISE, "南沙街道", "甄近安", "13800138001", "环市大道1号")
        self.import_file(
            "organizations", "主体名称,所属镇街,负责人姓名,负责人电话,主体地址", [organisation], *category
        )
        for street in ("环市大道", "进港大道"):  # stated twice: the earlier version is kept
            people = [
                (ENTERPRISE, f"金丝雀{chr(0x4E00 + n)}", f"139001380{n:02}", number(n), f"{street}{n}号")
                for n in range(40)
            ]
            self.import_file("staff", "主体名称,姓名,手机号码,身份证号码,居住地址", people, *category)
        tests = [("lims", f"R{n}", number(n), "2022-06-01 08:30") for n in range(40)]
        self.import_file("tests", "来源,记录编号,证件号码,采样时间", tests)
        doses = [
            ("nip", f"D{n}", number(n), "新冠病毒灭活疫苗(Vero细胞)", "1", "2021-06-01") for n in range(40)
        ]
        self.import_file("vaccinations", "来源,记录编号,证件号码,疫苗名称,针次,接种日期", doses)
        answer(outpost("nightly", "--date", "2022-06-02", "--data", self.data, "--json"))

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with (
            EmbeddedPostgres(self.data) as server,
            psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser,
        ):
            found = superuser.execute(statement.encode(), values or None)
            return found.fetchall() if found.description else []

    def traces_of(self, person: int) -> list[bytes]:
        """Every form in which this person lies on the disk."""
        person_id, sealed, name_hash, own_sealed, phone_hash, staff = self.ask(_IDENTITY, f"R{person}")[0]
        blobs = [bytes(blob) for blob in (sealed, name_hash, own_sealed, phone_hash)]
        texts = [str(person_id), str(staff), *(blob.hex() for blob in blobs)]
        return [person_id.bytes, staff.bytes, *blobs, *(text.encode() for text in texts)]

    @property
    def disk(self) -> Path:
        """Where the second copies lie."""
        return self.data / "disk"

    def copied(self, *, other_than: str = "") -> str:
        """Serve until there is one copy, and that whole; its name."""
        deadline = time.monotonic() + 120
        with running(self.data, free_port(), OUTPOST_COPY=str(self.disk)):
            while True:
                found = list(copies.copies(self.disk))
                if len(found) == 1 and found[0].note.exists() and found[0].path.name != other_than:
                    return found[0].path.name
                assert time.monotonic() < deadline
                time.sleep(0.2)

    def found(self, traces: list[bytes], *places: Path) -> set[bytes]:
        """Which of them lie in any file below the data directory, the database's own, or these places instead."""
        places = places or (self.data, (self.data / "database").resolve())
        files = {path for place in places for path in place.rglob("*") if path.is_file()}
        return {trace for content in map(Path.read_bytes, files) for trace in traces if trace in content}


@pytest.fixture
def installation() -> Iterator[Installation]:
    data = make_data_directory()
    prepared.with_installation(data)
    made = Installation(data)
    made.ask("ALTER SYSTEM SET wal_compression = off")
    made.fill()
    made.disk.mkdir()
    yield made
    EmbeddedPostgres(data).erase()
    shutil.rmtree(data)


def test_a_purge_leaves_no_byte_of_a_removed_person(installation: Installation) -> None:
    canary, stays = installation.traces_of(CANARY), installation.traces_of(STAYS)
    installation.ask(
        "UPDATE sentinel_staffmember s SET removed_at = now() FROM health_testrecord t"
        " WHERE t.person_id = s.person_id AND t.record_id = %s",
        f"R{CANARY}",
    )
    first = installation.copied()
    assert installation.found(canary) >= set(canary[:6])
    assert installation.found(canary, installation.disk) >= set(canary[:6])
    data, copy = installation.data, str(installation.disk)
    counted = answer(outpost("purge", "--dry-run", "--date", LATER.isoformat(), "--data", data, "--json"))
    due = {one["class"]: one["due"] for one in counted["classes"]}
    assert due["tests"] == 40
    certificate = answer(
        outpost("purge", "--date", LATER.isoformat(), "--data", data, "--json", OUTPOST_COPY=copy)
    )
    removed = {one["class"]: one["removed"] for one in certificate["classes"]}
    assert (removed["tests"], removed["staff"], removed["people"]) == (40, 1, 1)
    assert removed["vaccinations"] == 1  # of the one who left; who is at a post keeps their doses
    assert (certificate["erased"]["wal"], certificate["erased"]["copy"]) == ("removed", "renewed")
    assert installation.found(canary) == set()
    assert installation.found([stays[2]])
    assert installation.found([stays[2]], installation.disk)
    (renewed,) = copies.whole_copies(installation.disk)
    assert renewed.path.name != first
    assert installation.copied() == renewed.path.name  # outpost up goes on with it
    assert answer(outpost("audit", "verify", "--data", data, "--json"))["broken_at"] is None
    outpost("purge", "--verify", certificate["path"], "--data", data)
    forged = Path(certificate["path"])
    forged.write_text(forged.read_text().replace('"removed": 40', '"removed": 39'))
    outpost("purge", "--verify", forged, "--data", data, code=1)


def test_the_end_of_the_event_leaves_nobody(installation: Installation) -> None:
    canary, stays = installation.traces_of(CANARY), installation.traces_of(STAYS)
    data = installation.data
    assert installation.found(stays) >= set(stays[:6])
    first, disk = installation.copied(), installation.disk
    disk.rename(data.with_name(f"{data.name}-away"))
    certificate = answer(
        outpost("end-event", "--remove-ledgers", "--yes", "--data", data, "--json", OUTPOST_COPY=str(disk))
    )
    assert (certificate["erased"]["wal"], certificate["erased"]["copy"]) == ("removed", "left")
    removed = {one["class"]: one["removed"] for one in certificate["classes"]}
    assert (removed["tests"], removed["people"]) == (40, 40)
    for table in ("health_testrecord", "health_latestsamples", "people_person", "sentinel_matchrun"):
        assert installation.ask(f"SELECT count(*) FROM {table}") == [(0,)]
    assert installation.found([*canary, *stays]) == set()
    data.with_name(f"{data.name}-away").rename(disk)
    assert installation.found(stays, disk) >= set(stays[:6])
    installation.copied(other_than=first)
    assert installation.found([*canary, *stays]) == set()
    assert answer(outpost("audit", "verify", "--data", data, "--json"))["broken_at"] is None
