"""The commands as an operator runs them: separate processes, on a data directory of their own."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from outpost.config import env
from outpost.server import proc
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing.network import free_port

pytestmark = pytest.mark.slow

START_CPU_SECONDS = (
    20  # processor, not clock: that would measure what else runs here; the benchmarks measure it
)
IDLE_MEMORY = 400 * 1024**2


def environment(**changes: str) -> dict[str, str]:
    """The environment without the test run's own database and data directory."""
    inherited = {
        k: v for k, v in env.child_environment().items() if k not in {"DATABASE_URL", "OUTPOST_DATA", "LANG"}
    }
    return inherited | changes


def outpost(*arguments: str | Path, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end and require its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "outpost.cli", *map(str, arguments)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON object on standard output."""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def running(
    data: Path, port: int, *arguments: str, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`outpost up --json`, ready: the process and what it announced. Stopped by SIGTERM in the end."""
    command = [sys.executable, "-m", "outpost.cli", "up", "--data", str(data), "--port", str(port), "--json"]
    log = (data / "test.log").open("w")
    with (
        log,
        subprocess.Popen(
            [*command, *arguments],
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (data / "test.log").read_text()
            yield process, json.loads(line)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def get(address: str) -> int:
    return httpx.get(address, timeout=10).status_code


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data directory made ready by `outpost init`."""
    directory = make_data_directory()
    told = answer(outpost("init", "--data", directory, "--json"))
    assert told["region"] == "440115"
    assert told["new_regions"] >= 9
    yield directory
    EmbeddedPostgres(directory).erase()
    shutil.rmtree(directory)


def test_init_again_changes_nothing(data: Path) -> None:
    keys = (data / "keys.json").read_bytes()
    assert answer(outpost("init", "--data", data, "--json"))["new_regions"] == 0
    assert (data / "keys.json").read_bytes() == keys
    assert not EmbeddedPostgres(data).is_running()


def test_a_lost_key_file_is_never_replaced(data: Path) -> None:
    (data / "keys.json").rename(data / "kept.json")
    refused = outpost("init", "--data", data, "--lang", "en", code=1)
    assert "Bring it back from its safe copy" in refused.stderr
    assert not (data / "keys.json").exists()
    (data / "kept.json").rename(data / "keys.json")


def test_first_page_memory_neighbours_and_a_clean_stop(data: Path) -> None:
    port = free_port()
    with running(data, port) as (process, ready):
        assert ready["address"] == f"http://127.0.0.1:{port}/"
        assert get(f"{ready['address']}readyz") == 200
        assert lane_problem(ready["lane"]) == lane_problem(ready["address"]) == "ingest.unreadable"
        everything = [process.pid, *proc.descendants(process.pid)]
        used = proc.cpu_seconds(everything)
        assert used < START_CPU_SECONDS
        assert sum(map(proc.memory_share, everything)) < IDLE_MEMORY
        # A command joins the running database and leaves it running.
        assert answer(outpost("audit", "verify", "--data", data, "--json"))["broken_at"] is None
        again = outpost("up", "--data", data, "--port", str(free_port()), "--lang", "en", code=1)
        assert f"already runs on {data} (process {process.pid}" in again.stderr
        busy = outpost("up", "--data", data / "other", "--port", str(port), "--lang", "en", code=1)
        assert f"Port {port} is used" in busy.stderr
        assert get(f"{ready['address']}readyz") == 200
    assert process.returncode == 0
    assert proc.wait_for_end(everything, seconds=5) == []
    log = (data / "test.log").read_text()
    assert "killed" not in log
    assert "Traceback" not in log, log


@pytest.mark.promise("R1")
def test_every_part_that_is_killed_comes_back(data: Path) -> None:
    with running(data, free_port()) as (process, ready):
        for victim in ("outpost.server.worker", "granian", "outpost.cli lane", "postgres"):
            pids = [
                pid for pid in proc.descendants(process.pid) if victim in " ".join(proc.command_line(pid))
            ]
            assert pids, victim
            for pid in pids:
                proc.send(pid, signal.SIGKILL)
            if "lane" in victim:
                assert lane_problem(ready["address"]) == "ingest.busy"
            deadline = time.monotonic() + 30
            while not (is_ready(ready["address"]) and lane_problem(ready["address"]) == "ingest.unreadable"):
                assert time.monotonic() < deadline, (data / "test.log").read_text()
                time.sleep(0.2)


def lane_problem(address: str) -> str:
    """What the lane says of an empty check-in, by its own address or by that of the pages."""
    answer = httpx.post(f"{address}api/v1/check-ins", json={}, timeout=30)
    assert answer.headers["content-type"] == "application/json"
    return str(answer.json()["error"])


def is_ready(address: str) -> bool:
    try:
        return get(f"{address}readyz") == 200
    except httpx.HTTPError:
        return False


def test_everything_ends_with_a_killed_supervisor(data: Path) -> None:
    with running(data, free_port()) as (process, _ready):
        everything = proc.descendants(process.pid)
        process.kill()
        process.wait()
        assert proc.wait_for_end(everything, seconds=30) == []


def test_https_with_our_own_authority(data: Path) -> None:
    with running(data, free_port(), "--https") as (_process, ready):
        assert ready["address"].startswith("https://")
        assert Path(ready["authority"]) == data / "tls" / "ca.pem"


@pytest.mark.promise("R2")
def test_unsafe_settings_stop_the_start(data: Path) -> None:
    with (
        EmbeddedPostgres(data) as server,
        psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser,
    ):
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            superuser.execute(f"ALTER SYSTEM SET {setting} = off")
    refused = outpost("up", "--data", data, "--port", str(free_port()), "--lang", "en", code=1)
    lines = refused.stderr.splitlines()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert sum(f"{setting}=off" in line for line in lines) == 1
    with (
        EmbeddedPostgres(data) as server,
        psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser,
    ):
        superuser.execute("ALTER SYSTEM RESET ALL")


@pytest.mark.promise("W5")
def test_production_mode_refuses_an_open_installation(data: Path) -> None:
    variables = {"OUTPOST_PRODUCTION": "1", "OUTPOST_DEBUG": "1", "OUTPOST_ALLOWED_HOSTS": "*"}
    refused = outpost("up", "--data", data, "--port", str(free_port()), code=1, **variables)
    for named in ("OUTPOST_DEBUG", "OUTPOST_ALLOWED_HOSTS", "OUTPOST_TLS"):
        assert named in refused.stderr
    assert not EmbeddedPostgres(data).is_running()


def test_doctor(data: Path) -> None:
    found = answer(outpost("doctor", "--data", data, "--json"))
    assert found["ok"] is True
    states = {finding["name"]: finding["state"] for finding in found["findings"]}
    assert states["migrations"] == states["audit"] == states["keys"] == "ok"
    assert states["backup"] == states["drill"] == "warn"
    assert states["purge"] == states["channel"] == "ok"
    (data / "keys.json").chmod(0o644)
    sick = answer(outpost("doctor", "--data", data, "--json", code=1))
    assert [f["name"] for f in sick["findings"] if f["state"] == "fail"] == ["keys", "safety"]
    (data / "keys.json").chmod(0o600)


def test_a_directory_without_database_stays_without(tmp_path: Path) -> None:
    refused = outpost("audit", "verify", "--data", tmp_path / "var", "--lang", "en", code=1)
    assert "outpost init" in refused.stderr
    assert not (tmp_path / "var").exists()
    assert answer(outpost("doctor", "--data", tmp_path, "--json", code=1))["ok"] is False


def test_audit_verify_finds_what_was_changed(data: Path) -> None:
    with (
        EmbeddedPostgres(data) as server,
        psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser,
    ):
        superuser.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        superuser.execute("UPDATE audit_entry SET count = count + 1 WHERE seq = 1")
    assert answer(outpost("audit", "verify", "--data", data, "--json", code=1))["broken_at"] == 1
    with (
        EmbeddedPostgres(data) as server,
        psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser,
    ):
        superuser.execute("UPDATE audit_entry SET count = count - 1 WHERE seq = 1")
        superuser.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    assert answer(outpost("audit", "verify", "--data", data, "--json"))["is_protected"] is True


def test_version_help_and_wrong_use() -> None:
    assert answer(outpost("version", "--json"))["outpost"]
    assert "doctor" in outpost("--help").stdout
    outpost("nothing-of-the-kind", code=2)
    outpost("up", "--port", "70000", code=2)


@pytest.mark.parametrize(
    ("locale", "is_chinese"), [("", True), ("zh_CN.UTF-8", True), ("en_US.UTF-8", False)]
)
def test_messages_are_chinese_unless_the_locale_is_english(
    tmp_path: Path, locale: str, is_chinese: bool
) -> None:
    said = outpost("doctor", "--data", tmp_path, code=1, LANG=locale).stdout
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) is is_chinese
