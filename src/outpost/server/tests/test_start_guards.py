"""Start-up refusals: each fault alone gives its one line, all together are listed at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from outpost.config.env import Env
from outpost.core.keyfile import Keys, create
from outpost.server import sessions, start_guards
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.server.provision import Role

SAFE_PRODUCTION = {
    "OUTPOST_PRODUCTION": True,
    "OUTPOST_TLS": "proxy",
    "OUTPOST_ALLOWED_HOSTS": "outpost.example",
}


def make_env(data: Path, **variables: object) -> Env:
    return Env.model_validate({"OUTPOST_DATA": data, "DATABASE_URL": "", **variables})


@pytest.fixture
def connection(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres.dsn("application"), autocommit=True) as opened:
        yield opened


def reasons(env: Env, connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    return [str(reason) for reason in start_guards.reasons_to_refuse(env, connection)]


@pytest.mark.promise("R2")
def test_our_own_server_is_safe(tmp_path: Path, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    assert reasons(make_env(tmp_path), connection) == []
    assert reasons(make_env(tmp_path, **SAFE_PRODUCTION), connection) == []


@pytest.mark.promise("R2")
def test_commits_that_do_not_wait_for_the_disk_are_refused(
    tmp_path: Path, postgres: EmbeddedPostgres, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Also when only our role is set so."""
    change = sql.SQL("ALTER ROLE outpost_app {} synchronous_commit")
    with psycopg.connect(postgres.dsn("superuser"), autocommit=True) as superuser:
        superuser.execute("ALTER ROLE outpost_app SET synchronous_commit = off")
        with psycopg.connect(postgres.dsn("application")) as other:
            found = reasons(make_env(tmp_path), other)
        superuser.execute(change.format(sql.SQL("RESET")))
    assert len(found) == 1
    assert "synchronous_commit=off" in found[0]


@pytest.mark.promise("R2")
def test_each_unsafe_setting_of_the_server_is_named(data_directory: Path) -> None:
    unsafe = dict.fromkeys(start_guards.SAFE_SETTINGS, "off")
    server = EmbeddedPostgres(data_directory, changes=unsafe)
    with server, psycopg.connect(server.dsn("application")) as session:
        found = reasons(make_env(data_directory), session)
    assert [
        setting for setting in start_guards.SAFE_SETTINGS for line in found if f"{setting}=off" in line
    ] == list(start_guards.SAFE_SETTINGS)


@pytest.mark.parametrize(
    "template", ["ENCODING SQL_ASCII LOCALE 'C'", "ENCODING UTF8 LOCALE_PROVIDER libc LOCALE 'C'"]
)
def test_a_database_blind_to_chinese_is_refused(
    tmp_path: Path, postgres: EmbeddedPostgres, template: str
) -> None:
    with psycopg.connect(postgres.dsn("superuser"), autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE blind {template} TEMPLATE template0")
        with psycopg.connect(postgres.dsn("superuser", database="blind"), autocommit=True) as session:
            before = reasons(make_env(tmp_path), session)
            session.execute("CREATE EXTENSION pg_trgm")
            after = reasons(make_env(tmp_path), session)
        superuser.execute("DROP DATABASE blind")
    assert len(before) == len(after) == 1
    assert "encoding" in before[0] or "Chinese" in before[0]


def test_an_old_server_is_refused(
    tmp_path: Path, connection: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_guards, "LEAST_VERSION", 99)
    assert reasons(make_env(tmp_path), connection) == ["PostgreSQL 18 is too old: 99 or newer is needed."]


@pytest.mark.promise("W5")
@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"OUTPOST_DEBUG": True}, "OUTPOST_DEBUG"),
        ({"OUTPOST_DEMO": True}, "OUTPOST_DEMO"),
        ({"OUTPOST_ALLOWED_HOSTS": "outpost.example,*"}, "OUTPOST_ALLOWED_HOSTS"),
        ({"OUTPOST_TLS": "none"}, "OUTPOST_TLS"),
    ],
)
def test_production_refuses_what_trying_out_allows(
    tmp_path: Path,
    connection: psycopg.Connection[tuple[object, ...]],
    fault: dict[str, object],
    named: str,
) -> None:
    found = reasons(make_env(tmp_path, **{**SAFE_PRODUCTION, **fault}), connection)
    assert len(found) == 1
    assert named in found[0]
    assert "\n" not in found[0]
    assert reasons(make_env(tmp_path, **fault), connection) == []


@pytest.mark.promise("L1")
@pytest.mark.parametrize("role", ["superuser", "owner"])
def test_production_does_not_run_as_who_could_change_the_audit(
    tmp_path: Path, postgres: EmbeddedPostgres, role: Role
) -> None:
    """Warned only; the append-only audit rests on it. Before the first migration there is but the database to own."""
    with psycopg.connect(postgres.dsn(role), autocommit=True) as session:
        (found,) = reasons(make_env(tmp_path, **SAFE_PRODUCTION), session)
        assert "could change the audit" in found
        assert reasons(make_env(tmp_path), session) == []


@pytest.mark.promise("W5")
def test_all_faults_are_listed_at_once(
    tmp_path: Path, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    faults = {"OUTPOST_PRODUCTION": True, "OUTPOST_DEBUG": True, "OUTPOST_ALLOWED_HOSTS": "*"}
    assert len(reasons(make_env(tmp_path, **faults), connection)) == 3


@pytest.mark.promise("W5")
def test_a_database_without_password_over_the_network_is_refused(data_directory: Path) -> None:
    address = "127.94.7.3"  # of this machine, and surely nobody else's
    production = {**SAFE_PRODUCTION, "DATABASE_URL": f"postgresql://outpost_app@{address}/outpost"}
    with EmbeddedPostgres(data_directory, changes={"listen_addresses": address}) as server:
        rules = server.cluster / "pg_hba.conf"
        rules.write_text("host all all samehost trust\n" + rules.read_text())
        with psycopg.connect(server.dsn("superuser"), autocommit=True) as superuser:
            superuser.execute("SELECT pg_reload_conf()")
        with sessions.connect(str(production["DATABASE_URL"]), seconds=5) as session:
            found = reasons(make_env(data_directory, **production), session)
    assert len(found) == 1
    assert "without a password" in found[0]


@pytest.mark.promise("W5")
def test_a_weak_secret_or_an_open_key_file_is_refused(
    tmp_path: Path, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    env = make_env(tmp_path)
    create(env.key_file, Keys.generate("aes"))
    assert reasons(env, connection) == []
    env.key_file.chmod(0o644)
    assert "can be read by others" in reasons(env, connection)[0]
    env.key_file.chmod(0o600)
    weak = json.loads(env.key_file.read_text()) | {"django": "a" * 64}
    env.key_file.write_text(json.dumps(weak))
    assert "weak" in reasons(env, connection)[0]


def test_a_database_that_does_not_answer_is_a_plain_message(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="does not answer") as caught:
        sessions.connect(f"postgresql://nobody@/none?host={tmp_path}")
    assert "\n" not in str(caught.value)
