"""The embedded PostgreSQL: set-up, sharing, crashes, stop."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from outpost.server import proc
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError


def _value(server: EmbeddedPostgres, query: str, role: str = "superuser") -> object:
    with psycopg.connect(server.dsn(role)) as connection:  # type: ignore[arg-type]
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def _logs_until(server: EmbeddedPostgres, last: bytes) -> bytes:
    """Give what the server logged once `last` stands there: its collector writes after the client has heard."""
    deadline = time.monotonic() + 30
    while True:
        logs = b"".join(path.read_bytes() for path in server.cluster.glob("log/*"))
        if last in logs:
            return logs
        assert time.monotonic() < deadline, f"{last!r} was not logged: {logs!r}"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("role", "name"),
    [("owner", "outpost_owner"), ("application", "outpost_app"), ("superuser", "postgres")],
)
def test_each_role_connects_as_itself(postgres: EmbeddedPostgres, role: str, name: str) -> None:
    assert _value(postgres, "SELECT current_user", role) == name


def test_neither_role_is_a_superuser_and_the_application_owns_nothing(postgres: EmbeddedPostgres) -> None:
    mighty = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'outpost%' AND (rolsuper OR rolcreaterole)"
    assert _value(postgres, mighty) == 0
    assert _value(postgres, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'outpost'") == (
        "outpost_owner"
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "100"),
    ],
)
def test_settings(postgres: EmbeddedPostgres, setting: str, value: str) -> None:
    assert _value(postgres, f"SHOW {setting}") == value


def test_chinese_is_found_by_trigrams(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn("owner")) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('哨点人员'))").fetchone()
    assert row == (5,)


def test_row_contents_stay_out_of_the_log(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE canary (name text PRIMARY KEY)")
        connection.execute("INSERT INTO canary VALUES ('CANARY-7731')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO canary VALUES ('CANARY-7731')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT name::int FROM canary WHERE name <> %s", ["CANARY-7732"])
    logs = _logs_until(postgres, b"invalid input syntax")
    assert b"duplicate key" in logs
    assert b"CANARY-773" not in logs.replace(b'integer: "CANARY-7731"', b"")


def test_socket_and_cluster_are_private(postgres: EmbeddedPostgres) -> None:
    home = postgres.cluster.parent
    for path in (home, home / "run", postgres.cluster):
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_restart_keeps_the_data(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    with server, psycopg.connect(server.dsn("owner")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert not server.is_running()
    with EmbeddedPostgres(data_directory) as again:
        assert _value(again, "SELECT number FROM kept", "owner") == 7


def test_who_leaves_last_stops_the_server(data_directory: Path) -> None:
    first, second = EmbeddedPostgres(data_directory), EmbeddedPostgres(data_directory)
    first.start()
    second.start()
    assert first.postmaster_pid() == second.postmaster_pid()
    first.stop()
    assert second.is_running()
    second.stop()
    assert not second.is_running()
    assert not first.is_running()


def test_stop_even_if_used(data_directory: Path) -> None:
    first, second = EmbeddedPostgres(data_directory), EmbeddedPostgres(data_directory)
    first.start()
    second.start()
    first.stop(even_if_used=True)
    assert not second.is_running()
    second.stop()


def test_restart_after_a_crash_ends_a_hung_backend_of_this_cluster_only(
    data_directory: Path, postgres: EmbeddedPostgres
) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    connection = psycopg.connect(server.dsn("owner"))
    backend = connection.info.backend_pid
    neighbour = postgres.postmaster_pid()
    postmaster = server.postmaster_pid()
    assert postmaster is not None
    os.kill(backend, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)
    proc.wait_for_end([postmaster], seconds=5)
    assert not server.is_running()
    server.start()
    assert server.is_running()
    assert not proc.is_alive(backend)
    assert postgres.postmaster_pid() == neighbour
    assert _value(postgres, "SELECT 1") == 1
    connection.close()
    server.stop()


def test_a_stale_process_number_of_a_stranger_does_not_block_the_start(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    notes = (server.cluster / "postmaster.pid").read_text()
    server.stop()
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        stale = server.cluster / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *notes.splitlines()[1:]]) + "\n")
        os.chown(stale, server.cluster.stat().st_uid, server.cluster.stat().st_gid)
        server.start()
        assert server.postmaster_pid() != stranger.pid
        assert stranger.poll() is None
        server.stop()
        stranger.kill()


def test_a_half_made_cluster_is_made_anew(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    server.stop()
    server.cluster.rename(server.cluster.with_name("cluster.new"))
    (server.cluster.with_name("cluster.new") / "global" / "pg_control").unlink()
    server.start()
    assert _value(server, "SELECT 1") == 1
    server.stop()


def test_a_start_that_fails_says_why(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory, changes={"shared_buffers": "lots"})
    with pytest.raises(ServerError, match="shared_buffers"):
        server.start()
    assert not server.is_running()


def test_a_cluster_of_another_version_is_refused(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    server.stop()
    (server.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 16"):
        server.start()
    (server.cluster / "PG_VERSION").write_text("18\n")


_START_AND_WAIT = """
import sys, time
from pathlib import Path
from outpost.server.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), dies_with_us=True)
server.start()
print(server.postmaster_pid(), flush=True)
time.sleep(60)
"""


def test_the_server_dies_with_a_killed_supervisor(data_directory: Path) -> None:
    command = [sys.executable, "-c", _START_AND_WAIT, str(data_directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        postmaster = int(supervisor.stdout.readline())
        assert proc.is_alive(postmaster)
        supervisor.kill()
    assert proc.wait_for_end([postmaster], seconds=10) == []


def test_it_waits_for_a_long_recovery(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    with psycopg.connect(server.dsn("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE much (filler text)")
        connection.execute("INSERT INTO much SELECT repeat('x', 800) FROM generate_series(1, 60000)")
    postmaster = server.postmaster_pid()
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    proc.wait_for_end([postmaster], seconds=5)
    began = time.monotonic()
    server.start()
    assert _value(server, "SELECT count(*) FROM much", "owner") == 60000
    assert time.monotonic() - began < 30
    server.stop()
