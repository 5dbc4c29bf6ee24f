"""`outpost backup`, its drill and `outpost restore`, as an operator runs them."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from outpost.commands.tests.test_running import answer, environment, outpost
from outpost.people.rules import check_character
from outpost.server.backup_content import NOT_KEPT, Tables, table_names, table_states
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing import prepared

pytestmark = [pytest.mark.slow, pytest.mark.promise("M1")]

FIRST_17 = "44010619900307243"
NUMBER = FIRST_17 + check_character(FIRST_17)
CANARIES = ("丘灰雀", NUMBER, "13800138017", "灰雀巷七号")
ORGANIZATIONS = (
    "主体名称,所属镇街,负责人姓名,负责人电话,主体地址\n灰雀厂,南沙街道,丘灰雀,13800138017,灰雀巷七号\n"
)
STAFF = f"主体名称,姓名,手机号码,身份证号码,居住地址\n灰雀厂,丘灰雀,13800138017,{NUMBER},灰雀巷七号\n"
# Enough that a load is still going on when it is interrupted.
BULK = (
    'INSERT INTO audit_rowversion (id, "table", row_key, row, replaced_at, replaced_by, cause)'
    " SELECT gen_random_uuid(), 'bulk', n::text, jsonb_build_object('a', md5(n::text), 'b', md5(random()::text)),"
    " now(), '', 'test' FROM generate_series(1, 150000) n"
)


def states(data: Path) -> Tables:
    with EmbeddedPostgres(data) as server, psycopg.connect(server.dsn("superuser")) as connection:
        return table_states(connection)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """An installation with a person in it."""
    directory = make_data_directory()
    prepared.with_installation(directory)
    category = answer(outpost("category", "list", "--data", directory, "--json"))["categories"][0]["code"]
    for kind, text in (("organizations", ORGANIZATIONS), ("staff", STAFF)):
        file = directory / f"{kind}.csv"
        file.write_text(text, encoding="utf-8")
        outpost("import", kind, file, "--category", category, "--data", directory)
        file.unlink()
    with (
        EmbeddedPostgres(directory) as server,
        psycopg.connect(server.dsn("superuser")) as connection,
    ):
        connection.execute(BULK)
        assert {*NOT_KEPT} <= {*table_names(connection)}
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def made(data: Path) -> tuple[Path, Tables]:
    """A backup, and how every table stood when it was made."""
    file, before = data / "kept.backup", states(data)
    told = answer(outpost("backup", file, "--data", data, "--json"))
    assert told["rows"] == sum(rows for rows, _checksum in before.values())
    assert told["counts"]["people_person"] == 1
    assert not {*told["counts"]} & {*NOT_KEPT}
    return file, before


@pytest.fixture
def empty(data: Path) -> Iterator[Path]:
    """An empty data directory with the key file in it."""
    directory = make_data_directory()
    shutil.copy2(data / "keys.json", directory)
    yield directory
    if (directory / "database").exists():
        EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "outpost.cli", *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def test_what_is_restored_is_what_was_backed_up(made: tuple[Path, Tables], empty: Path) -> None:
    file, before = made
    told = answer(outpost("restore", file, "--data", empty, "--json"))
    assert told["tables"] == len(before)
    after = states(empty)
    # The restoration and the preparation are acts of their own; what is known of imports' files is put right.
    own = {
        "audit_entry",
        "exchange_import",
        "audit_outboxevent",
        "procrastinate_jobs",
        "procrastinate_events",
    }
    assert {name: state for name, state in after.items() if name not in own} == {
        name: state for name, state in before.items() if name not in own
    }
    assert after["audit_entry"][0] > before["audit_entry"][0]
    assert answer(outpost("audit", "verify", "--data", empty, "--json"))["is_protected"] is True
    assert answer(outpost("doctor", "--data", empty, "--json"))["ok"] is True
    again = outpost("restore", file, "--data", empty, "--lang", "en", code=1)
    assert "only into an empty database" in again.stderr
    assert states(empty) == after


@pytest.mark.promise("V7")
def test_nobody_stands_in_the_file(made: tuple[Path, Tables], data: Path) -> None:
    found = made[0].read_bytes()
    keys = (data / "keys.json").read_text()
    assert len(found) > 1_000_000
    assert [
        text for text in CANARIES if text.encode() in found or text.encode().hex().encode() in found
    ] == []
    assert [part for part in keys.split('"') if len(part) >= 64 and part.encode() in found] == []
    assert made[0].stat().st_mode & 0o077 == 0


def test_the_drill_restores_and_leaves_nothing(made: tuple[Path, Tables], data: Path) -> None:
    told = answer(outpost("backup", "--verify", made[0], "--data", data, "--json"))
    assert told["tables"] == len(made[1])
    assert not (data / "drill").exists()
    with EmbeddedPostgres(data) as server, psycopg.connect(server.dsn("superuser")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE action = 'operation.backup_verified'"
        )
        assert row.fetchone() == (1,)
    findings = answer(outpost("doctor", "--data", data, "--json"))["findings"]
    states = {finding["name"]: finding["state"] for finding in findings}
    assert (states["backup"], states["drill"]) == ("ok", "ok")


@pytest.mark.nightly
def test_a_damaged_file_changes_nothing(made: tuple[Path, Tables], empty: Path) -> None:
    whole = made[0].read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    for name, content in {"cut": whole[:-100], "changed": bytes(changed), "empty": b""}.items():
        (empty / name).write_bytes(content)
        for command in (("restore",), ("backup", "--verify")):
            refused = outpost(*command, empty / name, "--data", empty, code=1)
            assert len(refused.stderr.splitlines()) == 1, refused.stderr
        (empty / name).unlink()
    assert {path.name for path in empty.iterdir()} <= {"keys.json", "drill.lock"}


@pytest.mark.nightly
def test_another_key_file_or_none_is_refused(made: tuple[Path, Tables], empty: Path) -> None:
    (empty / "keys.json").unlink()
    assert "keys.json" in outpost("restore", made[0], "--data", empty, "--lang", "en", code=1).stderr
    other = make_data_directory()
    outpost("init", "--data", other)
    refused = outpost("backup", "--verify", made[0], "--data", other, "--lang", "en", code=1)
    assert "does not open this backup" in refused.stderr
    EmbeddedPostgres(other).erase()
    shutil.rmtree(other)


@pytest.mark.nightly
def test_a_killed_backup_leaves_no_backup(data: Path) -> None:
    file = data / "killed.backup"
    part = data / "killed.backup.part"
    with start("backup", file, "--data", data) as process:
        deadline = time.monotonic() + 60
        while not part.exists() or part.stat().st_size < 1 << 20:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert part.exists()
    assert not file.exists()
    outpost("backup", file, "--data", data)
    assert not part.exists()
    file.unlink()


@pytest.mark.nightly
def test_a_killed_restoration_begins_anew(made: tuple[Path, Tables], empty: Path) -> None:
    with start("restore", made[0], "--data", empty) as process:
        assert process.stderr is not None
        while "restore: load" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    assert "outpost init" in outpost("audit", "verify", "--data", empty, "--lang", "en", code=1).stderr
    told = answer(outpost("restore", made[0], "--data", empty, "--json"))
    assert told["tables"] == len(made[1])


@pytest.mark.nightly
def test_a_database_of_ones_own(made: tuple[Path, Tables], empty: Path) -> None:
    """Backed up from the embedded one, restored into one that `DATABASE_URL` names, backed up from there."""
    own = make_data_directory()
    with EmbeddedPostgres(own) as server:
        urls = {"DATABASE_URL": server.dsn("application"), "DATABASE_OWNER_URL": server.dsn("owner")}
        outpost("restore", made[0], "--data", empty, code=0, **urls)
        assert not (empty / "database").exists()
        told = answer(outpost("backup", empty / "second.backup", "--data", empty, "--json", code=0, **urls))
        assert told["counts"]["audit_rowversion"] == made[1]["audit_rowversion"][0]
        refused = outpost("restore", made[0], "--data", empty, "--lang", "en", code=1, **urls)
        assert "holds data already" in refused.stderr
        outpost("backup", "--verify", empty / "second.backup", "--data", empty, code=0, **urls)
    EmbeddedPostgres(own).erase()
    shutil.rmtree(own)


@pytest.mark.nightly
def test_the_only_role_of_a_database_can_import_after_a_restoration(
    made: tuple[Path, Tables], empty: Path
) -> None:
    """Nothing that migrations have made is missing, although no step gives rights there."""
    own = make_data_directory()
    with EmbeddedPostgres(own) as server:
        url = server.dsn("owner")
        outpost("restore", made[0], "--data", empty, code=0, DATABASE_URL=url)
        (empty / "staff.csv").write_text(STAFF.replace("13800138017", "13800138018"), encoding="utf-8")
        category = answer(outpost("category", "list", "--data", empty, "--json", DATABASE_URL=url))
        code = category["categories"][0]["code"]
        told = outpost(
            "import", "staff", empty / "staff.csv", "--category", code, "--data", empty, DATABASE_URL=url
        )
        assert "1" in told.stdout
    EmbeddedPostgres(own).erase()
    shutil.rmtree(own)


@pytest.mark.nightly
@pytest.mark.promise("M3")
def test_what_was_noted_on_paper_meanwhile_is_keyed_in_with_its_real_time(
    made: tuple[Path, Tables], empty: Path
) -> None:
    """The runbook: the installation is lost, its backup restored elsewhere, the lists typed in, one line twice."""
    outpost("restore", made[0], "--data", empty)
    line = f"paper,3-17,{NUMBER},2022-06-08 09:10,阴性\n"
    (empty / "paper.csv").write_text("来源,记录编号,证件号码,采样时间,检测结果\n" + line, encoding="utf-8")
    for _ in range(2):
        outpost("import", "tests", empty / "paper.csv", "--data", empty)
    with EmbeddedPostgres(empty) as server, psycopg.connect(server.dsn("superuser")) as connection:
        rows = connection.execute(
            "SELECT sampled_at, received_at > sampled_at FROM health_testrecord"
        ).fetchall()
        noted = connection.execute("SELECT now() - max(at) FROM audit_entry WHERE action LIKE '%import%'")
        assert rows == [(datetime(2022, 6, 8, 1, 10, tzinfo=UTC), True)]
        assert noted.fetchone()[0] < timedelta(hours=1)  # type: ignore[index]


@pytest.mark.nightly
def test_a_full_disk_is_said_and_leaves_nothing(data: Path, made: tuple[Path, Tables]) -> None:
    """Neither the backup that does not fit, nor a restoration that does not."""
    with small_disk("4m") as disk:
        refused = outpost("backup", disk / "large.backup", "--data", data, "--lang", "en", code=1)
        assert "could not be written: [Errno 28]" in refused.stderr
        assert list(disk.iterdir()) == []
    with small_disk("80m") as disk:
        shutil.copy2(data / "keys.json", disk)
        refused = outpost("restore", made[0], "--data", disk, "--lang", "en", code=1)
        assert "No space left on device" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert not (disk / "prepared.json").exists()


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A disk of our own. Needs the right to mount."""
    disk = make_data_directory()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "outpost", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["/bin/umount", "--lazy", disk], check=True)
        disk.rmdir()
